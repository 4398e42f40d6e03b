'use client'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { retryKey } from './api.ts'

/** Says that the server refuses the key, with the two ways out for admins. Nothing while it does not. */
export function KeyRefused({
  workspace,
  model,
  canManage,
  onRotate,
  onChanged,
  className,
}: {
  workspace: string
  model: ModelView
  canManage: boolean
  /** Opens the form for a new key; absent where that is open already. */
  onRotate?: () => void
  onChanged: () => void
  className?: string
}) {
  const [trying, setTrying] = useState(false)
  const [problem, setProblem] = useState<string>()
  if (model.keyRefusedAt === null) return null

  async function tryAgain() {
    setTrying(true)
    setProblem(undefined)
    try {
      const result = await retryKey(workspace, model.id)
      if (result.accepted) {
        toast(`${model.host} takes the key again.`)
        onChanged()
      } else setProblem(result.problem?.message ?? 'It is still refused.')
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'That did not work. Try again.')
    } finally {
      setTrying(false)
    }
  }

  return (
    <Notice
      tone="bad"
      title={model.key ? `${model.host} refuses the key` : `${model.host} asks for a key`}
      {...(className && { className })}
      action={
        canManage ? (
          <span className="flex gap-2">
            {onRotate && (
              <Button size="sm" onClick={onRotate}>
                {model.key ? 'Replace the key' : 'Enter a key'}
              </Button>
            )}
            <Button size="sm" variant="quiet" loading={trying} onClick={() => void tryAgain()}>
              Try again
            </Button>
          </span>
        ) : undefined
      }
    >
      {problem ?? (
        <>
          Since <RelativeTime at={model.keyRefusedAt} /> calls are answered with an error and the server is not called,
          for every model with this key.
        </>
      )}
    </Notice>
  )
}

'use client'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'

/** What a form knows of being sent: whether it runs, and what was wrong. */
export function useSaving() {
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [message, setMessage] = useState<string>()
  const [attempt, setAttempt] = useState(0)
  const [working, setWorking] = useState(false)

  function fail(fields: Record<string, string>, text?: string) {
    setErrors(fields)
    setMessage(Object.keys(fields).length > 0 ? undefined : text)
    setAttempt((count) => count + 1)
  }

  /** Runs `work` unless `missing` says that it cannot. `onStale`: somebody else saved meanwhile. */
  async function save(
    missing: Record<string, string>,
    work: () => Promise<void>,
    onStale?: (current: { version: number }) => void,
  ): Promise<void> {
    if (Object.keys(missing).length > 0) return fail(missing)
    setWorking(true)
    setErrors({})
    setMessage(undefined)
    try {
      await work()
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      const isStale = refused.code === 'stale_version'
      fail(refused.fields, isStale ? `${refused.message} Save once more to replace what they wrote.` : refused.message)
      if (isStale) onStale?.(refused.body.current as { version: number })
    } finally {
      setWorking(false)
    }
  }

  return { errors, message, attempt, working, save }
}

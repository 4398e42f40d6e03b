'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { toast } from '#components/ui/toast.ts'
import { payloadDaysChoices, type WorkspaceView } from '#lib/tenancy/schema.ts'
import type { UpdateWorkspace } from './general-form.tsx'

/** How long prompts and answers are kept. */
export function DataForm({
  workspace,
  editable,
  update,
}: {
  workspace: WorkspaceView
  editable: boolean
  update: UpdateWorkspace
}) {
  const router = useRouter()
  const [days, setDays] = useState(workspace.payloadDays)
  const [version, setVersion] = useState(workspace.version)
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const choices = [...new Set([...payloadDaysChoices, workspace.payloadDays])].sort((a, b) => a - b)

  async function save() {
    setBusy(true)
    setFailure(undefined)
    try {
      const saved = await orThrow(update(workspace.slug, { version, payloadDays: days }))
      setVersion(saved.version)
      toast.success('Saved')
      router.refresh()
    } catch (error) {
      setFailure((error as Error).message)
    } finally {
      setBusy(false)
    }
  }

  return (
    <div className="grid max-w-xl gap-4">
      {failure && <Notice tone="bad">{failure}</Notice>}
      <Field
        label="Keep prompts and answers"
        name="payloadDays"
        help="Counts, cost, times and outcomes of calls are recorded in any case. A shorter time deletes what is older."
      >
        <Segmented
          value={String(days)}
          onChange={(value) => setDays(Number(value))}
          disabled={!editable}
          options={choices.map((choice) => ({
            value: String(choice),
            label: choice === 0 ? 'Never' : `${choice} days`,
          }))}
        />
      </Field>
      {editable ? (
        <div>
          <Button variant="main" loading={busy} disabled={days === workspace.payloadDays} onClick={() => void save()}>
            Save
          </Button>
        </div>
      ) : (
        <p className="text-muted text-sm">Admins and owners change this.</p>
      )}
    </div>
  )
}

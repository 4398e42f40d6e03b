'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { toast } from '#components/ui/toast.ts'
import { Checkbox } from '#components/ui/toggles.tsx'
import { payloadDaysChoices, type WorkspaceView } from '#lib/tenancy/schema.ts'
import type { UpdateWorkspace } from './general-form.tsx'

/** How long prompts and answers are kept, and who reads them. */
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
  const [stands, setStands] = useState(workspace)
  const [days, setDays] = useState(workspace.payloadDays)
  const [viewers, setViewers] = useState(workspace.payloadViewers)
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [asking, setAsking] = useState(false)
  const choices = [...new Set([...payloadDaysChoices, stands.payloadDays])].sort((a, b) => a - b)
  const isChanged = days !== stands.payloadDays || viewers !== stands.payloadViewers
  const deletes = days < stands.payloadDays

  async function save() {
    setBusy(true)
    setFailure(undefined)
    try {
      const { version } = stands
      setStands(await orThrow(update(workspace.slug, { version, payloadDays: days, payloadViewers: viewers })))
      toast.success('Saved')
      router.refresh()
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
        help="Sealed, and shown with each request. Counts, cost, times and outcomes are recorded in any case. Calls with the header X-No-Store: true are never kept."
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
      <Checkbox
        name="payloadViewers"
        checked={viewers}
        onChange={setViewers}
        disabled={!editable || days === 0}
        label="Viewers read them, too"
        help="Otherwise developers, admins and owners."
      />
      {editable ? (
        <div>
          <Button
            variant="main"
            loading={busy}
            disabled={!isChanged}
            onClick={() => (deletes ? setAsking(true) : void save().catch((error: Error) => setFailure(error.message)))}
          >
            Save
          </Button>
        </div>
      ) : (
        <p className="text-muted text-sm">Admins and owners change this.</p>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={days === 0 ? 'Delete all prompts and answers' : `Delete prompts and answers older than ${days} days`}
        action={days === 0 ? 'Delete and keep none' : 'Delete them'}
        onConfirm={save}
      >
        <p>
          {days === 0
            ? 'Whatever is kept is deleted at once, and nothing more is kept.'
            : `What is older than ${days} days is deleted at once.`}{' '}
          This cannot be undone. Counts, cost and times of the requests stay.
        </p>
      </ConfirmDialog>
    </div>
  )
}

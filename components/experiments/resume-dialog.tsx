'use client'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { PriceInput } from '#components/form/number-input.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Money } from '#components/ui/figures.tsx'
import type { RunView } from '#lib/experiments/schema.ts'

/** A run that met its cap goes on with another one. */
export function ResumeDialog({
  run,
  onClose,
  onResume,
}: {
  run: RunView
  onClose: () => void
  onResume: (capUsd: string) => Promise<void>
}) {
  const id = useId()
  const [cap, setCap] = useState(run.cap ? String(Number(run.cap.usd) * 2) : '')
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  async function resume() {
    setBusy(true)
    setFailure(undefined)
    try {
      await onResume(cap.trim())
      onClose()
    } catch (error) {
      setFailure(error instanceof ApiError ? (error.fields.capUsd ?? error.message) : 'That did not work.')
      setBusy(false)
    }
  }
  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      size="small"
      title={`Resume run ${run.number}`}
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={busy}>
            Resume
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void resume()
        }}
      >
        <p className="text-muted">
          It has spent <Money amount={run.cost} /> of <Money amount={run.cap} />.
        </p>
        <Field label="Costs at most" error={failure}>
          <PriceInput value={cap} maxLength={32} placeholder="" onChange={({ target }) => setCap(target.value)} />
        </Field>
      </Form>
    </Dialog>
  )
}

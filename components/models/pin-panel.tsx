'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { type Capability, type CapabilityKey, capabilityLabels, type ModelView } from '#lib/models/schema.ts'
import { verdictWords } from './capability-words.ts'

type PinVerdict = 'yes' | 'no' | 'ignored'

/** Sends a pin, or null for taking it out, and offers the way back. */
export async function sendPin(
  workspace: string,
  model: Pick<ModelView, 'id'>,
  key: CapabilityKey,
  pin: { verdict: Capability['verdict']; reason: string } | null,
): Promise<ModelView> {
  return callApi<ModelView>(`/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/capabilities`, {
    method: 'PATCH',
    body: { capability: key, verdict: pin?.verdict ?? null, ...(pin && { reason: pin.reason }) },
  })
}

/** An admin's own verdict beside what validation found: set with a reason, shown, and taken out again. */
export function PinPanel({
  workspace,
  model,
  capability,
  onChanged,
}: {
  workspace: string
  model: ModelView
  capability: CapabilityKey
  onChanged: (model: ModelView) => void
}) {
  const found = model.capabilities.checks[capability]
  const label = capabilityLabels[capability]
  const [open, setOpen] = useState(false)
  const [verdict, setVerdict] = useState<PinVerdict>(found?.verdict === 'no' ? 'yes' : 'no')
  const [reason, setReason] = useState('')
  const [working, setWorking] = useState(false)
  const [problem, setProblem] = useState<string>()

  async function change(pin: { verdict: Capability['verdict']; reason: string } | null) {
    const before = found?.pinned ? { verdict: found.verdict, reason: found.pin?.reason ?? '' } : null
    setWorking(true)
    setProblem(undefined)
    try {
      onChanged(await sendPin(workspace, model, capability, pin))
      setOpen(false)
      setReason('')
      toast(pin ? `${label} is pinned to ${pin.verdict}.` : `${label} follows validation again.`, {
        action: {
          label: 'Undo',
          onClick: () =>
            void sendPin(workspace, model, capability, before).then(onChanged, () =>
              toast.error('That could not be undone.'),
            ),
        },
      })
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : 'The verdict was not changed. Try again.')
    } finally {
      setWorking(false)
    }
  }

  return (
    <section aria-label={`Verdict on ${label}`} className="grid gap-2 border-t px-5 py-3 text-sm">
      {problem && <Notice tone="bad">{problem}</Notice>}
      {found?.pinned ? (
        <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
          <p className="min-w-0 flex-1 basis-64">
            Pinned to <b className="font-medium">{found.verdict}</b>
            {found.pin && (
              <>
                {' '}
                by {found.pin.by}, <RelativeTime at={found.pin.at} />
                {found.pin.reason && <span className="block text-muted">“{found.pin.reason}”</span>}
              </>
            )}
            {found.found && (
              <span className="block text-faint text-xs">
                Validation found: {found.found.verdict}
                {found.found.detail && `, ${found.found.detail}`}
              </span>
            )}
          </p>
          <Button size="sm" loading={working} onClick={() => void change(null)}>
            Take the pin out
          </Button>
        </div>
      ) : open ? (
        <Form
          aria-label={`Pin ${label}`}
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim()) void change({ verdict, reason: reason.trim() })
          }}
        >
          <Field label={`${label} is`} help="A no refuses calls that ask for it, before they are sent.">
            <Segmented
              value={verdict}
              onChange={setVerdict}
              size="sm"
              options={[
                { value: 'yes', label: 'Works' },
                { value: 'ignored', label: 'Not honoured' },
                { value: 'no', label: 'Not offered' },
              ]}
            />
          </Field>
          <Field label="Reason" required help="Shown on the card. Validations leave a pinned verdict alone.">
            <Textarea rows={2} value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />
          </Field>
          <div className="flex gap-2">
            <Button type="submit" size="sm" variant="main" loading={working} disabled={!reason.trim()}>
              Pin
            </Button>
            <Button size="sm" variant="quiet" onClick={() => setOpen(false)}>
              Cancel
            </Button>
          </div>
        </Form>
      ) : (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted">
          <span className="min-w-0 flex-1 basis-48">
            {label}: {verdictWords[found?.verdict ?? 'unknown']}
          </span>
          <Button size="sm" onClick={() => setOpen(true)}>
            Pin another verdict
          </Button>
        </p>
      )}
    </section>
  )
}

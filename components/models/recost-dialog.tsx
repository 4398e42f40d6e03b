'use client'
import { useId, useState } from 'react'
import { Field, FieldRow } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelView, RecostPreview, RecostView } from '#lib/models/schema.ts'
import { PriceFields, pricesOfType } from './price-fields.tsx'
import { RecostFigures } from './recost-figures.tsx'

/** A corrected price for past calls: first what would change, then the change itself. */
export function RecostDialog({
  workspace,
  model,
  onClose,
  onStarted,
}: {
  workspace: string
  model: ModelView
  onClose: () => void
  onStarted: () => void
}) {
  const id = useId()
  const names = pricesOfType[model.type]
  const [mode, setMode] = useState<RecostView['mode']>('price')
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(names.map((name) => [name, model[name] ?? ''])),
  )
  const [from, setFrom] = useState('')
  const [through, setThrough] = useState('')
  const [missing, setMissing] = useState(false)
  const [working, setWorking] = useState(false)
  const [problem, setProblem] = useState<ApiError>()
  const [preview, setPreview] = useState<RecostPreview>()
  const path = `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/recosts`
  const body = {
    from,
    ...(through !== '' && { to: dayAfter(through) }),
    mode,
    ...(mode === 'price' && values),
  }

  async function submit() {
    if (working) return
    if (from === '') return setMissing(true)
    setWorking(true)
    setProblem(undefined)
    try {
      if (preview) {
        // The span as it was shown: a day that runs would have gone on.
        await callApi<RecostView>(path, { body: { ...body, from: preview.from, to: preview.to } })
        toast('The re-cost runs. Its progress stands below the prices.')
        onStarted()
        onClose()
      } else setPreview(await callApi<RecostPreview>(`${path}/preview`, { body }))
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(0, {}))
    }
    setWorking(false)
  }

  const known = problem && Object.keys(problem.fields).length > 0
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="medium"
      keepOnOutsideClick
      title={preview ? 'What would change' : 'Re-cost past calls'}
      description={`Calls that ${model.name} answered.`}
      footer={
        <>
          <Button variant="quiet" onClick={preview ? () => setPreview(undefined) : onClose}>
            {preview ? 'Back' : 'Cancel'}
          </Button>
          <Button type="submit" form={id} variant="main" loading={working} disabled={preview?.moved === 0}>
            {preview ? `Re-cost ${preview.moved.toLocaleString('en-US')} requests` : 'Preview'}
          </Button>
        </>
      }
    >
      <Form
        id={id}
        aria-label="Re-cost past calls"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        {problem && !(known && !preview) && <Notice tone="bad">{problem.message}</Notice>}
        {preview ? (
          <RecostFigures preview={preview} />
        ) : (
          <>
            <FieldRow>
              <Field
                label="From"
                name="from"
                required
                error={missing && from === '' ? 'Choose the first day.' : problem?.fields.from}
                help="A day of the workspace's time zone."
              >
                <Input
                  type="date"
                  min="2020-01-01"
                  max="2099-12-31"
                  value={from}
                  onChange={(event) => setFrom(event.target.value)}
                />
              </Field>
              <Field label="Through" name="to" error={problem?.fields.to} help="The last day. Empty: up to now.">
                <Input
                  type="date"
                  min="2020-01-01"
                  max="2099-12-31"
                  value={through}
                  onChange={(event) => setThrough(event.target.value)}
                />
              </Field>
            </FieldRow>
            <Field label="Count them at">
              <Segmented
                size="sm"
                value={mode}
                onChange={setMode}
                className="justify-self-start"
                options={[
                  { value: 'price', label: 'A corrected price' },
                  { value: 'ran', label: 'What they cost when they ran' },
                ]}
              />
            </Field>
            {mode === 'price' && (
              <PriceFields names={names} values={values} onChange={setValues} errors={problem?.fields} />
            )}
          </>
        )}
      </Form>
    </Dialog>
  )
}

/** Days are named with the last one included; spans end before theirs. */
function dayAfter(day: string): string {
  const at = new Date(`${day}T00:00:00Z`)
  return new Date(at.getTime() + 24 * 3_600_000).toISOString().slice(0, 10)
}

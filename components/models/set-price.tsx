'use client'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelView, PriceView } from '#lib/models/schema.ts'
import { PriceFields, pricesOfType } from './price-fields.tsx'

/** A price from now or from a later moment on; what was called before keeps its cost. */
export function SetPriceDialog({
  workspace,
  model,
  onClose,
  onSet,
}: {
  workspace: string
  model: ModelView
  onClose: () => void
  onSet: (items: PriceView[]) => void
}) {
  const id = useId()
  const names = pricesOfType[model.type]
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(names.map((name) => [name, model[name] ?? ''])),
  )
  const [when, setWhen] = useState<'now' | 'later'>('now')
  const [from, setFrom] = useState('')
  const [working, setWorking] = useState(false)
  const [problem, setProblem] = useState<ApiError>()
  const [missing, setMissing] = useState(false)

  async function submit() {
    if (working) return
    if (when === 'later' && from === '') {
      setMissing(true)
      return
    }
    setWorking(true)
    setProblem(undefined)
    try {
      const { items } = await callApi<{ items: PriceView[] }>(
        `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/prices`,
        { body: { ...values, ...(when === 'later' && { effectiveFrom: new Date(from).toISOString() }) } },
      )
      onSet(items)
      toast(when === 'now' ? 'The price holds from now on.' : 'The price is planned.')
      onClose()
    } catch (error) {
      setProblem(error instanceof ApiError ? error : new ApiError(0, {}))
      setWorking(false)
    }
  }

  const known = problem && Object.keys(problem.fields).length > 0
  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="small"
      keepOnOutsideClick
      title="Set a price"
      description="Calls before its moment keep their cost."
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={id} variant="main" loading={working}>
            Set price
          </Button>
        </>
      }
    >
      <Form
        id={id}
        aria-label="Set a price"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        {problem && !known && <Notice tone="bad">{problem.message}</Notice>}
        <PriceFields names={names} values={values} onChange={setValues} errors={problem?.fields} />
        <Field label="From">
          <Segmented
            size="sm"
            value={when}
            onChange={setWhen}
            className="justify-self-start"
            options={[
              { value: 'now', label: 'Now' },
              { value: 'later', label: 'A later moment' },
            ]}
          />
        </Field>
        {when === 'later' && (
          <Field
            label="Date and time"
            name="effectiveFrom"
            help="In the time of this browser, within a year."
            error={missing && from === '' ? 'Choose when it begins.' : problem?.fields.effectiveFrom}
          >
            <Input type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />
          </Field>
        )}
      </Form>
    </Dialog>
  )
}

'use client'
import { useQuery } from '@tanstack/react-query'
import { ArrowUp, X } from 'lucide-react'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError, readApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { ModelView, RoutingView } from '#lib/models/schema.ts'

export interface RoutingChoice {
  retry: { count: number; onCodes: number[] | null } | null
  fallbacks: string[]
}

const counts = ['0', '1', '2', '3', '4', '5'].map((value) => ({ value, label: value }))
const fallbacksMax = 5

/** How often this model is tried again, and who answers in its place. */
export function RoutingForm({
  workspace,
  model,
  view,
  onCancel,
  onSave,
}: {
  workspace: string
  model: ModelView
  view: RoutingView
  onCancel: () => void
  onSave: (choice: RoutingChoice) => Promise<void>
}) {
  const [count, setCount] = useState(String(view.retry?.count ?? 0))
  const [codes, setCodes] = useState(view.retry?.onCodes?.join(', ') ?? '')
  const [fallbacks, setFallbacks] = useState(view.fallbacks.map(({ modelId, name }) => ({ modelId, name })))
  const [working, setWorking] = useState(false)
  const [failure, setFailure] = useState<ApiError>()
  const models = useQuery({
    queryKey: ['models', workspace, 'for-fallbacks', model.type],
    queryFn: ({ signal }) =>
      readApi<{ items: ModelView[] }>(
        `/api/workspaces/${encodeURIComponent(workspace)}/models?limit=200&sort=name`,
        signal,
      ),
  })
  const free = (models.data?.items ?? []).filter(
    ({ id, type }) => type === model.type && id !== model.id && !fallbacks.some(({ modelId }) => modelId === id),
  )

  // Left out, it would mean every failure: the opposite of what somebody who types something wants.
  const codesError =
    count === '0' || /^[\s,;\d]*$/.test(codes) ? undefined : 'Statuses are numbers, for example 429, 503.'

  async function save() {
    if (working || codesError) return
    setWorking(true)
    setFailure(undefined)
    const onCodes = codes.match(/\d+/g)?.map(Number) ?? null
    try {
      await onSave({
        retry: count === '0' ? null : { count: Number(count), onCodes },
        fallbacks: fallbacks.map(({ modelId }) => modelId),
      })
    } catch (error) {
      setFailure(error instanceof ApiError ? error : new ApiError(0, {}))
      setWorking(false)
    }
  }

  const errorAt = (prefix: string) =>
    Object.entries(failure?.fields ?? {}).find(([name]) => name === prefix || name.startsWith(`${prefix}.`))?.[1]
  const raise = (index: number) => {
    const next = [...fallbacks]
    next.splice(index - 1, 0, ...next.splice(index, 1))
    setFallbacks(next)
  }

  return (
    <Form
      aria-label="Routing"
      className="grid gap-4 px-4 py-4"
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {failure && Object.keys(failure.fields).length === 0 && <Notice tone="bad">{failure.message}</Notice>}
      <Field
        label="Retries on this model"
        error={errorAt('retry.count')}
        help="With pauses from 0.5 to 8 s, and never more than four attempts in all. Clients that retry by themselves multiply them."
      >
        <Segmented value={count} onChange={setCount} size="sm" options={counts} className="justify-self-start" />
      </Field>
      {count !== '0' && (
        <Field
          label="Only on these statuses"
          aside="optional"
          className="max-w-md"
          error={codesError ?? errorAt('retry')}
          help="408, 409, 429 and 500 to 599. Empty: every failure that may pass by itself."
        >
          <Input
            mono
            autoComplete="off"
            spellCheck={false}
            placeholder="429, 503"
            maxLength={200}
            value={codes}
            onChange={(event) => setCodes(event.target.value)}
          />
        </Field>
      )}
      <Field
        label="Fallbacks"
        error={errorAt('fallbacks')}
        help={`Models of the same Type that answer when this one does not, in this order. At most ${fallbacksMax}.`}
      >
        <Combobox
          // Afresh after each choice.
          key={fallbacks.length}
          value=""
          onChange={(id) => {
            const chosen = free.find((each) => each.id === id)
            if (chosen) setFallbacks([...fallbacks, { modelId: chosen.id, name: chosen.name }])
          }}
          freeText={false}
          loading={models.isPending}
          disabled={fallbacks.length >= fallbacksMax}
          suggestions={free.map(({ id, name, host }) => ({ value: id, label: name, hint: host }))}
          placeholder={fallbacks.length >= fallbacksMax ? 'No room for more' : 'Add a model'}
          emptyText="No other model of this Type has that name."
          className="max-w-md"
        />
      </Field>
      {fallbacks.length > 0 && (
        <ol aria-label="Fallbacks, in their order" className="grid max-w-md divide-y rounded-md border text-sm">
          {fallbacks.map(({ modelId, name }, index) => (
            <li key={modelId} className="flex min-w-0 items-center gap-2 px-3 py-1.5">
              <span className="figures text-faint">{index + 1}</span>
              <span className="min-w-0 flex-1 truncate">{name}</span>
              <IconButton size="sm" label={`Try ${name} earlier`} disabled={index === 0} onClick={() => raise(index)}>
                <ArrowUp aria-hidden="true" />
              </IconButton>
              <IconButton
                size="sm"
                label={`Remove ${name}`}
                onClick={() => setFallbacks(fallbacks.filter((each) => each.modelId !== modelId))}
              >
                <X aria-hidden="true" />
              </IconButton>
            </li>
          ))}
        </ol>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" size="sm" variant="main" loading={working}>
          Save
        </Button>
        <Button size="sm" variant="quiet" onClick={onCancel} disabled={working}>
          Cancel
        </Button>
      </div>
    </Form>
  )
}

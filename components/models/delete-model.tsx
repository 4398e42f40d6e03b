'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, callApi, readApi, withQuery } from '#components/ui/api.ts'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { Select } from '#components/ui/select.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelUseView, ModelView } from '#lib/models/schema.ts'

const keyOf = (use: ModelUseView) => `${use.kind} ${use.refId}`

/** Deletes a model by its name. What uses it is listed, and goes to another model in the same step. */
export function DeleteModelDialog({
  workspace,
  model,
  onClose,
  onDeleted,
}: {
  workspace: string
  model: ModelView
  onClose: () => void
  onDeleted: () => void
}) {
  const base = `/api/workspaces/${encodeURIComponent(workspace)}/models`
  const [targets, setTargets] = useState<Readonly<Record<string, string>>>({})
  const uses = useQuery({
    queryKey: ['uses', workspace, model.id],
    queryFn: ({ signal }) => readApi<{ items: ModelUseView[] }>(`${base}/${model.id}/uses`, signal),
    gcTime: 0,
  })
  const used = uses.data?.items ?? []
  const others = useQuery({
    queryKey: ['models', workspace, 'same-type', model.type],
    queryFn: ({ signal }) =>
      readApi<{ items: ModelView[] }>(
        withQuery(base, { type: model.type, state: 'active', limit: '200', sort: 'name' }),
        signal,
      ),
    enabled: used.length > 0,
  })
  const options = (others.data?.items ?? [])
    .filter(({ id }) => id !== model.id)
    .map(({ id, name, slug }) => ({ value: id, label: name, hint: slug }))

  async function remove() {
    if (!uses.data) throw new Error('It is not known yet what uses it. Try again.')
    const open = used.find((use) => !targets[keyOf(use)])
    if (open) throw new Error(`Choose what takes its place in ${open.label}.`)
    const repoint = used.map((use) => ({ kind: use.kind, refId: use.refId, to: targets[keyOf(use)]! }))
    try {
      await callApi(`${base}/${model.id}`, {
        method: 'DELETE',
        body: { version: model.version, name: model.name, ...(repoint.length > 0 && { repoint }) },
      })
    } catch (error) {
      if (error instanceof ApiError && error.code === 'model_in_use') void uses.refetch()
      throw error
    }
    toast(`${model.name} is deleted.`)
    onDeleted()
  }

  return (
    <ConfirmDialog
      open
      onOpenChange={onClose}
      title={`Delete ${model.name}`}
      name={model.name}
      action={used.length > 0 ? 'Point elsewhere and delete' : 'Delete model'}
      onConfirm={remove}
    >
      <div className="grid gap-3">
        <p>
          Calls to <span className="figures">{model.slug}</span> are refused from then on, and its key is destroyed. Its
          address stays reserved for 90 days. Records of past calls keep its name and cost.
        </p>
        {uses.isPending && <Skeleton className="h-8 w-full" />}
        {uses.error && <p className="text-bad">What uses it could not be loaded. {uses.error.message}</p>}
        {used.length > 0 && (
          <fieldset className="grid gap-2">
            <legend className="mb-1 font-medium text-ink">
              {used.length === 1 ? 'One thing uses it' : `${used.length} things use it`}. What takes its place?
            </legend>
            {used.map((use) => (
              <div key={keyOf(use)} className="grid items-center gap-1.5 sm:grid-cols-2">
                <span className="min-w-0 break-words">{use.label}</span>
                <Select
                  label={`In place of ${model.name} in ${use.label}`}
                  value={targets[keyOf(use)] ?? ''}
                  placeholder={options.length > 0 ? 'Choose a model' : 'No other model of this Type'}
                  disabled={options.length === 0}
                  options={options}
                  onChange={(to) =>
                    setTargets((before) => ({
                      // The first choice stands for all that are open.
                      ...Object.fromEntries(used.map((each) => [keyOf(each), before[keyOf(each)] ?? to])),
                      [keyOf(use)]: to,
                    }))
                  }
                />
              </div>
            ))}
          </fieldset>
        )}
      </div>
    </ConfirmDialog>
  )
}

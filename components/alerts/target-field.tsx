'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { readApi, withQuery } from '#components/ui/api.ts'
import { Combobox, type Suggestion } from '#components/ui/combobox.tsx'
import type { AlertScopeName } from '#lib/alerts/schema.ts'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import { type BudgetView, budgetWords } from '#lib/metering/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import type { KeyView } from '#lib/tenancy/schema.ts'
import { apiOf } from './queries.ts'

export interface Target {
  scope: AlertScopeName
  scopeId: string
  /** What people call it; empty while nothing is chosen. */
  label: string
}

export const scopeNames: Readonly<Record<AlertScopeName, string>> = {
  workspace: 'Workspace',
  model: 'Model',
  deployment: 'Deployment',
  key: 'API key',
  budget: 'Budget',
}

/** One model, deployment, key or budget, found by name. */
export function TargetField({
  workspace,
  value,
  onChange,
  error,
}: {
  workspace: string
  value: Target
  onChange: (value: Target) => void
  error: string | undefined
}) {
  const { scope, scopeId, label } = value
  const [typed, setTyped] = useState('')
  const found = useQuery({
    queryKey: ['alert-targets', workspace, scope, typed.trim()],
    queryFn: () => find(workspace, scope, typed.trim()),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  const chosen: Suggestion[] = scopeId === '' ? [] : [{ value: scopeId, label }]
  const suggestions = [...chosen, ...(found.data ?? []).filter((each) => each.value !== scopeId)]
  const word = scopeNames[scope]
  return (
    <Field label={word} name="scopeId" error={error} required>
      <Combobox
        freeText={false}
        value={scopeId}
        loading={found.isPending}
        placeholder="Search by name"
        emptyText={scope === 'budget' ? 'There is no such budget.' : `No ${word} is called so.`}
        suggestions={suggestions}
        onType={setTyped}
        onChange={(next) =>
          onChange({ scope, scopeId: next, label: suggestions.find((each) => each.value === next)?.label ?? next })
        }
      />
    </Field>
  )
}

async function find(workspace: string, scope: AlertScopeName, search: string): Promise<Suggestion[]> {
  const list = async <Item,>(path: string, more: Record<string, string> = {}) =>
    (await readApi<{ items: Item[] }>(withQuery(`${apiOf(workspace)}/${path}`, { search, limit: '50', ...more }))).items
  switch (scope) {
    case 'model':
      return (await list<ModelView>('models', { sort: 'name' })).map(({ id, name, slug }) => ({
        ...{ value: id, label: slug, hint: name },
      }))
    case 'deployment':
      return (await list<DeploymentView>('deployments')).map(({ id, key }) => ({ value: id, label: key }))
    case 'key':
      return (await list<KeyView>('keys')).map(({ id, name, hint }) => ({ value: id, label: name, hint }))
    case 'budget': {
      const { items } = await readApi<{ items: BudgetView[] }>(`${apiOf(workspace)}/budgets`)
      return items
        .map(({ id, window, scope: of, scopeLabel }) => ({ value: id, label: budgetWords(window, of, scopeLabel) }))
        .filter(({ label }) => label.toLowerCase().includes(search.toLowerCase()))
    }
    case 'workspace':
      return []
  }
}

'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Combobox, type Suggestion } from '#components/ui/combobox.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { RuleScope } from '#lib/metering/schema.ts'
import { eachIdentity, findScope, scopeKinds, scopeLabel } from './scopes.ts'

/** What a new rule is for. `label` is what people call it; empty while nothing is chosen. */
export interface ScopeChoice {
  scope: RuleScope
  scopeId: string
  label: string
}

export const wholeWorkspace: ScopeChoice = { scope: 'workspace', scopeId: '', label: '' }

/** Workspace, or one key, model or identity, found by name; or each identity by itself. */
export function ScopeField({
  workspace,
  value,
  onChange,
  error,
}: {
  workspace: string
  value: ScopeChoice
  onChange: (choice: ScopeChoice) => void
  error: string | undefined
}) {
  const { scope } = value
  const pick = (next: RuleScope) =>
    onChange(
      next === 'identity' ? { scope: next, scopeId: eachIdentity, label: '' } : { scope: next, scopeId: '', label: '' },
    )
  const isEach = value.scopeId === eachIdentity
  return (
    <>
      <Field label="Applies to" name="scope" help="A call has to fit in every budget and limit that applies to it.">
        <Segmented
          fill
          value={scope}
          onChange={pick}
          options={scopeKinds.map((kind) => ({ value: kind.scope, label: kind.label }))}
        />
      </Field>
      {scope === 'identity' && (
        <Field
          label="Which identity"
          help={
            <>
              Callers name their own end user in <span className="figures">identity.id</span>.
            </>
          }
        >
          <Segmented
            value={isEach ? 'each' : 'one'}
            onChange={(which) => onChange({ scope, scopeId: which === 'each' ? eachIdentity : '', label: '' })}
            options={[
              { value: 'each', label: 'Each by itself' },
              { value: 'one', label: 'One by name' },
            ]}
          />
        </Field>
      )}
      {scope !== 'workspace' && !isEach && (
        <TargetField key={scope} workspace={workspace} value={value} onChange={onChange} error={error} />
      )}
    </>
  )
}

function TargetField({
  workspace,
  value,
  onChange,
  error,
}: {
  workspace: string
  value: ScopeChoice
  onChange: (choice: ScopeChoice) => void
  error: string | undefined
}) {
  const { scope, scopeId, label } = value
  const [typed, setTyped] = useState('')
  const found = useQuery({
    queryKey: ['rule-scopes', workspace, scope, typed.trim()],
    queryFn: () => findScope(scope)?.(workspace, typed.trim()) ?? [],
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  })
  const word = scopeLabel(scope)
  // An identity is whatever callers name.
  const isOpen = scope === 'identity'
  const chosen: Suggestion[] = scopeId !== '' && !isOpen ? [{ value: scopeId, label }] : []
  const suggestions = [...chosen, ...(found.data ?? []).filter((each) => each.value !== scopeId || isOpen)]
  return (
    <Field label={isOpen ? 'Name of the identity' : word} name="scopeId" error={error} required>
      <Combobox
        freeText={isOpen}
        value={scopeId}
        loading={found.isPending}
        placeholder={isOpen ? 'As callers name it' : 'Search by name'}
        emptyText={isOpen ? 'No call named it yet. It applies from the first one on.' : `No ${word} is called so.`}
        suggestions={suggestions}
        onType={setTyped}
        onChange={(next) => {
          const suggestion = suggestions.find((each) => each.value === next)
          onChange({ scope, scopeId: next, label: isOpen ? next : (suggestion?.label ?? next) })
        }}
      />
    </Field>
  )
}

'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { type Filter, FilterChips } from '#components/ui/filter-chips.tsx'
import { formatCompact } from '#components/ui/format.ts'
import { SearchInput } from '#components/ui/search-input.tsx'
import type { Option } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import { statusClasses, type UsageView } from '#lib/analytics/schema.ts'
import { cacheUses, feedbackFilters, outcomes, sources } from '#lib/metering/schema.ts'
import { fromChips, type RequestState, toChips } from './filters.ts'
import { choicesQuery } from './queries.ts'
import { cacheWords, endpointNames, feedbackWords, outcomeWords, sourceWords } from './words.ts'

const usual: readonly Filter[] = [
  { id: 'outcome', label: 'Outcome', options: outcomes.map((value) => ({ value, label: outcomeWords[value].word })) },
  { id: 'source', label: 'Source', options: sources.map((value) => ({ value, label: sourceWords[value] })) },
]

/** Shown once asked for, or while they are on. */
const rare: readonly Filter[] = [
  { id: 'status', label: 'Status', options: statusClasses.map((value) => ({ value, label: value })) },
  { id: 'code', label: 'Error code', placeholder: 'upstream_timeout' },
  { id: 'endpoint', label: 'Endpoint', options: endpointNames.map((value) => ({ value, label: value })) },
  { id: 'cache', label: 'Cache', options: cacheUses.map((value) => ({ value, label: cacheWords[value].word })) },
  {
    id: 'feedback',
    label: 'Feedback',
    options: feedbackFilters.map((value) => ({ value, label: feedbackWords[value] })),
  },
  { id: 'version', label: 'Version', placeholder: '1.0' },
  { id: 'variant', label: 'Variant', placeholder: 'main' },
  { id: 'environment', label: 'Environment', placeholder: 'production' },
  { id: 'cost', label: 'Cost', placeholder: '> 0.01 or 0.01 – 0.5' },
  { id: 'latency', label: 'Latency', placeholder: '> 2 s or 1 s – 3 s' },
  { id: 'identity', label: 'Identity', placeholder: 'As the caller named it' },
  { id: 'thread', label: 'Thread', placeholder: 'As the caller named it' },
  { id: 'meta', label: 'Metadata', placeholder: 'team=search' },
  { id: 'practice', label: 'Practice models', options: [{ value: 'left out', label: 'left out' }] },
]

/** Search and filters; what is chosen stands in the address. */
export function RequestFilters({
  workspace,
  state,
  onChange,
}: {
  workspace: string
  state: RequestState
  onChange: (patch: Partial<RequestState>) => void
}) {
  const models = useQuery(choicesQuery(workspace, 'model'))
  const keys = useQuery(choicesQuery(workspace, 'key'))
  const deployments = useQuery(choicesQuery(workspace, 'deployment'))
  const [showsAll, setShowsAll] = useState(false)
  const chips = toChips(state)
  const filters: Filter[] = [
    { id: 'model', label: 'Model', options: toOptions(models.data, state.model) },
    { id: 'key', label: 'Key or person', options: toOptions(keys.data, state.key) },
    ...deploymentFilter(toOptions(deployments.data, state.deployment)),
    ...usual,
    ...rare.filter(({ id }) => showsAll || chips[id]),
  ]
  return (
    <>
      <SearchInput
        label="Search requests"
        placeholder="Id, name, address, identity, thread"
        value={state.q ?? ''}
        onChange={(q) => onChange({ q: q || null, after: null })}
      />
      <FilterChips
        className="contents"
        filters={filters}
        values={chips}
        onChange={(changed) => {
          const result = fromChips(changed)
          if ('problem' in result) toast.error(result.problem)
          else onChange(result.patch)
        }}
      />
      <Button variant="quiet" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
        {showsAll ? 'Fewer filters' : 'More filters'}
      </Button>
    </>
  )
}

/** Only where something came through one. */
function deploymentFilter(options: Option[]): Filter[] {
  return options.length === 0 ? [] : [{ id: 'deployment', label: 'Deployment', options }]
}

/** By the most calls; what the address names is offered even where it had none. */
function toOptions(usage: UsageView | undefined, chosen: readonly string[] | null): Option[] {
  const options = (usage?.rows ?? [])
    .filter(({ key }) => key !== '' && key !== 'others')
    .sort((one, other) => other.requests - one.requests)
    .map(({ key, label, requests }) => ({ value: key, label, hint: formatCompact(requests) }))
  const known = new Set(options.map(({ value }) => value))
  return [...options, ...(chosen ?? []).filter((id) => !known.has(id)).map((id) => ({ value: id, label: id }))]
}

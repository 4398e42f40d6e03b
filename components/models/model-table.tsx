'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal, Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { parseAsArrayOf, parseAsString, useQueryStates } from 'nuqs'
import { useMemo, useState } from 'react'
import { regionNames, regionShort, typeNames, typeShort } from '#components/prompt/model-words.ts'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Money } from '#components/ui/figures.tsx'
import { type Filter, FilterChips, type FilterValues } from '#components/ui/filter-chips.tsx'
import { formatDuration, formatPrice } from '#components/ui/format.ts'
import { Input } from '#components/ui/input.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { Pagination } from '#components/ui/pagination.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelStats } from '#lib/analytics/schema.ts'
import { type ModelHealth, type ModelView, modelTypes, regions } from '#lib/models/schema.ts'
import { healthsQuery, statsQuery } from './api.ts'
import { CapabilityBadges } from './capability-card.tsx'
import { shownHealth } from './health.ts'
import { ModelMenu } from './model-menu.tsx'

// Fetched with the first row that is ticked.
const BulkActions = dynamic(() => import('./bulk-actions.tsx').then((module) => module.BulkActions), { ssr: false })

const filters: readonly Filter[] = [
  { id: 'type', label: 'Type', options: modelTypes.map((value) => ({ value, label: typeNames[value] })) },
  {
    id: 'capability',
    label: 'Capability',
    options: [
      { value: 'tools', label: 'Function calling' },
      { value: 'json_schema', label: 'Structured output' },
      { value: 'vision', label: 'Vision' },
      { value: 'reasoning', label: 'Reasoning' },
      { value: 'streaming', label: 'Streaming' },
    ],
  },
  { id: 'region', label: 'Region', options: regions.map((value) => ({ value, label: regionNames[value] })) },
  {
    id: 'state',
    label: 'State',
    options: [
      { value: 'active', label: 'Active' },
      { value: 'disabled', label: 'Disabled' },
    ],
  },
]

const list = parseAsArrayOf(parseAsString).withDefault([])

interface Row {
  model: ModelView
  stats: ModelStats | undefined
  health: Pick<ModelHealth, 'word' | 'minutes5' | 'hour1'> | undefined
}

export function ModelTable({
  workspace,
  canManage,
  onAdd,
  onPractice,
}: {
  workspace: string
  canManage: boolean
  onAdd: () => void
  /** Absent where the practice provider does not run. */
  onPractice: (() => void) | undefined
}) {
  const queryClient = useQueryClient()
  const [state, setState] = useQueryStates({
    q: parseAsString.withDefault(''),
    type: list,
    capability: list,
    region: list,
    state: list,
  })
  const [cursors, setCursors] = useState<string[]>([])
  const values: FilterValues = Object.fromEntries(
    (['type', 'capability', 'region', 'state'] as const).flatMap((id) =>
      state[id].length > 0 ? [[id, state[id]]] : [],
    ),
  )
  const query = useMemo(() => {
    const search = new URLSearchParams({ limit: '50' })
    if (state.q.trim()) search.set('search', state.q.trim())
    for (const id of ['type', 'capability', 'region', 'state'] as const)
      for (const value of state[id]) search.append(id, value)
    const cursor = cursors.at(-1)
    if (cursor) search.set('cursor', cursor)
    return search.toString()
  }, [state, cursors])

  const models = useQuery({
    queryKey: ['models', workspace, query],
    queryFn: ({ signal }) =>
      callApi<{ items: ModelView[]; nextCursor?: string }>(`/api/workspaces/${workspace}/models?${query}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
  const ids = models.data?.items.map((model) => model.id) ?? []
  const stats = useQuery({
    ...statsQuery(workspace, ids),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
  const healths = useQuery({
    ...healthsQuery(workspace, ids),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  })
  const rows = useMemo(() => {
    const statsById = new Map(stats.data?.items.map((each) => [each.modelId, each]))
    const healthById = new Map(healths.data?.items.map((each) => [each.modelId, each]))
    return models.data?.items.map(
      (model): Row => ({ model, stats: statsById.get(model.id), health: healthById.get(model.id) }),
    )
  }, [models.data, stats.data, healths.data])

  const narrowed = state.q !== '' || Object.keys(values).length > 0
  const error = models.error instanceof ApiError ? models.error : undefined
  const reload = () => {
    for (const about of ['models', 'model-health', 'validations'])
      void queryClient.invalidateQueries({ queryKey: [about, workspace] })
  }

  return (
    <DataTable
      label="Private models"
      tall
      columns={columns(workspace, canManage, reload)}
      rows={rows}
      rowId={(row) => row.model.id}
      rowName={(row) => row.model.name}
      rowHref={(row) => `/${workspace}/router/models/${encodeURIComponent(row.model.slug)}`}
      columnsKey="models"
      {...(canManage && {
        bulk: (chosen: readonly string[], clear: () => void) => (
          <BulkActions workspace={workspace} ids={chosen} clear={clear} onChanged={reload} />
        ),
      })}
      refreshing={models.isPlaceholderData}
      toolbar={
        <>
          <Input
            type="search"
            aria-label="Search name, ID, host"
            placeholder="Search name, ID, host"
            prefix={<Search aria-hidden="true" />}
            className="w-full sm:w-70"
            value={state.q}
            maxLength={200}
            onChange={(event) => {
              setCursors([])
              void setState({ q: event.target.value || null })
            }}
          />
          <FilterChips
            filters={filters}
            values={values}
            onChange={(next) => {
              setCursors([])
              void setState({
                type: [...(next.type ?? [])],
                capability: [...(next.capability ?? [])],
                region: [...(next.region ?? [])],
                state: [...(next.state ?? [])],
              })
            }}
          />
        </>
      }
      error={
        error && !models.data ? (
          <ErrorState
            title="The models could not be loaded"
            requestId={error.requestId}
            onRetry={() => void models.refetch()}
            retrying={models.isFetching}
          >
            {error.message}
          </ErrorState>
        ) : undefined
      }
      empty={
        narrowed ? (
          <EmptyState
            title="No model fits"
            action={
              <Button
                onClick={() => void setState({ q: null, type: null, capability: null, region: null, state: null })}
              >
                Clear search and filters
              </Button>
            }
          >
            Nothing in this workspace matches the search and the filters.
          </EmptyState>
        ) : (
          <EmptyState
            title="Nothing is plugged in yet"
            action={
              canManage ? (
                <Button variant="main" onClick={onAdd}>
                  Add Model
                </Button>
              ) : undefined
            }
            link={
              canManage && onPractice ? (
                <button type="button" className="link" onClick={onPractice}>
                  or begin with a practice model
                </button>
              ) : undefined
            }
          >
            {canManage
              ? 'Connect any server that speaks OpenAI’s API. Patchbay checks what its model can really do, and then it answers under one address.'
              : 'An admin of this workspace connects models here.'}
          </EmptyState>
        )
      }
      footer={
        <Pagination
          previous={cursors.length > 0 ? () => setCursors(cursors.slice(0, -1)) : undefined}
          next={models.data?.nextCursor ? () => setCursors([...cursors, models.data!.nextCursor!]) : undefined}
          pending={models.isFetching}
        />
      }
    />
  )
}

const columns = (workspace: string, canManage: boolean, reload: () => void): readonly Column<Row>[] => [
  {
    id: 'name',
    label: 'Name',
    primary: true,
    sort: ({ model }) => model.name,
    cell: ({ model }) => (
      <span className="block min-w-0">
        <span className="flex items-center gap-1.5 font-medium">
          <span title={model.name} className="max-w-40 truncate 2xl:max-w-72">
            {model.name}
          </span>
          {model.practice && <Badge tone="outline">practice</Badge>}
        </span>
        <span className="figures block max-w-56 truncate font-normal text-faint text-xs 2xl:max-w-80">
          {model.modelId} · {model.host}
        </span>
      </span>
    ),
  },
  {
    id: 'address',
    label: 'Address',
    kind: 'mono',
    sort: ({ model }) => model.slug,
    cell: ({ model }) => (
      <CopyText text={model.slug} what={`the address of ${model.name}`} className="max-w-36 text-muted 2xl:max-w-56" />
    ),
  },
  { id: 'type', label: 'Type', sort: ({ model }) => model.type, cell: ({ model }) => typeShort[model.type] },
  { id: 'can', label: 'Can do', cell: ({ model }) => <CapabilityBadges card={model.capabilities} type={model.type} /> },
  {
    id: 'prices',
    label: 'Input / output',
    unit: 'per 1M tokens',
    kind: 'figure',
    sort: ({ model }) => (model.inputPrice === null ? null : Number(model.inputPrice)),
    cell: ({ model }) => <Prices model={model} />,
  },
  {
    id: 'traffic',
    label: '24 h',
    kind: 'figure',
    sort: ({ stats }) => stats?.figures.requests ?? null,
    cell: ({ stats }) => (
      <span className="block">
        <Count value={stats?.figures.requests ?? 0} />
        <span className="block text-faint text-xs">
          {stats && stats.figures.unpriced > 0 && stats.figures.cost.nanoUsd === '0' ? (
            'unpriced'
          ) : (
            <Money amount={stats?.figures.cost ?? { nanoUsd: '0', usd: '0' }} />
          )}
        </span>
      </span>
    ),
  },
  {
    id: 'region',
    label: 'Region',
    sort: ({ model }) => model.region,
    cell: ({ model }) => <span title={regionNames[model.region]}>{regionShort[model.region]}</span>,
  },
  {
    id: 'health',
    label: 'Health',
    cell: ({ model, stats, health }) => {
      const { state, word } = shownHealth(model, health)
      return (
        <JackText
          state={state}
          detail={
            model.keyRefusedAt ? (
              <>
                since <RelativeTime at={model.keyRefusedAt} />
              </>
            ) : health?.word === 'failing' && health.minutes5.errorRate !== null ? (
              `${Math.round(health.minutes5.errorRate * 100)} % errors in 5 min`
            ) : health?.word === 'slow' && health.hour1.firstByteP95Ms !== null ? (
              `first byte p95 ${formatDuration(health.hour1.firstByteP95Ms)}`
            ) : stats?.latency ? (
              `p95 ${formatDuration(stats.latency.p95Ms)}`
            ) : model.validatedAt ? (
              <>
                checked <RelativeTime at={model.validatedAt} />
              </>
            ) : undefined
          }
        >
          {word}
        </JackText>
      )
    },
  },
  {
    id: 'validated',
    label: 'Validated',
    hidden: true,
    sort: ({ model }) => model.validatedAt,
    cell: ({ model }) => (model.validatedAt ? <RelativeTime at={model.validatedAt} /> : '–'),
  },
  {
    id: 'addedBy',
    label: 'Added by',
    hidden: true,
    sort: ({ model }) => model.addedBy,
    cell: ({ model }) => model.addedBy,
  },
  {
    id: 'added',
    label: 'Added',
    hidden: true,
    sort: ({ model }) => model.createdAt,
    cell: ({ model }) => <RelativeTime at={model.createdAt} />,
  },
  {
    id: 'context',
    label: 'Context',
    hidden: true,
    kind: 'figure',
    sort: ({ model }) => model.contextTokens,
    cell: ({ model }) => <Count value={model.contextTokens} />,
  },
  {
    id: 'menu',
    label: '',
    className: 'w-10 pr-2',
    cell: ({ model }) =>
      canManage ? (
        <ModelMenu
          workspace={workspace}
          model={model}
          onChanged={reload}
          trigger={
            <button
              type="button"
              aria-label={`Actions for ${model.name}`}
              className="grid size-7 place-items-center rounded-md text-faint hover:bg-surface-3 hover:text-ink"
            >
              <MoreHorizontal className="size-4" />
            </button>
          }
        />
      ) : (
        <Link href={`/${workspace}/router/models/${encodeURIComponent(model.slug)}`} className="sr-only">
          Open {model.name}
        </Link>
      ),
  },
]

function Prices({ model }: { model: ModelView }) {
  if (model.type === 'image') {
    return model.imagePrice === null ? (
      <span className="text-muted">unpriced</span>
    ) : model.imagePrice === '0' ? (
      'free'
    ) : (
      <>{formatPrice(model.imagePrice)} a picture</>
    )
  }
  const { inputPrice, outputPrice } = model
  if (inputPrice === null && outputPrice === null) return <span className="text-muted">unpriced</span>
  if (inputPrice === '0' && (outputPrice === '0' || outputPrice === null)) return 'free'
  return (
    <>
      {formatPrice(inputPrice)} / {model.type === 'embedding' ? '–' : formatPrice(outputPrice)}
    </>
  )
}

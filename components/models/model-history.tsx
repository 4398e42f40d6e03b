'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { formatPrice } from '#components/ui/format.ts'
import type { Column } from '#components/ui/table-columns.ts'
import { ExactTime, RelativeTime, useNow } from '#components/ui/time.tsx'
import type { ModelView, PriceView } from '#lib/models/schema.ts'
import type { AuditView } from '#lib/tenancy/schema.ts'
import { actionWords, changesOf } from './audit-words.ts'
import { auditQuery, pricesQuery, recostsQuery } from './model-queries.ts'
import { RecostDialog } from './recost-dialog.tsx'
import { Recosts } from './recosts.tsx'
import { SetPriceDialog } from './set-price.tsx'

const show = (price: string | null) => (price === null ? <span className="text-muted">–</span> : formatPrice(price))

interface PriceRow extends PriceView {
  when: 'planned' | 'in force' | 'past'
}

const tokenColumns: readonly Column<PriceRow>[] = [
  { id: 'input', label: 'Input', unit: 'per 1M tokens', kind: 'figure', cell: (row) => show(row.inputPrice) },
  {
    id: 'cached',
    label: 'Cached input',
    unit: 'per 1M tokens',
    kind: 'figure',
    cell: (row) => show(row.cachedInputPrice),
  },
  { id: 'output', label: 'Output', unit: 'per 1M tokens', kind: 'figure', cell: (row) => show(row.outputPrice) },
]
const imageColumn: Column<PriceRow> = {
  id: 'image',
  label: 'Image',
  unit: 'each',
  kind: 'figure',
  cell: (row) => show(row.imagePrice),
}

function priceColumns(type: ModelView['type']): Column<PriceRow>[] {
  return [
    {
      id: 'from',
      label: 'From',
      primary: true,
      cell: (row) => (
        <span className="inline-flex flex-wrap items-center gap-x-2">
          <ExactTime at={row.effectiveFrom} />
          {row.when !== 'past' && <Badge tone={row.when === 'in force' ? 'ok' : 'outline'}>{row.when}</Badge>}
        </span>
      ),
    },
    ...(type === 'image' ? [imageColumn] : tokenColumns),
    { id: 'by', label: 'Set by', cell: (row) => row.createdBy || '–' },
  ]
}

const auditColumns: readonly Column<AuditView>[] = [
  { id: 'at', label: 'When', cell: (row) => <RelativeTime at={row.at} /> },
  {
    id: 'actor',
    label: 'Who',
    cell: (row) => (row.actor.kind === 'key' ? `key ${row.actor.label}` : row.actor.label),
  },
  { id: 'action', label: 'What', primary: true, cell: (row) => actionWords(row.action) },
  {
    id: 'change',
    label: 'Change',
    cell: (row) => {
      const text = changesOf(row).join(', ')
      return (
        <span className="block max-w-[32rem] truncate text-muted" title={text}>
          {text || '–'}
        </span>
      )
    },
  },
]

/** Prices as they were and will be, and everything that people did to this model. */
export function ModelHistory({
  workspace,
  model,
  canManage,
  onChanged,
}: {
  workspace: string
  model: ModelView
  canManage: boolean
  onChanged: () => void
}) {
  const queryClient = useQueryClient()
  const [setting, setSetting] = useState(false)
  const [recosting, setRecosting] = useState(false)
  const options = pricesQuery(workspace, model.id, model.version)
  const prices = useQuery({ ...options, placeholderData: keepPreviousData })
  const audit = useQuery({ ...auditQuery(workspace, model.id), enabled: canManage })
  const nowMs = useNow()
  return (
    <div className="grid gap-4">
      <Card className="overflow-hidden">
        <CardHeader
          title="Prices"
          detail="A change holds from its moment on; calls before it keep their cost."
          actions={
            canManage && (
              <>
                <Button size="sm" variant="quiet" onClick={() => setRecosting(true)}>
                  Re-cost past calls
                </Button>
                <Button size="sm" onClick={() => setSetting(true)}>
                  Set a price
                </Button>
              </>
            )
          }
        />
        <DataTable
          bare
          keyboard={false}
          label="Prices"
          columns={priceColumns(model.type)}
          rows={prices.data && withState(prices.data.items, nowMs)}
          rowId={(row) => row.id}
          skeletonRows={2}
          error={
            prices.error && !prices.data ? (
              <ErrorState
                title="The prices could not be loaded"
                requestId={prices.error instanceof ApiError ? prices.error.requestId : undefined}
                onRetry={() => void prices.refetch()}
              >
                {prices.error.message}
              </ErrorState>
            ) : undefined
          }
          empty={<EmptyState title="Unpriced">Calls are recorded without a cost until a price is set.</EmptyState>}
        />
      </Card>
      <Recosts workspace={workspace} model={model} canManage={canManage} onChanged={onChanged} />
      {canManage && (
        <Card className="overflow-hidden">
          <CardHeader title="Changes" detail="Who did what to this model. It cannot be edited." />
          <DataTable
            bare
            keyboard={false}
            label="Changes"
            columns={auditColumns}
            rows={audit.data?.items}
            rowId={(row) => row.id}
            skeletonRows={4}
            error={
              audit.error && !audit.data ? (
                <ErrorState
                  title="The changes could not be loaded"
                  requestId={audit.error instanceof ApiError ? audit.error.requestId : undefined}
                  onRetry={() => void audit.refetch()}
                >
                  {audit.error.message}
                </ErrorState>
              ) : undefined
            }
            empty={<EmptyState title="Nothing on record">Every change of this model appears here.</EmptyState>}
            footer={
              audit.data?.nextCursor ? (
                <p className="px-4 py-2 text-faint text-xs">The newest 50. All of them stand under Settings, Audit.</p>
              ) : undefined
            }
          />
        </Card>
      )}
      {recosting && (
        <RecostDialog
          workspace={workspace}
          model={model}
          onClose={() => setRecosting(false)}
          onStarted={() => {
            for (const { queryKey } of [recostsQuery(workspace, model.id), auditQuery(workspace, model.id)])
              void queryClient.invalidateQueries({ queryKey })
          }}
        />
      )}
      {setting && (
        <SetPriceDialog
          workspace={workspace}
          model={model}
          onClose={() => setSetting(false)}
          onSet={(items) => {
            queryClient.setQueryData(options.queryKey, { items })
            onChanged()
          }}
        />
      )}
    </div>
  )
}

/** Newest first: the first that has begun is in force. */
function withState(items: readonly PriceView[], nowMs: number): PriceRow[] {
  const current = items.findIndex(({ effectiveFrom }) => Date.parse(effectiveFrom) <= nowMs + 60_000)
  return items.map((item, index) => ({
    ...item,
    when: index === current ? 'in force' : current < 0 || index < current ? 'planned' : 'past',
  }))
}

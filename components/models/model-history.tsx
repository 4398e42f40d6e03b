'use client'
import { useQuery } from '@tanstack/react-query'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { ExactTime } from '#components/ui/time.tsx'
import type { ModelUseView, ModelView, PriceView } from '#lib/models/schema.ts'
import { formatPrice } from './words.ts'

const show = (price: string | null) => (price === null ? <span className="text-muted">–</span> : formatPrice(price))

const priceColumns: readonly Column<PriceView>[] = [
  { id: 'from', label: 'From', primary: true, cell: (row) => <ExactTime at={row.effectiveFrom} /> },
  { id: 'input', label: 'Input', unit: 'per 1M tokens', kind: 'figure', cell: (row) => show(row.inputPrice) },
  {
    id: 'cached',
    label: 'Cached input',
    unit: 'per 1M tokens',
    kind: 'figure',
    cell: (row) => show(row.cachedInputPrice),
  },
  { id: 'output', label: 'Output', unit: 'per 1M tokens', kind: 'figure', cell: (row) => show(row.outputPrice) },
  { id: 'image', label: 'Image', unit: 'each', kind: 'figure', cell: (row) => show(row.imagePrice) },
  { id: 'by', label: 'By', cell: (row) => row.createdBy },
]

/** Prices as they were, and who uses the model. */
export function ModelHistory({ workspace, model }: { workspace: string; model: ModelView }) {
  const base = `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}`
  const prices = useQuery({
    queryKey: ['prices', workspace, model.id, model.version],
    queryFn: ({ signal }) => callApi<{ items: PriceView[] }>(`${base}/prices`, { signal }),
  })
  const uses = useQuery({
    queryKey: ['uses', workspace, model.id],
    queryFn: ({ signal }) => callApi<{ items: ModelUseView[] }>(`${base}/uses`, { signal }),
  })
  return (
    <div className="grid gap-4">
      <Card className="overflow-hidden">
        <CardHeader title="Prices" detail="A change holds from its moment on; calls before it keep their cost." />
        <DataTable
          bare
          keyboard={false}
          label="Prices"
          columns={priceColumns}
          rows={prices.data?.items}
          rowId={(row) => row.id}
          skeletonRows={2}
          error={
            prices.error ? (
              <ErrorState
                title="The prices could not be loaded"
                requestId={prices.error instanceof ApiError ? prices.error.requestId : undefined}
                onRetry={() => void prices.refetch()}
              >
                {prices.error.message}
              </ErrorState>
            ) : undefined
          }
          empty={
            <EmptyState title="Unpriced">Calls are recorded without a cost until a price is set under Edit.</EmptyState>
          }
        />
      </Card>
      <Card className="overflow-hidden">
        <CardHeader title="Uses" detail="What would break without this model." />
        {uses.data?.items.length ? (
          <ul className="divide-y border-t text-sm">
            {uses.data.items.map((use) => (
              <li key={`${use.kind} ${use.refId}`} className="flex gap-3 px-4 py-2.5">
                <span className="text-muted">{use.kind}</span>
                {use.label}
              </li>
            ))}
          </ul>
        ) : (
          <p className="border-t px-4 py-4 text-muted text-sm">
            {uses.isPending ? 'Looking' : 'Nothing uses it by name. Calls by API key do not count here.'}
          </p>
        )}
      </Card>
    </div>
  )
}

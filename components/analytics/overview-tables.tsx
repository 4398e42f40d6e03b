'use client'
import { useCallback } from 'react'
import { withQuery } from '#components/ui/api.ts'
import type { OverviewView } from '#lib/analytics/schema.ts'
import { BreakdownTable, type TableRow } from './breakdown-table.tsx'
import { rowLabel } from './figures.ts'
import { usageCsvPath } from './queries.ts'

const sourceWords: Readonly<Record<string, string>> = {
  gateway: 'Gateway',
  try: 'Try it',
  playground: 'Playground',
  deployment: 'Deployment',
  experiment: 'Experiment',
  judge: 'Judge',
  guardrail: 'Guardrail',
  validation: 'Validation, own probes',
  drift: 'Drift checks, own probes',
}

const modelLabel = (row: TableRow) => rowLabel(row, 'model')
const keyLabel = (row: TableRow) => rowLabel(row, 'key')
const sourceLabel = (row: TableRow) => sourceWords[row.key] ?? rowLabel(row, 'source')

/** By model, by key, by source: each adds up to the tiles and leads to the requests behind its rows. */
export function OverviewTables({
  workspace,
  view,
  span,
  refreshing,
}: {
  workspace: string
  view: OverviewView | undefined
  span: Record<string, string>
  refreshing: boolean
}) {
  const hrefBy = (name: string) => (row: TableRow) =>
    row.key === '' || row.key === 'others'
      ? undefined
      : withQuery(`/${workspace}/requests`, { ...span, [name]: row.key })
  const spanText = JSON.stringify(span)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span counts by what it holds
  const modelHref = useCallback(hrefBy('model'), [workspace, spanText])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span counts by what it holds
  const keyHref = useCallback(hrefBy('key'), [workspace, spanText])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the span counts by what it holds
  const sourceHref = useCallback(hrefBy('source'), [workspace, spanText])
  // As shown, whatever the API would choose by itself.
  const included = view && { includePractice: String(view.practice.included) }
  const csv = (groupBy: 'model' | 'key' | 'source') =>
    included && usageCsvPath(workspace, groupBy, { ...span, ...included })
  const total = view?.total

  return (
    <div className="grid gap-4">
      <BreakdownTable
        title="By model"
        head="Model"
        rows={view?.byModel}
        total={total}
        totalLatencyMs={view?.latency?.p95Ms ?? null}
        label={modelLabel}
        href={modelHref}
        csv={csv('model')}
        wide
        refreshing={refreshing}
        keyboard
      />
      <div className="grid gap-4 xl:grid-cols-2">
        <BreakdownTable
          title="By key or person"
          head="Key or person"
          rows={view?.byKey}
          total={total}
          label={keyLabel}
          href={keyHref}
          csv={csv('key')}
          refreshing={refreshing}
        />
        <BreakdownTable
          title="By source"
          head="Source"
          rows={view?.bySource}
          total={total}
          label={sourceLabel}
          href={sourceHref}
          csv={csv('source')}
          refreshing={refreshing}
        />
      </div>
    </div>
  )
}

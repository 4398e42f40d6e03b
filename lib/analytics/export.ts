import { csvLine } from '#lib/core/csv.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { findRequests, toRequestView } from './request-query.ts'
import { resolveSearch } from './requests.ts'
import { RequestsExportInput, type UsageRow } from './schema.ts'
import { usage } from './usage.ts'

const pageSize = 1_000

/** The rows of `usage` as CSV, the total last. Costs are exact dollars. */
export async function exportUsageCsv(scope: Scope, input: unknown): Promise<string> {
  const { groupBy, rows, total } = await usage(scope, input)
  const columns: [name: string, value: (row: UsageRow) => string | number][] = [
    [groupBy, (row) => row.label],
    [`${groupBy}_id`, (row) => row.key],
    ['requests', (row) => row.requests],
    ['ok', (row) => row.ok],
    ['errors', (row) => row.errors],
    ['aborted', (row) => row.aborted],
    ['refused', (row) => row.refused],
    ['probes', (row) => row.probes],
    ['input_tokens', (row) => row.inputTokens],
    ['cached_tokens', (row) => row.cachedTokens],
    ['output_tokens', (row) => row.outputTokens],
    ['reasoning_tokens', (row) => row.reasoningTokens],
    ['images', (row) => row.images],
    ['cost_usd', (row) => row.cost.usd],
    ['unpriced_requests', (row) => row.unpriced],
    ['estimated_requests', (row) => row.estimated],
    ['estimated_tokens', (row) => row.estimatedTokens],
  ]
  const all = [...rows, { key: '', label: 'Total', practice: false, ...total }]
  return [columns.map(([name]) => name), ...all.map((row) => columns.map(([, value]) => value(row)))]
    .map(csvLine)
    .join('')
}

/** Requests as CSV, newest first, page by page: a transaction a page, nothing held in memory. */
export async function* exportRequestsCsv(scope: Scope, input: unknown): AsyncGenerator<string> {
  requireRead(scope)
  const filters = parseInput(RequestsExportInput, input)
  yield csvLine([
    'id',
    'time',
    'model',
    'model_id',
    'address',
    'endpoint',
    'stream',
    'source',
    'actor',
    'actor_id',
    'outcome',
    'status',
    'error_code',
    'input_tokens',
    'cached_tokens',
    'output_tokens',
    'usage_source',
    'cost_usd',
    'priced',
    'latency_ms',
    'first_byte_ms',
    'attempts',
    'identity',
    'thread',
    'name',
  ])
  let { fromMs, before } = await scope.tx((tx) => resolveSearch(tx, scope, filters, undefined))
  for (;;) {
    const rows = await scope.tx((tx) =>
      findRequests(tx, scope.workspaceId, filters, { fromMs, before, limit: pageSize }),
    )
    if (rows.length > 0) {
      yield rows
        .map(toRequestView)
        .map((row) =>
          csvLine([
            row.id,
            row.at,
            row.model?.name ?? '',
            row.model?.id ?? '',
            row.address,
            row.endpoint,
            String(row.stream),
            row.source,
            row.actor.label,
            row.actor.id,
            row.outcome,
            row.status,
            row.errorCode,
            row.inputTokens,
            row.cachedTokens,
            row.outputTokens,
            row.usageSource,
            row.cost.usd,
            String(row.priced),
            row.latencyMs,
            row.firstByteMs ?? '',
            row.attempts,
            row.identity,
            row.thread,
            row.name,
          ]),
        )
        .join('')
    }
    const last = rows.at(-1)
    if (!last || rows.length < pageSize) return
    before = { atMs: last.at, id: last.id }
  }
}

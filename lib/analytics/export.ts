import { csvLine } from '#lib/core/csv.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { toRequestView } from './request-query.ts'
import { resolveSearch } from './requests.ts'
import { RequestsExportInput, type RequestView, type UsageRow } from './schema.ts'
import { searchBack } from './search.ts'
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
    ['cache_hits', (row) => row.cacheHits],
  ]
  const all = [...rows, { key: '', label: 'Total', practice: false, ...total }]
  return [columns.map(([name]) => name), ...all.map((row) => columns.map(([, value]) => value(row)))]
    .map(csvLine)
    .join('')
}

const columns: readonly (readonly [name: string, value: (request: RequestView) => string | number])[] = [
  ['id', (request) => request.id],
  ['time', (request) => request.at],
  ['model', (request) => request.model?.name ?? ''],
  ['model_id', (request) => request.model?.id ?? ''],
  ['address', (request) => request.address],
  ['endpoint', (request) => request.endpoint],
  ['stream', (request) => String(request.stream)],
  ['source', (request) => request.source],
  ['actor', (request) => request.actor.label],
  ['actor_id', (request) => request.actor.id],
  ['outcome', (request) => request.outcome],
  ['status', (request) => request.status],
  ['error_code', (request) => request.errorCode],
  ['input_tokens', (request) => request.inputTokens],
  ['cached_tokens', (request) => request.cachedTokens],
  ['output_tokens', (request) => request.outputTokens],
  ['usage_source', (request) => request.usageSource],
  ['cost_usd', (request) => request.cost.usd],
  ['ran_cost_usd', (request) => request.ranCost?.usd ?? ''],
  ['priced', (request) => String(request.priced)],
  ['latency_ms', (request) => request.latencyMs],
  ['first_byte_ms', (request) => request.firstByteMs ?? ''],
  ['attempts', (request) => request.attempts],
  ['cache', (request) => request.cache ?? ''],
  ['identity', (request) => request.identity],
  ['thread', (request) => request.thread],
  ['name', (request) => request.name],
  ['feedback_good', ({ feedback }) => feedback.good],
  ['feedback_bad', ({ feedback }) => feedback.bad],
  ['feedback_corrected', ({ feedback }) => feedback.corrected],
  ['metadata', ({ metadata }) => (Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata))],
]

/**
 * Requests as CSV, or as JSON, one a line; newest first, page by page: a transaction a page, nothing held in memory.
 * `format` of the input chooses.
 */
export async function* exportRequests(scope: Scope, input: unknown): AsyncGenerator<string> {
  requireRead(scope)
  const { format, ...filters } = parseInput(RequestsExportInput, input)
  const write = (requests: readonly RequestView[]) =>
    format === 'jsonl'
      ? requests.map((request) => `${JSON.stringify(request)}\n`).join('')
      : requests.map((request) => csvLine(columns.map(([, value]) => value(request)))).join('')
  if (format === 'csv') yield csvLine(columns.map(([name]) => name))
  let { fromMs, before } = await scope.tx((tx) => resolveSearch(tx, scope, filters, undefined))
  for (;;) {
    const { rows, reached } = await scope.tx((tx) =>
      searchBack(tx, scope.workspaceId, filters, { fromMs, before, limit: pageSize }),
    )
    if (rows.length > 0) yield write(rows.map(toRequestView))
    const last = rows.at(-1)
    if (last && rows.length === pageSize) before = { atMs: last.at, id: last.id }
    else if (reached > fromMs) before = { atMs: reached, id: '' }
    else return
  }
}

import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { resolvePeriod } from './period.ts'
import { type Cursor, type RequestFilters, readCursor, toRequestView, writeCursor } from './request-query.ts'
import { RequestsInput, type RequestsPage } from './schema.ts'
import { searchBack } from './search.ts'

const dayMs = 24 * 60 * 60_000
/** Without a range the search goes back so far. */
const reachMs = 400 * dayMs
/** A clock of another machine may be ahead of ours. */
const skewMs = 60_000

/** Requests, newest first. Every member may read. */
export async function listRequests(scope: Scope, input: unknown): Promise<RequestsPage> {
  requireRead(scope)
  const { cursor, limit, ...filters } = parseInput(RequestsInput, input)
  const start = cursor === undefined ? undefined : readCursor(cursor)
  return scope.tx(async (tx) => {
    const { fromMs, before } = await resolveSearch(tx, scope, filters, start)
    const { rows, reached } = await searchBack(tx, scope.workspaceId, filters, { fromMs, before, limit: limit + 1 })
    const items = rows.slice(0, limit).map(toRequestView)
    if (rows.length > limit) {
      const last = rows[limit - 1]!
      return { items, nextCursor: writeCursor({ atMs: last.at, id: last.id }) }
    }
    if (reached <= fromMs) return { items }
    return {
      items,
      nextCursor: writeCursor({ atMs: reached, id: '' }),
      searchedBackTo: new Date(reached).toISOString(),
    }
  })
}

/** The span of a search: from where it may go back to, and the place it begins at. */
export async function resolveSearch(
  tx: Tx,
  scope: Scope,
  filters: RequestFilters,
  start: Cursor | undefined,
): Promise<{ fromMs: number; before: Cursor }> {
  const hasRange = filters.range !== undefined || filters.from !== undefined || filters.to !== undefined
  const nowMs = scope.now().getTime()
  const period = hasRange ? await resolvePeriod(tx, scope, filters) : { fromMs: nowMs - reachMs, toMs: nowMs }
  const toMs = period.toMs >= nowMs ? nowMs + skewMs : period.toMs
  return { fromMs: period.fromMs, before: start && start.atMs < toMs ? start : { atMs: toMs, id: '' } }
}

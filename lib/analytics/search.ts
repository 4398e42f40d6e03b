import type { Tx } from '#lib/tenancy/index.ts'
import { type Cursor, findRequests, type RequestFilters, type RequestRow } from './request-query.ts'

const hourMs = 60 * 60_000
/** A search that finds little stops after so long and says where it stands. */
const searchMaxMs = 300
/** The first look; by then it is known how fast the search is. */
const firstWindowMs = 6 * hourMs
/** How much further a look may go than the one before it. */
const growthMax = 8

/**
 * Looks back by a few hours, then by as much more as the time that is left allows, until there are enough, the beginning
 * is reached or the time is up. `reached`: everything from there on was looked at.
 */
export async function searchBack(
  tx: Tx,
  workspaceId: string,
  filters: RequestFilters,
  { fromMs, before, limit }: { fromMs: number; before: Cursor; limit: number },
): Promise<{ rows: RequestRow[]; reached: number }> {
  const rows: RequestRow[] = []
  const begunMs = performance.now()
  let place = before
  let windowMs = firstWindowMs
  for (;;) {
    const lookedMs = performance.now()
    // A whole millisecond: it becomes the place of a cursor.
    const reached = Math.max(fromMs, Math.floor(place.atMs - windowMs))
    const part = { fromMs: reached, before: place, limit: limit - rows.length, isFirst: place === before }
    rows.push(...(await findRequests(tx, workspaceId, filters, part)))
    const nowMs = performance.now()
    const leftMs = searchMaxMs - (nowMs - begunMs)
    if (rows.length >= limit || reached <= fromMs || leftMs <= 0) return { rows, reached }
    windowMs *= Math.min(growthMax, leftMs / Math.max(1, nowMs - lookedMs))
    place = { atMs: reached, id: '' }
  }
}

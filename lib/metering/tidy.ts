import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'

const dayMs = 24 * 60 * 60_000
/** Of one statement. */
const rowsMax = 5_000

/**
 * Takes away what nobody needs of budgets and limits: released leases of processes that are gone for a day, periods that
 * ended before `retentionDays` or whose budget was deleted, minutes that passed. Returns how many rows went.
 */
export async function tidyLeases(pool: Pool, clock: Clock, retentionDays: number): Promise<number> {
  const now = clock.nowMs()
  // The id of a lease tells when it was made.
  const leases = await pool.query(
    `delete from ledger.budget_lease where id = any(array(select id from ledger.budget_lease l where l.amount = 0 and l.id < $1
       and not exists (select from ledger.holders h where h.id = l.holder) order by id limit ${rowsMax} for update skip locked))`,
    [newId('lse', now - dayMs)],
  )
  const periods = await pool.query(
    `delete from ledger.budget_period where ctid = any(array(select ctid from ledger.budget_period p
       where (p.period_end < $1 or (not exists (select from public.budgets b where b.id = p.budget_id) and not exists (select from public.limits l where l.id = p.budget_id)))
         and not exists (select from ledger.budget_lease l where (l.workspace_id, l.budget_id, l.subject, l.period_start) = (p.workspace_id, p.budget_id, p.subject, p.period_start)) limit ${rowsMax}))`,
    [new Date(now - retentionDays * dayMs)],
  )
  const slots = await pool.query(
    `delete from ledger.limit_slot where id = any(array(select id from ledger.limit_slot where usable_until < $1 limit ${rowsMax}))`,
    [new Date(now - dayMs)],
  )
  return (leases.rowCount ?? 0) + (periods.rowCount ?? 0) + (slots.rowCount ?? 0)
}

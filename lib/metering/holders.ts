import type { Pool, PoolClient } from 'pg'

/**
 * Takes a holder out of Postgres: what it leased is free again. Only after its spool was written, or is known to be
 * lost. False where there was none.
 */
export async function forgetHolder(db: Pick<Pool | PoolClient, 'query'>, holder: string): Promise<boolean> {
  const { rows } = await db.query<{ known: boolean }>('select ledger.forget_holder($1) as known', [holder])
  return rows[0]!.known
}

/** A process that spools records and holds leases, as Postgres knows it. */
export interface HolderRow {
  id: string
  process: string
  host: string
  /** Seconds since it was last heard of. */
  silentSeconds: number
  /** Leases in which it holds something. */
  leases: number
}

/** All of them, those that are silent the longest first. */
export async function listHolders(db: Pick<Pool, 'query'>): Promise<HolderRow[]> {
  const { rows } = await db.query<HolderRow>(
    `select h.id, h.process, h.host, floor(extract(epoch from now() - h.seen_at))::integer as "silentSeconds",
       (select count(*) from ledger.budget_lease l where l.holder = h.id and l.amount > 0)::integer as leases
     from ledger.holders h order by h.seen_at, h.id limit 1000`,
  )
  return rows
}

import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'

export interface PartitionOptions {
  daysAhead: number
  /** Whole days of records that are kept, today not counted. */
  retentionDays: number
}

const dayMs = 24 * 60 * 60_000

/**
 * Makes the daily partitions (UTC) of today and the days ahead, and of days that records wait for in the default one;
 * drops those that are past retention, with what was said of their requests. May run anywhere, any number of times.
 */
export async function keepPartitions(
  pool: Pool,
  clock: Clock,
  { daysAhead, retentionDays }: PartitionOptions,
): Promise<{ made: string[]; dropped: string[] }> {
  const now = clock.nowMs()
  const oldest = dayOf(now - retentionDays * dayMs)
  const wanted = new Set(Array.from({ length: daysAhead + 1 }, (_, ahead) => dayOf(now + ahead * dayMs)))
  const waiting = await pool.query<{ day: string }>(
    `select distinct to_char(started_at at time zone 'UTC', 'YYYY-MM-DD') as day from ledger.records_default`,
  )
  for (const { day } of waiting.rows) if (day >= oldest) wanted.add(day)
  const made: string[] = []
  for (const day of [...wanted].sort()) {
    const { rows } = await pool.query<{ done: boolean }>('select ledger.make_partition($1) as done', [day])
    if (rows[0]?.done) made.push(day)
  }
  await pool.query('delete from ledger.records_default where started_at < $1::date::timestamp at time zone $2', [
    oldest,
    'UTC',
  ])
  // Nobody says anything of what is not there.
  await pool.query(`delete from ledger.feedback where request_at < $1::date::timestamp at time zone 'UTC'`, [oldest])
  const present = await pool.query<{ day: string }>(
    `select to_char(to_date(substring(c.relname from 9), 'YYYYMMDD'), 'YYYY-MM-DD') as day
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'ledger.records'::regclass and c.relname ~ '^records_\\d{8}$' order by 1`,
  )
  const dropped: string[] = []
  for (const { day } of present.rows) {
    if (day >= oldest) continue
    const { rows } = await pool.query<{ done: boolean }>('select ledger.drop_partition($1) as done', [day])
    if (rows[0]?.done) dropped.push(day)
  }
  return { made, dropped }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'

/** The queue: by the clock, and at once when a workspace keeps less than before or is deleted. */
export const payloadTidying = 'payload-tidying'

const dayMs = 24 * 60 * 60_000
/** Of one statement: it holds no lock for long. */
const rowsMaxDefault = 500

interface Row {
  id: string
  days: number | null
  epoch: number | null
}

/**
 * Takes away what no workspace keeps any more: prompts and answers older than its days, those of before it turned them
 * off, and those of workspaces that are gone; then the keys that nothing is sealed under. Returns how many rows went.
 */
export async function tidyPayloads(
  pool: Pool,
  clock: Clock,
  { rowsMax = rowsMaxDefault }: { rowsMax?: number } = {},
): Promise<number> {
  let gone = 0
  const repeat = async (sql: string, values: unknown[]) => {
    for (;;) {
      const { rowCount } = await pool.query(sql, [...values, rowsMax])
      gone += rowCount ?? 0
      if ((rowCount ?? 0) < rowsMax) return
    }
  }
  for (const { id, days, epoch } of await findKeeping(pool)) {
    const oldest = new Date(clock.nowMs() - (days ?? 0) * dayMs)
    // Without days, or without a workspace, all of it.
    const isOver = days
      ? 'epoch < $2 or (epoch = $2 and newest_at <= $3)'
      : '$2::integer is not null or $3::timestamptz is not null'
    await repeat(
      `delete from ledger.payloads where id = any(array(select id from ledger.payloads where workspace_id = $1 and (${isOver}) limit $4))`,
      [id, epoch ?? 0, oldest],
    )
    // A key is used for a day, and a call may take hours.
    await repeat(
      `delete from ledger.payload_keys where id = any(array(select id from ledger.payload_keys
         where workspace_id = $1 and (epoch < $2 or $4 or made_at < $3) limit $5))`,
      [id, epoch ?? 0, new Date(oldest.getTime() - 2 * dayMs), !days],
    )
  }
  return gone
}

/** Workspaces of which something is kept, stepping along the index: its rows are not read. */
async function findKeeping(pool: Pool): Promise<Row[]> {
  const step = (table: string) => `
    (with recursive ids (id) as (
       (select workspace_id from ledger.${table} order by workspace_id limit 1)
       union all
       select (select workspace_id from ledger.${table} t where t.workspace_id > ids.id order by workspace_id limit 1)
       from ids where ids.id is not null)
     select id from ids where id is not null)`
  const { rows } = await pool.query<Row>(
    `select ids.id, w.payload_days as days, w.payload_epoch as epoch
     from (${step('payloads')} union ${step('payload_keys')}) ids left join public.workspaces w on w.id = ids.id`,
  )
  return rows
}

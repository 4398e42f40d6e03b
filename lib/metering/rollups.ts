import type { Pool, PoolClient } from 'pg'
import {
  addSums,
  columnsOf,
  latencyDay,
  latencyHour,
  type RollupTable,
  selectDurations,
  selectFacts,
  selectSums,
  usageDay,
  usageQuarter,
} from './rollup-tables.ts'

/** Days of UTC as `2026-11-22`, both included. */
export interface RollupSpan {
  workspaceId: string
  fromDay: string
  toDay: string
}

/** A sum in a rollup that is not that of the records. Sums are decimal text. */
export interface RollupDifference {
  table: RollupTable['name']
  /** Of the rollup: a day, or the instant at which its quarter or hour begins. */
  span: string
  /** By column; empty values left out. */
  key: Record<string, string>
  column: string
  rollup: string
  records: string
}

export interface CheckedDay {
  day: string
  /** Records of the workspace on that day of UTC. */
  records: number
  /** How many sums differ. */
  wrong: number
  /** The first of them. */
  differences: RollupDifference[]
}

const dayMs = 24 * 60 * 60_000
/** Of one table and day. */
const shownMax = 20
/** A day of a busy workspace takes its time; it is read alone. */
const timeoutMs = 30 * 60_000

/**
 * Compares the rollups of a workspace with a full scan of its records, day after day, each in one snapshot: what is being
 * written meanwhile is in both or in neither. Days whose records are past retention cannot be compared and are left out.
 */
export async function* verifyRollups(pool: Pool, span: RollupSpan): AsyncGenerator<CheckedDay> {
  for (const { day, isCut } of await listDays(pool, span)) {
    yield await inTransaction(pool, 'isolation level repeatable read, read only', (client) =>
      checkDay(client, span.workspaceId, day, isCut),
    )
  }
}

/**
 * Compares as `verifyRollups` does, and writes the sums of days that differ anew. While a day is written, the ledger's
 * writers wait for it, so that no record is left out or counted twice.
 */
export async function* rebuildRollups(pool: Pool, span: RollupSpan): AsyncGenerator<CheckedDay> {
  for await (const checked of verifyRollups(pool, span)) {
    if (checked.wrong > 0)
      await inTransaction(pool, 'isolation level read committed', async (client) => {
        await lockRollups(client)
        await writeDay(client, span.workspaceId, checked.day)
      })
    yield checked
  }
}

/** Holds back the ledger's writers until the transaction ends, and waits for those under way. */
export async function lockRollups(client: Pick<PoolClient, 'query'>): Promise<void> {
  // Every statement of a writer locks this table before it takes its snapshot; one table cannot make a deadlock.
  await client.query('lock table ledger.usage_quarter in share row exclusive mode')
}

/** Writes the sums of one day of UTC out of its records. Under `lockRollups`. */
export async function writeDay(client: Pick<PoolClient, 'query'>, workspaceId: string, day: string): Promise<void> {
  const values = [workspaceId, day]
  for (const table of [usageQuarter, latencyHour, latencyDay]) {
    const { period } = table
    await client.query(
      `delete from ledger.${table.name} where workspace_id = $1 and ${period === 'day' ? 'day = $2::date' : `${period} >= ${begin} and ${period} < ${end}`}`,
      values,
    )
    await client.query(
      `with n as (${selectFacts(recordsOfDay)}), d as (${selectDurations('n')}) ${addSums(table, table.of === 'records' ? 'n' : 'd')}`,
      values,
    )
  }
  // Local days reach over the day of UTC, and their quarter hours tell all of them.
  const local = `(select distinct (q at time zone w.time_zone)::date from public.workspaces w
    cross join generate_series(${begin}, ${end} - interval '15 minutes', interval '15 minutes') q where w.id = $1)`
  await client.query(`delete from ledger.usage_day where workspace_id = $1 and day in ${local}`, values)
  const sums = usageDay.sums.map(([column]) => `sum(q.${column})`).join(', ')
  const by = [
    'q.workspace_id',
    '(q.quarter at time zone w.time_zone)::date',
    ...usageDay.key.map((column) => `q.${column}`),
  ].join(', ')
  await client.query(
    `insert into ledger.usage_day (${columnsOf(usageDay)}) select ${by}, ${sums}
     from ledger.usage_quarter q join public.workspaces w on w.id = q.workspace_id
     where q.workspace_id = $1 and q.quarter >= ${begin} - interval '2 days' and q.quarter < ${end} + interval '2 days'
       and (q.quarter at time zone w.time_zone)::date in ${local} group by ${by}`,
    values,
  )
}

// $1: the workspace, $2: the day.
const begin = `($2::date::timestamp at time zone 'UTC')`
const end = `(($2::date + 1)::timestamp at time zone 'UTC')`
const recordsOfDay = `(select * from ledger.records where workspace_id = $1 and started_at >= ${begin} and started_at < ${end}) i`
/** Those of a local day: no zone is more than a day away from UTC. */
const recordsAround = `(select * from ledger.records where workspace_id = $1 and started_at >= ${begin} - interval '1 day' and started_at < ${end} + interval '1 day') i`

async function checkDay(client: PoolClient, workspaceId: string, day: string, isCut: boolean): Promise<CheckedDay> {
  const { rows } = await client.query<{ records: number }>(`select count(*)::float8 as records from ${recordsOfDay}`, [
    workspaceId,
    day,
  ])
  const checked: CheckedDay = { day, records: rows[0]!.records, wrong: 0, differences: [] }
  for (const table of [usageQuarter, usageDay, latencyHour, latencyDay]) {
    if (table === usageDay && isCut) continue
    const found = await compareDay(client, table, workspaceId, day)
    checked.wrong += found.wrong
    checked.differences.push(...found.differences)
  }
  return checked
}

async function compareDay(
  client: PoolClient,
  table: RollupTable,
  workspaceId: string,
  day: string,
): Promise<Pick<CheckedDay, 'wrong' | 'differences'>> {
  const { name, period } = table
  const isOfRecords = table.of === 'records'
  const key = isOfRecords ? table.key : [...table.key, 'bucket']
  const columns = isOfRecords ? table.sums.map(([column]) => column) : ['count']
  const [from, condition] =
    name === 'usage_day' ? [recordsAround, 'where day = $2::date'] : [recordsOfDay, 'where true']
  const within = period === 'day' ? 'day = $2::date' : `${period} >= ${begin} and ${period} < ${end}`
  const span = period === 'day' ? 'day::text' : `to_char(${period} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`
  const { rows } = await client.query<RollupDifference & { wrong: number }>(
    `with n as (select * from (${selectFacts(from)}) n ${condition}), d as (${selectDurations('n')}),
     want as (${single(table, selectSums(table, table.of === 'records' ? 'n' : 'd'))}),
     have as (${single(table, `select * from ledger.${name} where workspace_id = $1 and ${within}`)})
     select '${name}' as table, ${span} as span, jsonb_build_object(${key.map((column) => `'${column}', ${column}::text`).join(', ')}) as key,
       c.column, c.rollup::text as rollup, c.records::text as records, count(*) over ()::float8 as wrong
     from want full join have using (workspace_id, ${period}, ${key.join(', ')})
     cross join lateral (values ${columns.map((column) => `('${column}', coalesce(have.${column}, 0)::numeric, coalesce(want.${column}, 0)::numeric)`).join(', ')}) c ("column", rollup, records)
     where c.rollup <> c.records order by span, key, c.column limit ${shownMax}`,
    [workspaceId, day],
  )
  const differences = rows.map(({ wrong, ...difference }) => ({
    ...difference,
    key: Object.fromEntries(Object.entries(difference.key).filter(([, value]) => value !== '')),
  }))
  return { wrong: rows[0]?.wrong ?? 0, differences }
}

/** Rows of a rollup with one sum in a column: histograms bucket by bucket. */
function single({ of }: RollupTable, rows: string): string {
  if (of === 'records') return rows
  return `select s.*, array_lower(counts, 1) + n - 1 as bucket, count from (${rows}) s cross join lateral unnest(counts) with ordinality u (count, n) where count <> 0`
}

/**
 * The days of the span that have records or sums, from the oldest one on whose records are kept. `isCut`: the first hours
 * of the local day by that name are past retention.
 */
async function listDays(
  pool: Pool,
  { workspaceId, fromDay, toDay }: RollupSpan,
): Promise<{ day: string; isCut: boolean }[]> {
  const { rows } = await pool.query<{ kept: string | null; first: string | null; last: string | null }>(
    `select to_char(min(s.day), 'YYYY-MM-DD') as first, to_char(max(s.day), 'YYYY-MM-DD') as last,
       (select to_char(min(to_date(substring(c.relname from 9), 'YYYYMMDD')), 'YYYY-MM-DD') from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'ledger.records'::regclass and c.relname ~ '^records_\\d{8}$') as kept
     from (select (min(started_at) at time zone 'UTC')::date as day from ledger.records where workspace_id = $1
       union all select (max(started_at) at time zone 'UTC')::date from ledger.records where workspace_id = $1
       union all select (min(quarter) at time zone 'UTC')::date from ledger.usage_quarter where workspace_id = $1
       union all select (max(quarter) at time zone 'UTC')::date from ledger.usage_quarter where workspace_id = $1
       union all select min(day) from ledger.usage_day where workspace_id = $1
       union all select max(day) from ledger.usage_day where workspace_id = $1) s`,
    [workspaceId],
  )
  const [{ kept, first, last } = { kept: null, first: null, last: null }] = rows
  if (first === null || last === null) return []
  const from = [fromDay, first, ...(kept === null ? [] : [kept])].sort().at(-1)!
  const to = toDay < last ? toDay : last
  const days: { day: string; isCut: boolean }[] = []
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += dayMs) {
    const day = new Date(ms).toISOString().slice(0, 10)
    days.push({ day, isCut: day === kept && first < kept })
  }
  return days
}

async function inTransaction<Result>(
  pool: Pool,
  mode: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query(`begin transaction ${mode}`)
    await client.query(`set local statement_timeout = ${timeoutMs}`)
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}

import type pg from 'pg'
import { getRequest, listRequests, overview, usage } from '#lib/analytics/index.ts'
import type { RequestsInput } from '#lib/analytics/schema.ts'
import { newId } from '#lib/core/ids.ts'
import { createInserter } from '#lib/metering/insert.ts'
import { writeHead, writeRecord } from '#lib/metering/record.ts'
import type { Database } from '#lib/platform/database.ts'
import { createLogger } from '#lib/platform/logger.ts'
import type { Scope } from '#lib/tenancy/index.ts'

export interface Measured {
  name: string
  figure: string
  bar: string
  /** Undefined: told, not judged. */
  isMet?: boolean
}

interface Bench {
  pool: pg.Pool
  database: Database
  scope: Scope
  folder: string
  /** Part of the names of the cases to run. */
  only: string
}

const dayMs = 24 * 60 * 60_000

/** Each bar, one after the other. */
export async function* measureAll(bench: Bench): AsyncGenerator<Measured> {
  const cases: Record<string, (bench: Bench) => AsyncGenerator<Measured>> = {
    ...{ storage, totals, dashboards, percentiles, pages, details, ingestion },
  }
  for (const [name, measure] of Object.entries(cases)) if (name.includes(bench.only)) yield* measure(bench)
}

/** Milliseconds below which 95 % of the calls lie; the first ones, which fill caches, are left out. */
async function p95Of(calls: readonly (() => Promise<unknown>)[], warmups = 2): Promise<number> {
  for (const call of calls.slice(0, warmups)) await call()
  const times: number[] = []
  for (const call of calls) {
    const begunMs = performance.now()
    await call()
    times.push(performance.now() - begunMs)
  }
  times.sort((one, other) => one - other)
  return times[Math.ceil(times.length * 0.95) - 1]!
}

function timed(name: string, ms: number, barMs: number): Measured {
  return { name, figure: `${ms.toFixed(1)} ms`, bar: `p95 <= ${barMs} ms`, isMet: ms <= barMs }
}

const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index))

async function* dashboards({ scope }: Bench): AsyncGenerator<Measured> {
  for (const groupBy of ['model', 'day', 'key', 'source', 'deployment'] as const)
    yield timed(
      `30 days by ${groupBy}`,
      await p95Of(times(20, () => () => usage(scope, { range: '30d', groupBy }))),
      150,
    )
  for (const range of ['24h', '7d', '30d'] as const)
    yield timed(`overview of ${range}`, await p95Of(times(20, () => () => overview(scope, { range }))), 150)
}

async function* pages({ pool, scope }: Bench): AsyncGenerator<Measured> {
  const filters: Record<string, readonly Partial<RequestsInput>[]> = {
    'no filter': [{}],
    model: (await valuesOf(pool, scope, 'model_id')).map((modelId) => ({ modelId })),
    key: (await valuesOf(pool, scope, 'actor_id')).map((actorId) => ({ actorId })),
    deployment: (await valuesOf(pool, scope, 'deployment_id')).map((deploymentId) => ({ deploymentId })),
    identity: (await valuesOf(pool, scope, 'identity')).map((identity) => ({ identity })),
    thread: (await valuesOf(pool, scope, 'thread')).map((thread) => ({ thread })),
    'not ok': [{ outcome: 'error,aborted,truncated,refused,lost' }],
    'error code': (await valuesOf(pool, scope, 'error_code')).map((errorCode) => ({ errorCode })),
    'metadata pair': ['team=support', 'team=legal', 'feature=forms', 'team=nobody'].map((metadata) => ({ metadata })),
  }
  const nowMs = scope.now().getTime()
  for (const [name, each] of Object.entries(filters)) {
    const calls = each.flatMap((filter) => {
      // The first page, the one after it, and any page: behind a place anywhere in the month.
      const anywhere = times(4, (index) => () => {
        const to = new Date(nowMs - ((index * 7.3 + 2) % 29) * dayMs).toISOString()
        return listRequests(scope, { ...filter, from: new Date(nowMs - 30 * dayMs).toISOString(), to })
      })
      const second = async () => {
        const { nextCursor: cursor } = await listRequests(scope, { ...filter })
        return () => listRequests(scope, { ...filter, ...(cursor !== undefined && { cursor }) })
      }
      return [() => listRequests(scope, filter), ...anywhere, async () => (await second())()]
    })
    yield timed(`page of requests, ${name}`, await p95Of(calls), 150)
  }
}

/** Some common values of a column and some rare ones, as they come. */
async function valuesOf(pool: pg.Pool, scope: Scope, column: string): Promise<string[]> {
  const { rows } = await pool.query<{ value: string }>(
    `select ${column} as value from ledger.records where workspace_id = $1 and started_at > now() - interval '3 days' and ${column} <> ''
     group by 1 order by count(*) desc limit 2000`,
    [scope.workspaceId],
  )
  const values = rows.map(({ value }) => value)
  return [...new Set([...values.slice(0, 6), ...values.slice(-6)])]
}

async function* details({ pool, scope }: Bench): AsyncGenerator<Measured> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from (select id, row_number() over () as n from ledger.records where workspace_id = $1 and started_at > now() - interval '20 days' limit 200000) r where n % 1000 = 0`,
    [scope.workspaceId],
  )
  yield timed(
    'one request',
    await p95Of(
      rows.map(
        ({ id }) =>
          () =>
            getRequest(scope, id),
      ),
    ),
    50,
  )
}

async function* storage({ pool }: Bench): AsyncGenerator<Measured> {
  const sizes = await pool.query<{ records: number; heap: number; sums: number; rows: number }>(
    `select sum(pg_total_relation_size(i.inhrelid))::float8 as records, sum(pg_table_size(i.inhrelid))::float8 as heap,
       (select sum(pg_total_relation_size(t))::float8 from unnest(array['ledger.usage_quarter', 'ledger.usage_day', 'ledger.latency_hour', 'ledger.latency_day']::regclass[]) t) as sums,
       (select count(*) from ledger.records)::float8 as rows from pg_inherits i where i.inhparent = 'ledger.records'::regclass`,
  )
  const { records, heap, sums, rows } = sizes.rows[0]!
  const each = (bytes: number) => `${(bytes / rows).toFixed(0)} B`
  yield {
    name: 'storage of a record, indexes included',
    figure: each(records),
    bar: '<= 1536 B',
    isMet: records / rows <= 1_536,
  }
  yield { name: 'of it without indexes; sums, for each record', figure: `${each(heap)}; ${each(sums)}`, bar: '' }
}

async function* totals({ pool, scope }: Bench): AsyncGenerator<Measured> {
  const nowMs = scope.now().getTime()
  let equal = 0
  const spans = times(
    6,
    (index) => [nowMs - (29 - index * 2.3) * dayMs - index * 1_234_567, nowMs - index * 0.77 * dayMs] as const,
  )
  for (const [fromMs, toMs] of spans) {
    const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()]
    const { total } = await usage(scope, { from, to, groupBy: 'model' })
    const { rows } = await pool.query<{ cost: string; requests: number }>(
      'select sum(cost_nano_usd)::text as cost, count(*)::float8 as requests from ledger.records where workspace_id = $1 and started_at >= $2 and started_at < $3',
      [scope.workspaceId, from, to],
    )
    if (rows[0]!.cost === total.cost.nanoUsd && rows[0]!.requests === total.requests) equal++
  }
  yield {
    name: 'totals that equal a full scan',
    figure: `${equal} of ${spans.length}`,
    bar: 'all, to the nano-dollar',
    isMet: equal === spans.length,
  }
}

async function* percentiles({ pool, scope }: Bench): AsyncGenerator<Measured> {
  const view = await overview(scope, { range: '7d' })
  const from = new Date(Math.floor(Date.parse(view.period.from) / 3_600_000) * 3_600_000).toISOString()
  const { rows } = await pool.query<{ model_id: string; p95: number }>(
    `select model_id, percentile_disc(0.95) within group (order by latency_ms)::float8 as p95 from ledger.records
     where workspace_id = $1 and started_at >= $2 and started_at < $3 and outcome in ('ok', 'error', 'truncated') and source not in ('validation', 'drift') group by 1`,
    [scope.workspaceId, from, view.period.to],
  )
  const off = rows.map(({ model_id, p95 }) => {
    const told = view.byModel.find(({ key }) => key === model_id)?.latency?.p95Ms ?? 0
    return Math.abs(told - p95) / p95
  })
  const worst = Math.max(...off)
  yield {
    name: `p95 of ${rows.length} models against the exact one`,
    figure: `${(worst * 100).toFixed(2)} % off`,
    bar: 'within 4 %',
    isMet: worst <= 0.04,
  }
}

/** The ledger's own statement, as two processes write it side by side; for a workspace of its own, which no page above reads. */
async function* ingestion({ pool, database, scope, folder }: Bench): AsyncGenerator<Measured> {
  const batch = 1_000
  await pool.query(
    `insert into workspaces (id, slug, name) values ($1, 'bench-writes', 'Writes') on conflict (slug) do nothing`,
    [newId('wsp')],
  )
  const { rows } = await pool.query<{ id: string }>(`select id from workspaces where slug = 'bench-writes'`)
  const workspaceId = rows[0]!.id
  const models = await valuesOf(pool, scope, 'model_id')
  const frames = (from: number) =>
    times(batch, (index) => {
      const atMs = Date.now() - ((from + index) % 3_600) * 1_000
      const modelId = models[index % models.length]!
      const head = writeHead({
        ...{ requestId: newId('req', atMs), startedAtMs: atMs, workspaceId, source: 'gateway' },
        ...{
          actorKind: 'key',
          actorId: `key_${index % 20}`,
          keyId: `key_${index % 20}`,
          modelId,
          address: 'some-model',
        },
        ...{ endpoint: 'chat/completions', stream: true, priceId: '', boundNanoUsd: 0n },
        ...{ identity: `customer-${index % 400}`, thread: `thread-${from + (index >> 2)}` },
        metadata: { team: `team-${index % 8}`, feature: `feature-${index % 20}`, release: '2026.47' },
      })
      return Buffer.from(
        writeRecord(head, {
          ...{
            outcome: 'ok',
            status: 200,
            inputTokens: 900 + index,
            cachedTokens: 0,
            outputTokens: 200 + (index % 90),
          },
          ...{ reasoningTokens: 0, images: 0, usageSource: 'provider', usageFlags: [], priced: true },
          ...{ costNanoUsd: 690_000n, overrunNanoUsd: 0n, latencyMs: 300 + index, firstByteMs: 120, gatewayUs: 200 },
          attempts: [{ modelId, startedAtMs: atMs, status: 200, code: '', firstByteMs: 120, totalMs: 300 + index }],
        }),
      )
    })
  const logger = createLogger({ process: 'bench', level: 'error' })
  const batches = times(200, (index) => frames(index * batch))
  const begunMs = performance.now()
  let next = 0
  const writer = async () => {
    const inserter = createInserter(database.pool, {
      holder: newId('hld'),
      rejectedFile: `${folder}/rejected`,
      logger,
    })
    while (next < batches.length) {
      const index = next++
      await inserter.insert(batches[index]!, { segment: 1, byte: index + 1 })
    }
  }
  await Promise.all([writer(), writer()])
  const perSecond = (batches.length * batch) / ((performance.now() - begunMs) / 1_000)
  yield {
    name: 'records written a second, with all sums',
    figure: perSecond.toFixed(0),
    bar: '>= 10000',
    isMet: perSecond >= 10_000,
  }
}

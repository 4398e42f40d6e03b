import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { modelStats, overview, usage } from '#lib/analytics/index.ts'
import { type UsageGroup, type UsageView, usageGroups } from '#lib/analytics/schema.ts'
import { verifyRollups } from '#lib/metering/index.ts'
import { readHead } from '#lib/platform/backup/format.ts'
import { restoreBackup } from '#lib/platform/backup/restore.ts'
import { type Database, openDatabase } from '#lib/platform/database.ts'
import { migrate, readMigrations } from '#lib/platform/migrate.ts'
import { testClock } from '#lib/testing/clock.ts'
import { emptyDatabase } from '#lib/testing/database.ts'
import { type ScannedRow, scanRecords, toScanned } from '#lib/testing/full-scan.ts'
import { scopeOf } from '#lib/testing/ledger.ts'
import { prepareDatabase } from './database.ts'

const migrations = readMigrations(join(import.meta.dirname, '..', '..', 'prisma', 'migrations'))

async function ask<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

/** A draw of 0 to `below` - 1 for record `i`. */
const draw = (which: number, below: number) => `(abs(hashint8extended(i, ${which})) % ${below})::int`
const oneOf = (which: number, words: readonly string[]) =>
  `(array['${words.join(`','`)}'])[1 + ${draw(which, words.length)}]`

const usageKey = 'model_id, deployment_id, version, variant, environment, actor_id, source, status_class'
const usageSums = `count(*), sum(input_tokens), sum(cached_tokens), sum(output_tokens), sum(reasoning_tokens), sum(images), sum(cost_nano_usd),
  count(*) filter (where not priced), count(*) filter (where usage_source = 'estimated'), coalesce(sum(input_tokens + output_tokens) filter (where usage_source = 'estimated'), 0), sum(latency_ms)`

/**
 * Two weeks of calls as the first release kept them: models, keys, sources, every outcome, a day without a partition of its
 * own; and the sums as the first release wrote them beside its records.
 */
const fillFirstSchema = `
insert into users (id, email, name) values ('usr_1', 'one@example.test', 'One');
insert into workspaces (id, slug, name, time_zone) values ('wsp_1', 'acme', 'Acme', 'Asia/Kathmandu'), ('wsp_2', 'other', 'Other', 'America/New_York');
insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host, practice)
  select 'mdl_' || m, w, case m % 3 when 0 then 'embedding' else 'chat' end, 'Model ' || m, 'model-' || m, 'some-model', case m % 2 when 0 then 'eu' else 'us' end,
    'https://server.example/v1', 'server.example', m = 4
  from (values (1, 'wsp_1'), (2, 'wsp_1'), (3, 'wsp_1'), (4, 'wsp_1'), (5, 'wsp_2')) v (m, w);
select ledger.make_partition(day::date) from generate_series(timestamp '2026-11-07', '2026-11-19', '1 day') day;
insert into ledger.records (started_at, id, workspace_id, source, actor_kind, actor_id, key_id, model_id, deployment_id, version, variant, environment,
  endpoint, stream, outcome, status, input_tokens, cached_tokens, output_tokens, reasoning_tokens, images, usage_source, priced, cost_nano_usd, leases,
  latency_ms, first_byte_ms, identity)
select at, 'req_' || i, workspace, source, kind, case kind when 'user' then 'usr_1' else key end, case kind when 'user' then '' else key end, model, deployment,
  case deployment when '' then '' else ${oneOf(7, ['1.0', '1.1'])} end, case deployment when '' then '' else ${oneOf(8, ['', 'b'])} end, case deployment when '' then '' else 'production' end,
  'chat/completions', ${draw(9, 2)} = 0, outcome, case outcome when 'error' then (array[400, 429, 500])[1 + ${draw(10, 3)}] else 200 end,
  ${draw(11, 9000)}, ${draw(12, 50)}, ${draw(13, 900)}, ${draw(14, 20)}, ${draw(15, 2)}, ${oneOf(16, ['provider', 'provider', 'estimated', 'none'])}, ${draw(17, 9)} > 0,
  -- Above what a float holds exactly.
  case when i % 500 = 0 then 9007199254740993 else ${draw(18, 1_000_000_000)} end, case when i % 3 = 0 then array['lse_1'] end,
  floor(1.5 ^ ${draw(19, 30)})::int + ${draw(20, 40)}, case when ${draw(21, 4)} > 0 then ${draw(20, 40)} end, ${oneOf(22, ['', 'ada', 'bob'])}
from (
  select i, timestamptz '2026-11-07 00:00Z' + make_interval(secs => ${draw(1, 14 * 24 * 3600)}) as at, case when i % 5 = 0 then 'wsp_2' else 'wsp_1' end as workspace,
    ${oneOf(2, ['gateway', 'gateway', 'gateway', 'playground', 'try', 'validation', 'drift'])} as source, ${oneOf(3, ['key', 'key', 'user'])} as kind, ${oneOf(4, ['key_1', 'key_2'])} as key,
    case when i % 5 = 0 then 'mdl_5' else ${oneOf(5, ['', 'mdl_1', 'mdl_1', 'mdl_2', 'mdl_3', 'mdl_4'])} end as model, ${oneOf(6, ['', '', 'dep_1'])} as deployment,
    ${oneOf(23, ['ok', 'ok', 'ok', 'ok', 'error', 'aborted', 'truncated', 'refused', 'lost'])} as outcome
  from generate_series(1, 5000) i
) drawn;
create temporary view n as select r.*, date_bin('15 minutes', r.started_at, timestamptz 'epoch') as quarter, (r.started_at at time zone w.time_zone)::date as day,
  case when outcome = 'ok' then '2xx' when outcome <> 'error' then outcome when status between 400 and 499 then '4xx' else '5xx' end as status_class
  from ledger.records r join workspaces w on w.id = r.workspace_id;
create temporary view d as select workspace_id, model_id, deployment_id, key_id, kind, date_trunc('hour', started_at, 'UTC') as hour, (started_at at time zone 'UTC')::date as day,
  floor(ln(greatest(ms, 1)) / ln(1.04))::smallint as bucket from n cross join lateral (values ('latency', n.latency_ms), ('first_byte', n.first_byte_ms)) m (kind, ms)
  where ms is not null and outcome in ('ok', 'error', 'truncated') and source not in ('validation', 'drift');
insert into ledger.usage_quarter select workspace_id, quarter, ${usageKey}, ${usageSums} from n group by workspace_id, quarter, ${usageKey};
insert into ledger.usage_day select workspace_id, day, ${usageKey}, ${usageSums} from n group by workspace_id, day, ${usageKey};
insert into ledger.latency_hour select workspace_id, hour, model_id, deployment_id, kind, bucket, count(*) from d group by 1, 2, 3, 4, 5, 6;
insert into ledger.latency_day select workspace_id, day, model_id, deployment_id, key_id, kind, bucket, count(*) from d group by 1, 2, 3, 4, 5, 6, 7;
insert into ledger.key_use select workspace_id, key_id, max(started_at) from n where key_id <> '' group by 1, 2`

/** Whole days of UTC, whose durations are in sums of hours and of days; local days begin in the middle of an hour. */
const span = { from: '2026-11-10T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z' }
const zones = { wsp_1: 'Asia/Kathmandu', wsp_2: 'America/New_York' }
const workspaceIds = ['wsp_1', 'wsp_2'] as const

/** By every group, from the records alone. */
async function scanAll(pool: Pick<pg.Pool, 'query'>, workspaceId: keyof typeof zones) {
  const scans = usageGroups.map(async (groupBy) => [
    groupBy,
    await scanRecords(pool, { workspaceId, ...span, zone: zones[workspaceId], groupBy }),
  ])
  return Object.fromEntries(await Promise.all(scans)) as Record<UsageGroup, ScannedRow[]>
}

/** What the first release's own sums said: days of the workspace, models, and the durations' percentiles. */
async function readFirstSums(pool: Pick<pg.Pool, 'query'>, workspaceId: string) {
  const sums = async (table: string, key: string, where: string) => {
    const { rows } = await pool.query(
      `select ${key} as key, sum(requests)::int as requests, sum(cost_nano_usd)::text as cost, sum(input_tokens + output_tokens)::float8 as tokens, sum(unpriced)::int as unpriced, sum(estimated)::int as estimated
       from ledger.${table} where workspace_id = $1 and ${where} group by 1 order by 1`,
      [workspaceId],
    )
    return rows
  }
  const { rows: percentiles } = await pool.query<{ ms: number }>(
    `with b as (select bucket, sum(sum(count)) over (order by bucket) as upto from ledger.latency_day where workspace_id = $1 and kind = 'latency' and day >= '2026-11-10' and day < '2026-11-20' group by 1)
     select (select round(1.04 ^ (bucket + 0.5))::int from b where upto >= ceil(share * (select max(upto) from b)) order by bucket limit 1) as ms
     from (values (0.5), (0.95), (0.99)) s (share) order by share`,
    [workspaceId],
  )
  const [p50Ms, p95Ms, p99Ms] = percentiles.map(({ ms }) => ms)
  return {
    days: await sums('usage_day', 'day::text', `day between '2026-11-11' and '2026-11-18'`),
    models: await sums('usage_quarter', 'model_id', `quarter >= '${span.from}' and quarter < '${span.to}'`),
    latency: { p50Ms, p95Ms, p99Ms },
  }
}

/** What pages of figures show. */
async function readDashboards(database: Database, workspaceId: string) {
  const scope = await scopeOf(database, testClock(Date.parse('2026-11-21T08:00:00Z')), workspaceId)
  const whole = { ...span, includePractice: true }
  const usages = usageGroups.map(async (groupBy) => [groupBy, await usage(scope, { ...whole, groupBy })])
  return {
    overview: await overview(scope, whole),
    month: await overview(scope, { range: '30d' }),
    days: await usage(scope, { from: '2026-11-11', to: '2026-11-19', groupBy: 'day', includePractice: true }),
    usage: Object.fromEntries(await Promise.all(usages)) as Record<UsageGroup, UsageView>,
    models: await modelStats(scope, { modelIds: ['mdl_1', 'mdl_2', 'mdl_5'], range: '30d' }),
  }
}

function open(url: string): Database {
  const database = openDatabase({ url, applicationName: 'test' })
  onTestFinished(() => database.close())
  return database
}

test('an installation of the first release is backed up, then brought to this one: dashboards say what its sums and its records said; the backup brings the old days back', async () => {
  const url = await emptyDatabase()
  const [first] = migrations
  await migrate({ url, only: [first!] })
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-upgrade-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  await ask(url, fillFirstSchema)
  const old = new pg.Pool({ connectionString: url, max: 4 })
  const before = Object.fromEntries(
    await Promise.all(
      workspaceIds.map(async (id) => [id, { sums: await readFirstSums(old, id), scans: await scanAll(old, id) }]),
    ),
  )
  await old.end()
  const masterKeys = [{ id: 'k1', key: randomBytes(32) }]
  await prepareDatabase({ databaseUrl: url, masterKeys, dataDir })
  // Nothing changes any more: no second one.
  await prepareDatabase({ databaseUrl: url, masterKeys, dataDir })
  const [name, ...others] = readdirSync(join(dataDir, 'backups'))
  expect(others).toEqual([])

  const database = open(url)
  const shown: Record<string, unknown> = {}
  for (const workspaceId of workspaceIds) {
    const { sums, scans } = before[workspaceId]!
    expect(await scanAll(database.pool, workspaceId)).toEqual(scans)
    const told = await readDashboards(database, workspaceId)
    shown[workspaceId] = told
    for (const groupBy of usageGroups) expect(toScanned(told.usage[groupBy].rows), groupBy).toEqual(scans[groupBy])
    expect(toScanned(told.days.rows)).toEqual(sums.days)
    expect(toScanned(told.usage.model.rows)).toEqual(sums.models)
    const { total, latency, byModel, byKey, byDeployment, bySource, byStatus } = told.overview
    expect(total).toEqual(told.usage.model.total)
    expect(latency).toEqual(sums.latency)
    const tables = { model: byModel, key: byKey, deployment: byDeployment, source: bySource, status: byStatus }
    for (const [groupBy, rows] of Object.entries(tables))
      expect(toScanned(rows), groupBy).toEqual(scans[groupBy as UsageGroup])
    const days = { workspaceId, fromDay: '2026-11-01', toDay: '2026-11-30' }
    for await (const { day, differences } of verifyRollups(database.pool, days)) expect(differences, day).toEqual([])
  }

  const file = join(dataDir, 'backups', name!)
  const { head, framesAt } = await readHead(file)
  expect(head.migrations.map((migration) => migration.name)).toEqual([first!.name])
  const again = await emptyDatabase()
  await restoreBackup({ url: again, file, head, framesAt })
  const restored = open(again)
  for (const workspaceId of workspaceIds)
    expect(await readDashboards(restored, workspaceId)).toEqual(shown[workspaceId])
  const applied = 'select count(*)::integer as count from public._prisma_migrations'
  expect(await ask(again, applied)).toEqual([{ count: migrations.length }])
}, 60_000)

test('a backup of a newer release is refused by name and leaves nothing behind', async () => {
  const url = await emptyDatabase()
  const head = {
    kind: 'patchbay backup' as const,
    format: 1 as const,
    madeAt: '2026-11-20T10:07:00.000Z',
    migrations: [{ name: '20991231000000_of_the_future', checksum: 'x' }],
    secrets: null,
  }
  await expect(restoreBackup({ url, file: '/nowhere', head, framesAt: 0 })).rejects.toThrow(
    'The backup has the migration 20991231000000_of_the_future, which this release does not know',
  )
  expect(await ask(url, `select relname from pg_class where relnamespace = 'public'::regnamespace`)).toEqual([])
})

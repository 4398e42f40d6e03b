import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { readHead } from '#lib/platform/backup/format.ts'
import { restoreBackup } from '#lib/platform/backup/restore.ts'
import { migrate, readMigrations } from '#lib/platform/migrate.ts'
import { emptyDatabase } from '#lib/testing/database.ts'
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

test('an installation of the first release is backed up, then brought to this one; the backup brings the old days back', async () => {
  const url = await emptyDatabase()
  const [first] = migrations
  await migrate({ url, only: [first!] })
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-upgrade-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const masterKeys = [{ id: 'k1', key: randomBytes(32) }]
  const at = '2026-11-20T10:07:00Z'
  await ask(url, `insert into users (id, email, name) values ('usr_1', 'one@example.test', 'One')`)
  await ask(
    url,
    `insert into workspaces (id, slug, name, time_zone) values ('wsp_1', 'acme', 'Acme', 'Asia/Kathmandu')`,
  )
  await ask(url, `select ledger.make_partition('2026-11-20')`)
  const keys = 'started_at, id, workspace_id, source, actor_kind, actor_id, endpoint, outcome'
  await ask(
    url,
    `insert into ledger.records (${keys}, cost_nano_usd) values ('${at}', 'req_1', 'wsp_1', 'gateway', 'key', 'key_1', 'chat/completions', 'ok', 9007199254740993)`,
  )
  const steps = [`('first_byte', 117, 2)`, `('latency', 100, 1)`, `('latency', 120, 3)`, `('latency', 122, 5)`]
  const of = `wsp_1', '2026-11-20', 'mdl_1', ''`
  await ask(
    url,
    `insert into ledger.latency_hour select '${of}, * from (values ${steps.join(', ')}) s; insert into ledger.latency_day select '${of}, 'key_1', * from (values ${steps.join(', ')}) s`,
  )
  await prepareDatabase({ databaseUrl: url, masterKeys, dataDir })
  // Nothing changes any more: no second one.
  await prepareDatabase({ databaseUrl: url, masterKeys, dataDir })
  const [name, ...others] = readdirSync(join(dataDir, 'backups'))
  expect(others).toEqual([])

  const file = join(dataDir, 'backups', name!)
  const { head, framesAt } = await readHead(file)
  expect(head.migrations.map((migration) => migration.name)).toEqual([first!.name])
  const again = await emptyDatabase()
  await restoreBackup({ url: again, file, head, framesAt })
  const records =
    'select started_at, id, workspace_id, actor_id, cost_nano_usd::text as cost, cache from ledger.records'
  const expected = [
    {
      started_at: new Date(at),
      id: 'req_1',
      workspace_id: 'wsp_1',
      actor_id: 'key_1',
      cost: '9007199254740993',
      cache: '',
    },
  ]
  expect(await ask(url, records)).toEqual(expected)
  expect(await ask(again, records)).toEqual(expected)
  for (const table of ['latency_hour', 'latency_day']) {
    const histograms = `select kind, array_lower(counts, 1) as first, cardinality(counts) as size, counts[120:122]::text as counts from ledger.${table} order by kind`
    const packed = [
      { kind: 'first_byte', first: 117, size: 1, counts: '{}' },
      { kind: 'latency', first: 100, size: 23, counts: '{3,0,5}' },
    ]
    expect(await ask(url, histograms)).toEqual(packed)
    expect(await ask(again, histograms)).toEqual(packed)
  }
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

import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { systemClock } from '#lib/platform/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, silentLogger, spoolFolder } from '#lib/testing/ledger.ts'
import { createLedger } from './index.ts'

const { database, url } = await testDatabase()
const { pool } = database
const load = fileURLToPath(new URL('../testing/ledger-load.ts', import.meta.url))

/** Of `ledger-load.ts`. */
const lanes = 40

interface Account {
  begun: Set<string>
  ended: Map<string, string>
}

function readAccount(file: string): Account {
  const begun = new Set<string>()
  const ended = new Map<string, string>()
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const [what, id = '', cost = ''] = line.split(' ')
    if (what === 'begin') begun.add(id)
    if (what === 'end') ended.set(id, cost)
  }
  return { begun, ended }
}

async function killUnderLoad(dir: string, accountFile: string, workspaceId: string, calls: number): Promise<void> {
  const before = readAccount(accountFile).ended.size
  const child = spawn(process.execPath, [load, url, dir, accountFile, workspaceId], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  await expect
    .poll(() => readAccount(accountFile).ended.size - before, { timeout: 15_000, interval: 10 })
    .toBeGreaterThan(calls)
  child.kill('SIGKILL')
  expect(await exited).toBe('SIGKILL')
}

test('kill -9 under load, ten times: each completed call is in the ledger once, each in flight is lost or complete', {
  timeout: 120_000,
}, async () => {
  const workspaceId = await addWorkspace(pool)
  const dir = spoolFolder()
  const accountFile = join(dir, 'account')
  for (let round = 0; round < 10; round++) await killUnderLoad(dir, accountFile, workspaceId, 150 + round * 97)

  const ledger = createLedger({
    pool,
    dir,
    process: 'test',
    clock: systemClock,
    logger: silentLogger,
    recoverEveryMs: 0,
  })
  const other = createLedger({
    pool,
    dir,
    process: 'test',
    clock: systemClock,
    logger: silentLogger,
    recoverEveryMs: 0,
  })
  // Two at once: each folder is adopted by one of them.
  const [one, two] = await Promise.all([ledger.recover(), other.recover()])
  expect(one + two + (await ledger.recover())).toBe(10)
  expect(
    readdirSync(dir)
      .filter((name) => name.startsWith('hld_'))
      .sort(),
  ).toEqual([ledger.holderId, other.holderId].sort())
  await Promise.all([ledger.stop(), other.stop()])

  const { begun, ended } = readAccount(accountFile)
  const { rows } = await pool.query(
    'select id, outcome, usage_source, cost_nano_usd from ledger.records where workspace_id = $1',
    [workspaceId],
  )
  const records = new Map(rows.map((row) => [row.id, row]))
  expect(records.size).toBe(rows.length)
  for (const [id, cost] of ended) expect(records.get(id)).toMatchObject({ outcome: 'ok', cost_nano_usd: cost })
  for (const id of begun) expect(records.has(id)).toBe(true)
  const lost = rows.filter((row) => row.outcome === 'lost')
  for (const row of lost) expect(row).toMatchObject({ usage_source: 'estimated', cost_nano_usd: '4130' })
  expect(lost.length).toBeGreaterThan(0)
  // Settled in the turn in which the process died, so that the account does not tell of it: at most one of each lane.
  const untold = rows.filter((row) => row.outcome === 'ok' && !ended.has(row.id))
  for (const { id } of untold) expect(begun.has(id)).toBe(true)
  expect(untold.length).toBeLessThanOrEqual(10 * lanes)

  const scan = await pool.query(
    `select count(*) as requests, sum(cost_nano_usd) as cost from ledger.records where workspace_id = $1`,
    [workspaceId],
  )
  for (const table of ['usage_quarter', 'usage_day']) {
    const rollup = await pool.query(
      `select sum(requests)::bigint as requests, sum(cost_nano_usd) as cost from ledger.${table} where workspace_id = $1`,
      [workspaceId],
    )
    expect(rollup.rows).toEqual(scan.rows)
  }
  expect((await pool.query('select from ledger.holders')).rowCount).toBe(0)
  expect((await pool.query('select from ledger.spool_position')).rowCount).toBe(0)
})

test('the spool of a living process is left alone', async () => {
  const dir = spoolFolder()
  const [one, other] = [0, 1].map(() =>
    createLedger({ pool, dir, process: 'test', clock: systemClock, logger: silentLogger, recoverEveryMs: 0 }),
  )
  expect(await one!.recover()).toBe(0)
  expect(existsSync(join(dir, other!.holderId))).toBe(true)
  await Promise.all([one!.stop(), other!.stop()])
})

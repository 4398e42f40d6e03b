import { expect, test } from 'vitest'
import { outcomes, sources } from '#lib/metering/schema.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { modelStats, overview } from './index.ts'
import type { LatencyView, OverviewInput } from './schema.ts'

const { database } = await testDatabase()
const { pool } = database

let state = 29
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}
const oneOf = <Item>(items: readonly Item[]): Item => items[random(items.length)]!
const hourMs = 60 * 60_000
const now = Date.UTC(2026, 4, 20, 9, 40)

/** What the histograms stand for, read from the records. */
async function exact(workspaceId: string, from: number, to: number, where = 'true'): Promise<LatencyView | null> {
  const { rows } = await pool.query<{ p: number[] | null }>(
    `select percentile_disc(array[0.5, 0.95, 0.99]) within group (order by latency_ms) as p from ledger.records
     where workspace_id = $1 and started_at >= to_timestamp($2::float8 / 1000) and started_at < to_timestamp($3::float8 / 1000) and ${where}
       and outcome in ('ok', 'error', 'truncated') and source not in ('validation', 'drift') and cache not in ('hit', 'replay')`,
    [workspaceId, from, to],
  )
  const p = rows[0]!.p
  return p && { p50Ms: p[0]!, p95Ms: p[1]!, p99Ms: p[2]! }
}

function expectClose(told: LatencyView | null | undefined, truth: LatencyView | null, what: string): void {
  expect(told == null, what).toBe(truth === null)
  if (truth === null) return
  for (const name of ['p50Ms', 'p95Ms', 'p99Ms'] as const)
    expect(Math.abs(told![name] - truth[name]), `${what} ${name}`).toBeLessThanOrEqual(0.021 * truth[name] + 0.5)
}

test('durations of any span of hours, by model, deployment and key, are those of its records', async () => {
  const workspaceId = await addWorkspace(pool, 'Asia/Kolkata')
  const models = await Promise.all([1, 2, 3].map(() => addModel(pool, workspaceId)))
  const calls = Array.from({ length: 6_000 }, (): WrittenCall => {
    const key = `key_${random(3)}`
    return {
      ...{ atMs: now - random(5 * 24 * 60) * 60_000, modelId: oneOf(models).modelId, actorId: key, keyId: key },
      ...{ deploymentId: oneOf(['', 'dep_1', 'dep_2']), source: random(9) > 0 ? 'gateway' : oneOf(sources) },
      // From none to more than a day, so that histograms of one key are narrow, wide, and far apart.
      ...{ outcome: random(9) > 0 ? 'ok' : oneOf(outcomes), latencyMs: Math.floor(1.5 ** random(45)) - 1 + random(30) },
      cache: oneOf([undefined, undefined, 'hit', 'miss'] as const),
    }
  })
  for (let from = 0; from < calls.length; from += 400)
    await writeCalls(pool, workspaceId, calls.slice(from, from + 400))
  const scope = await scopeOf(database, testClock(now), workspaceId)
  const iso = (ms: number) => new Date(ms).toISOString()
  for (let round = 0; round < 12; round++) {
    const fromMs = Math.floor(now / hourMs) * hourMs - (3 + random(110)) * hourMs
    const isOpen = round % 3 === 0
    const toMs = isOpen ? now : fromMs + (3 + random(100)) * hourMs
    const span: OverviewInput = isOpen ? { from: iso(fromMs) } : { from: iso(fromMs), to: iso(Math.min(toMs, now)) }
    const view = await overview(scope, span)
    const until = Math.min(Math.ceil(toMs / hourMs) * hourMs, now + 1)
    const what = JSON.stringify(span)
    expectClose(view.latency, await exact(workspaceId, fromMs, until), what)
    for (const { key, latency } of view.byModel)
      expectClose(latency, await exact(workspaceId, fromMs, until, `model_id = '${key}'`), `${what} ${key}`)
    for (const { key, latency } of view.byDeployment)
      expectClose(latency, await exact(workspaceId, fromMs, until, `deployment_id = '${key}'`), `${what} ${key}`)
    // Keys are known by the day of UTC.
    const dayMs = 24 * hourMs
    const [first, last] = [Math.floor(fromMs / dayMs) * dayMs, Math.ceil(Math.min(toMs, now) / dayMs) * dayMs]
    for (const { key, latency } of view.byKey)
      expectClose(latency, await exact(workspaceId, first, last, `key_id = '${key}'`), `${what} ${key}`)
  }
  const [one] = await modelStats(scope, { modelIds: [models[0]!.modelId], range: '24h' })
  const since = Math.floor((now - 24 * hourMs) / hourMs) * hourMs
  expectClose(one!.latency, await exact(workspaceId, since, now + 1, `model_id = '${models[0]!.modelId}'`), 'a day')
})

import { describe, expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { outcomes, sources } from '#lib/metering/schema.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { scanRecords, toScanned } from '#lib/testing/full-scan.ts'
import { addModel, addWorkspace, scopeOf, somePrice } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { overview, usage } from './index.ts'
import { type UsageGroup, type UsageInput, type UsageRow, usageGroups } from './schema.ts'

const { database } = await testDatabase()
const { pool } = database

let state = 41
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}
const oneOf = <Item>(items: readonly Item[]): Item => items[random(items.length)]!

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** Zones with the moments at which something happens to their days: the clocks change, a month ends, a day is left out. */
const zones: readonly [zone: string, moments: readonly string[]][] = [
  ['UTC', ['2026-02-28T23:59:59Z']],
  ['Europe/Berlin', ['2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z']],
  ['America/New_York', ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z']],
  ['Asia/Kolkata', ['2026-01-31T18:30:00Z']],
  ['Asia/Kathmandu', ['2026-04-30T18:15:00Z']],
  ['America/St_Johns', ['2026-03-08T05:30:00Z', '2026-11-01T04:30:00Z']],
  // Half an hour of summer, and a quarter of an hour beside all others.
  ['Australia/Lord_Howe', ['2026-04-04T15:00:00Z', '2026-10-03T15:30:00Z']],
  ['Pacific/Chatham', ['2026-04-04T14:00:00Z', '2026-09-26T14:00:00Z']],
  // Clocks go forward at midnight: that day begins at one.
  ['America/Asuncion', ['2023-10-01T04:00:00Z']],
]

describe.each(zones)('in %s', (zone, moments) => {
  test('figures equal a full scan of the records, for random spans, groups and filters around what happens to its days', async () => {
    const workspaceId = await addWorkspace(pool, zone)
    const models = await Promise.all(
      [590_000n, 33_333n, 1n].map((inputPicoUsdPerToken) =>
        addModel(pool, workspaceId, { price: somePrice({ id: newId('prc'), inputPicoUsdPerToken }) }),
      ),
    )
    const near = () => {
      const atMs = Date.parse(oneOf(moments)) + (random(9 * 24 * 4) - 4.5 * 24 * 4) * 15 * minuteMs
      // Many exactly on a quarter of an hour, or a millisecond beside it.
      return atMs + oneOf([0, 0, -1, 1, random(15 * minuteMs)])
    }
    const calls = Array.from({ length: 1_200 }, (): WrittenCall => {
      const { modelId, price } = oneOf(models)
      const outcome = random(4) > 0 ? 'ok' : oneOf(outcomes)
      return {
        ...{ atMs: near(), modelId, price: random(9) === 0 ? null : price, actorId: `key_${random(4)}`, outcome },
        ...{
          source: random(3) > 0 ? 'gateway' : oneOf(sources),
          status: outcome === 'error' ? oneOf([400, 429, 500]) : 200,
        },
        ...{ deploymentId: oneOf(['', 'dep_1', 'dep_2']), version: oneOf(['', 'v1.0']), variant: oneOf(['', 'b']) },
        ...{ tokens: [random(9_000), random(900)], estimated: random(9) === 0, environment: oneOf(['', 'production']) },
        identity: oneOf(['', 'ada', 'bob']),
      }
    })
    await writeCalls(pool, workspaceId, calls)
    const lastMs = Math.max(...calls.map(({ atMs }) => atMs!))
    for (let round = 0; round < 24; round++) {
      const nowMs = lastMs + 1 + random(oneOf([1, 100, 3 * dayMs]))
      const scope = await scopeOf(database, testClock(nowMs), workspaceId)
      const groupBy = usageGroups[round % usageGroups.length]!
      const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
      const fromMs = near()
      const span: Partial<UsageInput> = oneOf([
        {
          from: new Date(fromMs).toISOString(),
          to: new Date(fromMs + 1 + random(9 * 24 * 60) * minuteMs).toISOString(),
        },
        { from: day(fromMs), to: day(fromMs + dayMs * (1 + random(6))) },
        { range: oneOf(['1h', '24h', '7d', '30d', 'month']) },
      ])
      const model = oneOf(models).modelId
      const [filters, where] = oneOf<[Partial<UsageInput>, string]>([
        [{}, 'true'],
        [{ modelId: [model] }, `r.model_id = '${model}'`],
        [{ actorId: 'key_1,key_2', source: 'gateway' }, `r.actor_id in ('key_1', 'key_2') and r.source = 'gateway'`],
        [{ deploymentId: 'dep_1' }, `r.deployment_id = 'dep_1'`],
        [{ identity: 'ada' }, `r.identity = 'ada'`],
      ])
      const view = await usage(scope, { ...span, ...filters, groupBy })
      const { from, to } = view.period
      const wanted = await scanRecords(pool, { workspaceId, from, to, zone, groupBy, where })
      const context = JSON.stringify({ round, now: new Date(nowMs).toISOString(), span, filters, groupBy })
      expect(toScanned(view.rows), context).toEqual(wanted)
      const { ok, errors, aborted, refused, probes, requests } = view.total
      expect(ok + errors + aborted + refused + probes, context).toBe(requests)
      const over = await overview(scope, { ...span, ...filters })
      expect(over.total, context).toEqual(view.total)
      const series = over.series.reduce((sum, point) => sum + BigInt(point.cost.nanoUsd), 0n)
      expect(series.toString(), context).toBe(view.total.cost.nanoUsd)
      const { from: since, to: until } = over.previousPeriod
      const [before] = await scanRecords(pool, { workspaceId, from: since, to: until, zone, where })
      expect(over.previous.cost.nanoUsd, context).toBe(before?.cost ?? '0')
      const { byModel, byKey: byActor, byDeployment: deployment, bySource: source, byStatus: status } = over
      const tables: Partial<Record<UsageGroup, UsageRow[]>> = {
        model: byModel,
        key: byActor,
        deployment,
        source,
        status,
      }
      const table = tables[groupBy]
      if (table) expect(toScanned(table), context).toEqual(wanted)
    }
  })
})

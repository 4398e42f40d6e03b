import { expect, test } from 'vitest'
import { isId, timeOfId } from '#lib/core/ids.ts'
import { costOf } from '#lib/metering/index.ts'
import { verifyRollups } from '#lib/metering/rollups.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, someUsage } from '#lib/testing/ledger.ts'
import { seedTraffic, type TrafficInput } from './index.ts'

const { database } = await testDatabase()
const { pool } = database
const untilMs = Date.UTC(2026, 5, 17, 15, 20)

async function seed(over: Partial<TrafficInput> & { workspaceId: string }) {
  const days: { day: string; records: number }[] = []
  for await (const day of seedTraffic(pool, { records: 6_000, days: 10, seed: 7, untilMs, ...over })) days.push(day)
  return days
}

async function all(workspaceId: string) {
  const { rows } = await pool.query(
    `select r.*, p.input_pico_usd_per_token as p_input, p.output_pico_usd_per_token as p_output, p.cached_input_pico_usd_per_token as p_cached, p.image_nano_usd as p_image
     from ledger.records r left join model_prices p on p.id = r.price_id where r.workspace_id = $1 order by r.started_at, r.id`,
    [workspaceId],
  )
  return rows
}

test('made-up traffic is the same for the same seed, adds up in every sum, and costs what the till would have said', async () => {
  const workspaceId = await addWorkspace(pool, 'Asia/Kolkata')
  const days = await seed({ workspaceId })
  expect(days.map(({ day }) => day)).toEqual(
    Array.from({ length: 10 }, (_, day) => `2026-06-${String(day + 8).padStart(2, '0')}`),
  )
  expect(days.reduce((sum, { records }) => sum + records, 0)).toBe(6_000)
  const rows = await all(workspaceId)
  expect(rows).toHaveLength(6_000)
  for await (const { differences } of verifyRollups(pool, { workspaceId, fromDay: '2026-01-01', toDay: '2026-12-31' }))
    expect(differences).toEqual([])
  const price = (value: string | null) => (value === null ? null : BigInt(value))
  for (const row of rows) {
    expect(isId('req', row.id)).toBe(true)
    expect(timeOfId(row.id)).toBe(row.started_at.getTime())
    expect(row.started_at.getTime()).toBeLessThan(untilMs)
    const usage = someUsage({
      ...{ inputTokens: Number(row.input_tokens), cachedInputTokens: Number(row.cached_tokens) },
      ...{ outputTokens: Number(row.output_tokens), images: row.images },
    })
    const cost = costOf(usage, {
      ...{ id: row.price_id, inputPicoUsdPerToken: price(row.p_input), outputPicoUsdPerToken: price(row.p_output) },
      ...{ cachedInputPicoUsdPerToken: price(row.p_cached), imageNanoUsd: price(row.p_image) },
    })
    expect({ costNanoUsd: BigInt(row.cost_nano_usd), priced: row.priced }).toEqual(cost)
  }
  const seen = (column: string) => new Set(rows.map((row) => row[column]))
  expect([...seen('outcome')].sort()).toEqual(expect.arrayContaining(['aborted', 'error', 'ok', 'refused']))
  expect([...seen('usage_source')].sort()).toEqual(['estimated', 'none', 'provider'])
  for (const column of ['identity', 'thread', 'deployment_id', 'error_code', 'endpoint', 'source'])
    expect(seen(column).size).toBeGreaterThan(3)
  expect(rows.filter(({ priced }) => !priced).length).toBeGreaterThan(10)

  const other = await addWorkspace(pool)
  await seed({ workspaceId: other })
  const again = await all(other)
  const essence = (row: (typeof rows)[number]) => [
    row.started_at,
    row.input_tokens,
    row.latency_ms,
    row.outcome,
    row.cost_nano_usd,
    row.address,
  ]
  expect(again.map(essence)).toEqual(rows.map(essence))
  await expect(seed({ workspaceId: other })).rejects.toMatchObject({ code: 'traffic_exists' })
  await seed({ workspaceId: other, seed: 8, records: 500 })
  expect(await all(other)).toHaveLength(6_500)
})

import { beforeAll, describe, expect, test } from 'vitest'
import { isId, newId } from '#lib/core/ids.ts'
import { type LeaseCharge, outcomes, type Source, sources } from '#lib/metering/schema.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf, somePrice } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { exportRequests, exportUsageCsv, getRequest, listRequests, modelStats, overview, usage } from './index.ts'
import type { UsageFigures } from './schema.ts'

const { database } = await testDatabase()
const { pool } = database

let state = 17
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647
  return state % below
}

const write = (workspaceId: string, calls: readonly WrittenCall[]) => writeCalls(pool, workspaceId, calls)

async function scan(workspaceId: string, from: string, to: string, where = 'true') {
  const { rows } = await pool.query(
    `select count(*)::int as requests, coalesce(sum(cost_nano_usd), 0)::text as cost, coalesce(sum(input_tokens), 0)::int as input, coalesce(sum(output_tokens), 0)::int as output,
       count(*) filter (where not priced)::int as unpriced, count(*) filter (where usage_source = 'estimated')::int as estimated,
       count(*) filter (where cache = 'hit')::int as hits
     from ledger.records where workspace_id = $1 and started_at >= $2 and started_at < $3 and ${where}`,
    [workspaceId, from, to],
  )
  return rows[0]
}

const toScan = ({ requests, cost, inputTokens, outputTokens, unpriced, estimated, cacheHits }: UsageFigures) => ({
  requests,
  cost: cost.nanoUsd,
  input: inputTokens,
  output: outputTokens,
  unpriced,
  estimated,
  hits: cacheHits,
})

describe('two months of traffic in a zone with daylight saving', () => {
  const now = Date.UTC(2026, 3, 10, 13, 37, 11)
  const clock = testClock(now)
  let workspaceId: string
  let scope: Scope
  let models: string[]

  beforeAll(async () => {
    workspaceId = await addWorkspace(pool, 'Europe/Amsterdam')
    scope = await scopeOf(database, clock, workspaceId)
    const priced = [
      await addModel(pool, workspaceId, { name: 'Alpha' }),
      await addModel(pool, workspaceId, {
        name: 'Beta',
        price: somePrice({ id: newId('prc'), inputPicoUsdPerToken: 33_333n }),
      }),
    ]
    const unpriced = await addModel(pool, workspaceId, { name: 'Gamma' })
    models = [...priced.map(({ modelId }) => modelId), unpriced.modelId]
    const prices = [priced[0]!.price, priced[1]!.price, null]
    const calls: WrittenCall[] = Array.from({ length: 6_000 }, () => {
      const which = random(3)
      const outcome = random(10) > 0 ? 'ok' : outcomes[random(outcomes.length)]!
      return {
        atMs: now - random(60 * 24 * 60) * 60_000 - random(60_000),
        modelId: models[which]!,
        price: prices[which]!,
        actorId: `key_${random(4)}`,
        source: (random(10) > 0 ? 'gateway' : sources[random(sources.length)]) as Source,
        outcome,
        status: outcome === 'ok' ? 200 : outcome === 'error' ? [400, 429, 500, 504][random(4)]! : 0,
        errorCode: outcome === 'error' ? 'upstream_timeout' : '',
        latencyMs: 20 + random(4_000),
        tokens: [random(5_000), random(900)],
        estimated: random(20) === 0,
        cache: ([undefined, 'hit', 'miss'] as const)[random(3)],
        ...(random(3) === 0 && { metadata: { team: ['a', 'b'][random(2)]!, note: 'x,y' } }),
      }
    })
    const quarterMs = 15 * 60_000
    // Some exactly where one span ends and the next begins.
    const onTheEdge: WrittenCall[] = Array.from({ length: 2_000 }, (_, index) => {
      return {
        atMs: Math.floor(now / quarterMs - index) * quarterMs - (index % 2),
        modelId: models[0]!,
        price: prices[0]!,
        actorId: 'key_0',
      }
    })
    await write(workspaceId, [...calls, ...onTheEdge])
  })

  test.each([
    ['7d', '2026-04-03T22:00:00Z'],
    ['30d', '2026-03-11T23:00:00Z'],
    ['month', '2026-03-31T22:00:00Z'],
    ['24h', '2026-04-09T14:00:00Z'],
    ['1h', '2026-04-10T12:37:11Z'],
  ] as const)(
    'the last %s begin where the local calendar says, and equal a full scan to the nano-dollar',
    async (range, from) => {
      const view = await usage(scope, { range, groupBy: 'model' })
      expect(Date.parse(view.period.from)).toBe(Date.parse(from))
      expect(toScan(view.total)).toEqual(await scan(workspaceId, from, new Date(now).toISOString()))
      const over = await overview(scope, { range })
      expect(over.total).toEqual(view.total)
      const whole = { requests: over.total.requests, cost: BigInt(over.total.cost.nanoUsd) }
      const sumOf = (rows: readonly { requests: number; cost: { nanoUsd: string } }[]) => ({
        requests: rows.reduce((sum, row) => sum + row.requests, 0),
        cost: rows.reduce((sum, row) => sum + BigInt(row.cost.nanoUsd), 0n),
      })
      for (const rows of [over.series, over.byModel, over.byKey, over.byDeployment, over.bySource, over.byStatus])
        expect(sumOf(rows)).toEqual(whole)
    },
  )

  test('any span, with edges anywhere, equals a full scan', async () => {
    for (let round = 0; round < 40; round++) {
      const toMs = now - random(40 * 24 * 3_600) * 1_000 - random(1_000)
      const fromMs = toMs - 1 - random(18 * 24 * 3_600) * 1_000
      const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()]
      const groupBy = (['model', 'day', 'hour', 'key', 'status'] as const)[round % 5]!
      const view = await usage(scope, { from, to, groupBy })
      expect(toScan(view.total)).toEqual(await scan(workspaceId, from, to))
      expect(view.rows.reduce((sum, row) => sum + BigInt(row.cost.nanoUsd), 0n).toString()).toBe(
        view.total.cost.nanoUsd,
      )
    }
  })

  test('days are the local ones, also where the clocks change', async () => {
    const view = await usage(scope, { from: '2026-03-28', to: '2026-03-31', groupBy: 'day' })
    expect(view.rows.map(({ key }) => key)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30'])
    expect(view.period).toMatchObject({ from: '2026-03-27T23:00:00.000Z', to: '2026-03-30T22:00:00.000Z' })
    // The 29th has 23 hours.
    expect(toScan(view.rows[1]!)).toEqual(await scan(workspaceId, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'))
  })

  test('the series has no gaps and its days begin at local midnight', async () => {
    const { series, grain } = await overview(scope, { from: '2026-03-20', to: '2026-04-05' })
    expect(grain).toBe('day')
    expect(series).toHaveLength(16)
    expect(series[8]!.at).toBe('2026-03-27T23:00:00.000Z')
    expect(series[10]!.at).toBe('2026-03-29T22:00:00.000Z')
  })

  test.each(['model', 'key'] as const)('the series splits by %s into the rows of that table', async (seriesBy) => {
    const view = await overview(scope, { from: '2026-03-20', to: '2026-04-05', seriesBy, includePractice: true })
    for (const { costByGroup, requestsByGroup, cost, requests } of view.series) {
      expect(Object.values(costByGroup).reduce((sum, nano) => sum + BigInt(nano), 0n)).toBe(BigInt(cost.nanoUsd))
      expect(Object.values(requestsByGroup).reduce((sum, count) => sum + count, 0)).toBe(requests)
    }
    for (const row of seriesBy === 'model' ? view.byModel : view.byKey) {
      const counted = view.series.reduce((sum, { requestsByGroup }) => sum + (requestsByGroup[row.key] ?? 0), 0)
      expect(counted).toBe(row.requests)
    }
  })

  test('filters hold for every figure, and own probes are no errors', async () => {
    const filters = { modelId: models[0], source: 'gateway,validation,drift' }
    const view = await usage(scope, { range: '30d', groupBy: 'source', ...filters })
    const expected = await scan(
      workspaceId,
      view.period.from,
      view.period.to,
      `model_id = '${models[0]}' and source in ('gateway', 'validation', 'drift')`,
    )
    expect(toScan(view.total)).toEqual(expected)
    expect(view.total.probes).toBeGreaterThan(0)
    const { requests, ok, errors, aborted, refused, probes } = view.total
    expect(ok + errors + aborted + refused + probes).toBe(requests)
  })

  test('p95 is within 4 % of the exact one', async () => {
    const { latency } = await overview(scope, { from: '2026-03-01T00:00:00Z', to: '2026-03-20T00:00:00Z' })
    const { rows } = await pool.query(
      `select percentile_disc(0.95) within group (order by latency_ms) as p95 from ledger.records
       where workspace_id = $1 and started_at >= '2026-03-01T00:00:00Z' and started_at < '2026-03-20T00:00:00Z' and outcome in ('ok', 'error', 'truncated') and source not in ('validation', 'drift')`,
      [workspaceId],
    )
    expect(Math.abs(latency!.p95Ms - rows[0].p95) / rows[0].p95).toBeLessThan(0.04)
  })

  test('a CSV of usage ends with the total', async () => {
    const lines = (await exportUsageCsv(scope, { range: '30d' })).trim().split('\r\n')
    expect(lines[0]).toMatch(/^model,model_id,requests,/)
    expect(
      lines
        .slice(1, -1)
        .map((line) => line.split(',')[0])
        .sort(),
    ).toEqual(['Alpha', 'Beta', 'Gamma'])
    expect(lines.at(-1)).toMatch(/^Total,,/)
  })

  test('statistics of a model equal its records', async () => {
    const [one, unknown] = await modelStats(scope, { modelIds: [models[1], 'mdl_unknown'], range: '30d' })
    const from = new Date(now - 30 * 24 * 3_600_000).toISOString()
    expect(toScan(one!.figures)).toEqual(
      await scan(workspaceId, from, new Date(now).toISOString(), `model_id = '${models[1]}'`),
    )
    expect(one!.lastCallAt).not.toBeNull()
    expect(unknown).toMatchObject({ lastCallAt: null, latency: null, figures: { requests: 0, cost: { nanoUsd: '0' } } })
    const [alone] = await modelStats(scope, { modelIds: [models[1]], range: '30d' })
    expect(alone!.errorCodes.map(({ code }) => code).sort()).toEqual(['lost', 'truncated', 'upstream_timeout'])
    expect(alone!.errorCodes.reduce((sum, { count }) => sum + count, 0)).toBe(alone!.figures.errors)
  })

  test('paging through any filter gives each match once, newest first', async () => {
    for (const filters of [
      {},
      { modelId: models[0] },
      { outcome: 'error,lost' },
      { actorId: 'key_2', minLatencyMs: 3_000 },
      { statusClass: '5xx' },
      { source: 'drift' },
      { metadata: ['team=a', 'note=x,y'] },
      { errorCode: 'upstream_timeout', modelId: models[1] },
    ]) {
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await listRequests(scope, { ...filters, range: '30d', limit: 97, ...(cursor && { cursor }) })
        seen.push(...page.items.map(({ id }) => id))
        cursor = page.nextCursor
      } while (cursor)
      expect(seen).toEqual([...new Set(seen)].sort().reverse())
      const lines: string[] = []
      for await (const part of exportRequests(scope, { ...filters, range: '30d' }))
        lines.push(...part.trim().split('\r\n'))
      expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(seen)
      expect(seen.length).toBeGreaterThan(10)
    }
    let json = ''
    for await (const part of exportRequests(scope, { metadata: 'team=b', range: '7d', format: 'jsonl' })) json += part
    const objects = json
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const { items } = await listRequests(scope, { metadata: 'team=b', range: '7d', limit: 200 })
    expect(objects).toEqual(JSON.parse(JSON.stringify(items)))
    await expect(listRequests(scope, { metadata: 'team' })).rejects.toMatchObject({ kind: 'invalid_input' })
    expect((await usage(scope, { range: '30d' })).total.requests).toBe((await pagesOf(scope, { range: '30d' })).length)
  })
})

async function pagesOf(scope: Scope, filters: object): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await listRequests(scope, { ...filters, limit: 200, ...(cursor && { cursor }) })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor)
  return seen
}

describe('one request', () => {
  const clock = testClock(Date.UTC(2026, 5, 1, 12))

  test('its cost is told line by line with the price that was used', async () => {
    const workspaceId = await addWorkspace(pool)
    const { modelId, price } = await addModel(pool, workspaceId, { name: 'Delta' })
    const [id] = await write(workspaceId, [
      { atMs: clock.nowMs() - 5, modelId, price, tokens: [1_234, 567], identity: 'customer', metadata: { a: 'b' } },
    ])
    const found = await getRequest(await scopeOf(database, clock, workspaceId), id!)
    expect(found).toMatchObject({
      id,
      identity: 'customer',
      metadata: { a: 'b' },
      model: { name: 'Delta', deleted: false },
      attempts: 1,
    })
    expect(found.costLines).toEqual([
      { kind: 'input', count: 1_234, unitPrice: '0.59', usd: '0.00072806' },
      { kind: 'output', count: 567, unitPrice: '0.790001', usd: '0.000447930567' },
    ])
    expect(found.cost.usd).toBe('0.001175991')
  })

  test('each attempt has its model and its bill, each budget and limit what was used of it', async () => {
    const workspaceId = await addWorkspace(pool)
    const [first, second] = [
      await addModel(pool, workspaceId, { name: 'First' }),
      await addModel(pool, workspaceId, { name: 'Second' }),
    ]
    const [budget, limit, gone] = [newId('bud'), newId('lim'), newId('lim')]
    await pool.query(
      `insert into budgets (id, workspace_id, scope, scope_id, unit, amount, "window") values ($1, $2, 'identity', '*', 'usd', 50000000000, 'month')`,
      [budget, workspaceId],
    )
    await pool.query(
      `insert into limits (id, workspace_id, scope, scope_id, kind, amount) values ($1, $2, 'model', $3, 'requests_per_minute', 60)`,
      [limit, workspaceId, second.modelId],
    )
    const atMs = clock.nowMs() - 5
    const bill = { inputTokens: 200, outputTokens: 7, costNanoUsd: '1500' }
    const skipped = { modelId: first.modelId, startedAtMs: atMs, status: 0, code: 'rate_limited', totalMs: 0 }
    const [id, old] = await write(workspaceId, [
      {
        ...{ atMs, modelId: second.modelId, price: second.price, tokens: [1_200, 507], identity: 'customer' },
        failed: [
          { ...skipped, skipped: true },
          { ...skipped, status: 502, code: 'upstream_bad_answer', totalMs: 9, ...bill },
        ],
        charges: [
          { lease: 'lse_1', rule: budget, units: 1_000n },
          { lease: '', rule: budget, units: 500n },
          { lease: '', rule: limit, units: 2n },
          { lease: '', rule: gone, units: 1n },
        ],
      },
      // Of before rules were named.
      { atMs, charges: [{ lease: 'lse_1', units: 5n } as LeaseCharge] },
    ])
    const scope = await scopeOf(database, clock, workspaceId)
    const found = await getRequest(scope, id!)
    expect(found.attemptList.map(({ modelName, code }) => [modelName, code])).toEqual([
      ['First', 'rate_limited'],
      ['First', 'upstream_bad_answer'],
      ['Second', ''],
    ])
    expect(found.costLines).toEqual([
      { kind: 'attempt', count: 207, unitPrice: null, usd: '0.0000015' },
      { kind: 'input', count: 1_000, unitPrice: '0.59', usd: '0.00059' },
      { kind: 'output', count: 500, unitPrice: '0.790001', usd: '0.0003950005' },
    ])
    const none = { unit: null, window: null }
    expect(found.rules).toEqual([
      {
        ...{ id: budget, kind: 'budget', scope: 'identity', label: 'customer', unit: 'usd', window: 'month' },
        ...{ amount: '50', used: '0.0000015' },
      },
      {
        ...{ id: limit, kind: 'requests_per_minute', scope: 'model', label: second.modelId, ...none },
        ...{ amount: '60', used: '2' },
      },
      { id: gone, kind: null, scope: null, label: '', ...none, amount: null, used: '1' },
    ])
    expect((await getRequest(scope, old!)).rules).toEqual([])
  })

  test('text finds it by id, name, address and identity; marks of a pattern are text', async () => {
    const workspaceId = await addWorkspace(pool)
    const scope = await scopeOf(database, clock, workspaceId)
    const [one, two] = await write(workspaceId, [
      { atMs: clock.nowMs() - 90 * 24 * 3_600_000, address: 'fast_model', identity: '100%' },
      { atMs: clock.nowMs() - 5, address: 'fastXmodel', name: 'Nightly', cache: 'hit' },
    ])
    const ids = async (text: string) => (await listRequests(scope, { text })).items.map(({ id }) => id)
    expect(await ids(one!)).toEqual([one])
    expect(await ids('fast_m')).toEqual([one])
    expect(await ids('0%')).toEqual([one])
    expect(await ids('night')).toEqual([two])
    expect(await ids('fast')).toEqual([two, one])
    const hits = await listRequests(scope, { cache: ['hit'] })
    expect(hits.items.map(({ id, cache }) => [id, cache])).toEqual([[two, 'hit']])
  })

  test('those of a deployment are found by what answered', async () => {
    const workspaceId = await addWorkspace(pool)
    const scope = await scopeOf(database, clock, workspaceId)
    const of = { deploymentId: 'dep_1', environment: 'production' }
    const [first, second, draft] = await write(workspaceId, [
      { ...of, atMs: clock.nowMs() - 3, version: '1.0', variant: 'main' },
      { ...of, atMs: clock.nowMs() - 2, version: '1.1', variant: 'short' },
      { ...of, atMs: clock.nowMs() - 1, version: 'draft', variant: 'main', environment: '' },
    ])
    const ids = async (filters: object) => (await listRequests(scope, filters)).items.map(({ id }) => id)
    expect(await ids({ version: '1.0,1.1' })).toEqual([second, first])
    expect(await ids({ variant: 'main' })).toEqual([draft, first])
    expect(await ids({ environment: 'production', variant: 'main' })).toEqual([first])
  })

  test("another workspace's request is not found, and its figures are nowhere", async () => {
    const [mine, other] = [await addWorkspace(pool), await addWorkspace(pool)]
    const { modelId } = await addModel(pool, other)
    const [id] = await write(other, [{ atMs: clock.nowMs() - 5, modelId, actorId: 'key_other' }])
    const scope = await scopeOf(database, clock, mine)
    await expect(getRequest(scope, id!)).rejects.toMatchObject({ kind: 'not_found' })
    await expect(getRequest(scope, newId('req'))).rejects.toMatchObject({ kind: 'not_found' })
    await expect(getRequest(scope, "x' or 1=1")).rejects.toMatchObject({ kind: 'not_found' })
    expect((await listRequests(scope, { modelId })).items).toEqual([])
    expect((await listRequests(scope, { text: id })).items).toEqual([])
    expect((await overview(scope, { modelId, range: '24h' })).total.requests).toBe(0)
    expect((await usage(scope, { range: '24h' })).rows).toEqual([])
    expect((await modelStats(scope, { modelIds: [modelId] }))[0]).toMatchObject({
      lastCallAt: null,
      figures: { requests: 0 },
    })
  })

  test('practice models are out of the totals unless asked for, or unless there is nothing else', async () => {
    const workspaceId = await addWorkspace(pool)
    const scope = await scopeOf(database, clock, workspaceId)
    const practice = await addModel(pool, workspaceId, { practice: true })
    const atMs = clock.nowMs() - 5
    await write(workspaceId, [{ atMs, ...practice }])
    const first = await overview(scope, { range: '24h' })
    expect(first).toMatchObject({ total: { requests: 1 }, practice: { included: true }, latency: { p50Ms: 100 } })
    const real = await addModel(pool, workspaceId)
    await write(workspaceId, [{ atMs, ...real, latencyMs: 900 }])
    const then = await overview(scope, { range: '24h' })
    expect(then).toMatchObject({ total: { requests: 1 }, practice: { included: false, figures: { requests: 1 } } })
    expect(then.latency!.p50Ms).toBeGreaterThan(880)
    expect(then.byModel.map(({ key }) => key)).toEqual([real.modelId])
    const asked = await usage(scope, { range: '24h', includePractice: 'true' })
    expect(asked).toMatchObject({ total: { requests: 2 }, practice: { included: true } })
  })

  test.each([
    [{ from: 'yesterday' }],
    [{ from: '2026-02-01', to: '2026-01-01' }],
    [{ from: '2020-01-01', to: '2026-01-01' }],
    [{ groupBy: 'password' }],
    [{ range: '2y' }],
    [{ source: 'gateway,evil' }],
  ])('bad input is refused, naming the field: %j', async (input) => {
    const scope = await scopeOf(database, clock, await addWorkspace(pool))
    await expect(usage(scope, input)).rejects.toMatchObject({ kind: 'invalid_input', fields: expect.anything() })
  })

  test.each([[{ cursor: 'x' }], [{ limit: 0 }], [{ minCost: '-1' }], [{ text: 'x'.repeat(300) }]])(
    'a list refuses %j',
    async (input) => {
      const scope = await scopeOf(database, clock, await addWorkspace(pool))
      await expect(listRequests(scope, input)).rejects.toMatchObject({ kind: 'invalid_input' })
    },
  )

  test('probes of a model that nobody saved go by the Model ID that was validated', async () => {
    const [workspaceId, other] = [await addWorkspace(pool), await addWorkspace(pool)]
    const reserved = newId('mdl')
    const atMs = clock.nowMs() - 1_000
    for (const id of [workspaceId, other]) await write(id, [{ atMs, modelId: reserved, source: 'validation' }])
    await pool.query(
      `insert into validations (id, workspace_id, actor_id, actor_label, draft_hash, subject, status) values ($1, $2, 'usr_1', 'a', 'x', $3, 'failed')`,
      [newId('val'), workspaceId, { reservedModelId: reserved, modelId: 'org/model-7b' }],
    )
    const scope = await scopeOf(database, clock, workspaceId)
    const label = 'not saved: org/model-7b'
    expect((await usage(scope, { groupBy: 'model' })).rows).toMatchObject([{ key: reserved, label }])
    const { items } = await listRequests(scope, {})
    expect(items).toMatchObject([{ model: { id: reserved, name: label, deleted: true } }])
    expect((await getRequest(scope, items[0]!.id)).model).toMatchObject({ name: label })
    const foreign = await scopeOf(database, clock, other)
    expect((await usage(foreign, { groupBy: 'model' })).rows).toMatchObject([{ key: reserved, label: reserved }])
  })

  test('a key needs the scope read', async () => {
    const workspaceId = await addWorkspace(pool)
    const actor = { kind: 'key', id: newId('key'), label: 'ci' } as const
    const blind = await scopeOf(database, clock, workspaceId, { actor, keyScopes: ['inference'] })
    for (const verb of [usage, overview, listRequests, exportUsageCsv])
      await expect(verb(blind, {})).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(modelStats(blind, { modelIds: [] })).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(exportRequests(blind, {}).next()).rejects.toMatchObject({ kind: 'forbidden' })
    const seeing = await scopeOf(database, clock, workspaceId, { actor, keyScopes: ['read'] })
    expect((await usage(seeing, {})).rows).toEqual([])
    expect(isId('key', actor.id)).toBe(true)
  })
})

import { afterAll, expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { budgets } from '#lib/metering/index.ts'
import { raiseNotice, type Scope } from '#lib/tenancy/index.ts'
import { testAlerts } from '#lib/testing/alerts.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { type WrittenCall, writeCalls } from '#lib/testing/records.ts'
import { enqueueAlerts, handOnNotices } from './index.ts'
import type { CreateRuleInput } from './schema.ts'

const { database } = await testDatabase()
const { pool, system } = database
const { alerts, queue, close } = await testAlerts(database)
afterAll(close)

const minuteMs = 60_000
const clock = testClock(Date.UTC(2026, 5, 1, 12))

async function workspace(): Promise<{
  scope: Scope
  modelId: string
  call(...calls: Partial<WrittenCall>[]): Promise<void>
}> {
  const workspaceId = await addWorkspace(pool)
  const { modelId, price } = await addModel(pool, workspaceId)
  return {
    modelId,
    scope: await scopeOf(database, clock, workspaceId, { role: 'owner' }),
    async call(...calls) {
      await writeCalls(
        pool,
        workspaceId,
        calls.map((over) => ({ modelId, price, atMs: clock.nowMs() - 1_000, ...over })),
      )
    },
  }
}

const times = (count: number, call: Partial<WrittenCall>) => Array<Partial<WrittenCall>>(count).fill(call)
const failed = { outcome: 'error', status: 500, errorCode: 'server_error' } as const

async function webhook(scope: Scope, name = 'Hook', notices: ('budget' | 'drift')[] = []): Promise<string> {
  const url = 'https://hooks.example.org/in'
  return (await alerts.createChannel(scope, { name, kind: 'webhook', url, notices })).id
}

/** Looks at the workspace's rules minute by minute. */
async function minutes(scope: Scope, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    clock.advance(minuteMs)
    await alerts.evaluateRules(scope)
  }
}

const said = async (scope: Scope) =>
  (await alerts.listDeliveries(scope)).items.map(({ event, title, state }) => `${event} ${title} ${state}`).reverse()
const open = (scope: Scope) => scope.tx((tx) => tx.notice.findMany({ where: { kind: 'alert', resolvedAt: null } }))
const value = async (scope: Scope, input: CreateRuleInput) => {
  const { id } = await alerts.createRule(scope, input)
  clock.advance(1)
  await alerts.evaluateRules(scope)
  const { value, state } = await alerts.getRule(scope, { id })
  return { value, state }
}

test('an error rate fires once from real records, tells every channel and the admins, and is resolved when the window is clean', async () => {
  const { scope, call } = await workspace()
  const channelIds = [await webhook(scope, 'One'), await webhook(scope, 'Two')]
  const { id } = await alerts.createRule(scope, {
    ...{ name: 'Errors', condition: 'error_rate', windowMinutes: 5, threshold: '20', resolveBelow: 10, callsMin: 10 },
    channelIds,
  })
  await call(...times(9, failed))
  await minutes(scope, 1)
  expect(await alerts.getRule(scope, { id })).toMatchObject({ state: 'quiet', value: null })
  await call(...times(11, {}))
  await minutes(scope, 3)
  expect(await alerts.getRule(scope, { id })).toMatchObject({ state: 'firing', value: '45' })
  expect(await said(scope)).toEqual(['alert.fired Errors waiting', 'alert.fired Errors waiting'])
  expect(await open(scope)).toMatchObject([
    { title: 'Errors', body: expect.stringContaining('45 %. The threshold is 20 %') },
  ])
  // The nine leave the window; then five minutes of calm.
  await minutes(scope, 12)
  expect((await said(scope)).slice(2)).toEqual([
    'alert.resolved Resolved: Errors waiting',
    'alert.resolved Resolved: Errors waiting',
  ])
  expect(await alerts.getRule(scope, { id })).toMatchObject({ state: 'quiet', resolvedAt: expect.any(String) })
  expect(await open(scope)).toEqual([])
})

test('two workers at once say it once', async () => {
  const { scope, call } = await workspace()
  await alerts.createRule(scope, {
    ...{ name: 'Spend', condition: 'cost', threshold: '0.000001', channelIds: [await webhook(scope)] },
  })
  await call({})
  await Promise.all(Array.from({ length: 6 }, () => alerts.evaluateRules(scope)))
  expect(await said(scope)).toEqual(['alert.fired Spend waiting'])
  expect(await open(scope)).toHaveLength(1)
})

test('every condition reads the figure that people see elsewhere', async () => {
  const { scope, modelId, call } = await workspace()
  const { modelId: other } = await addModel(pool, scope.workspaceId)
  await call(...times(20, { latencyMs: 400 }), ...times(20, { latencyMs: 4_000 }))
  await call({ modelId: other, price: null }, { modelId: other, price: null })
  const of = (input: Omit<CreateRuleInput, 'name' | 'threshold'>) =>
    value(scope, { name: 'Any', threshold: 90, ...input })
  // 40 calls at (100 x 0.59 + 20 x 0.790001) / 1M dollars.
  expect(await of({ condition: 'cost' })).toEqual({ value: '0.002992', state: 'ok' })
  expect(await of({ condition: 'cost', scope: 'model', scopeId: other })).toEqual({ value: '0', state: 'ok' })
  expect(await of({ condition: 'unpriced' })).toEqual({ value: '2', state: 'ok' })
  const latency = await of({ condition: 'latency', percentile: 50, scope: 'model', scopeId: modelId })
  expect(Number(latency.value)).toBeGreaterThan(380)
  expect(Number(latency.value)).toBeLessThan(420)
  expect(Number((await of({ condition: 'latency', percentile: 99 })).value)).toBeGreaterThan(3_800)
  expect(await of({ condition: 'latency', scope: 'model', scopeId: other })).toEqual({ value: null, state: 'quiet' })
  expect(await of({ condition: 'budget' })).toEqual({ value: null, state: 'quiet' })
  const { id: budget } = await budgets.createBudget(scope, { scope: 'workspace', amount: '4', window: 'month' })
  await pool.query(
    `insert into ledger.budget_period (workspace_id, budget_id, period_start, period_end, cap, spent) select $1, $2, period_start, period_end, cap, 3000000000 from ledger.lease_rule($1, $2, $3)`,
    [scope.workspaceId, budget, scope.now()],
  )
  expect(await of({ condition: 'budget', scope: 'budget', scopeId: budget })).toEqual({ value: '75', state: 'ok' })
  expect(await of({ condition: 'failing_model' })).toEqual({ value: '0', state: 'ok' })
  await scope.tx((tx) => tx.model.updateMany({ where: { id: other }, data: { keyRefusedAt: scope.now() } }))
  expect(await of({ condition: 'failing_model' })).toEqual({ value: '1', state: 'ok' })
  expect(await of({ condition: 'failing_model', scope: 'model', scopeId: modelId })).toEqual({
    value: '0',
    state: 'ok',
  })
  await scope.tx((tx) =>
    tx.modelWatch.create({ data: { workspaceId: scope.workspaceId, modelId, standing: 'vanished' } }),
  )
  expect(await of({ condition: 'drift', scope: 'model', scopeId: modelId })).toEqual({ value: '1', state: 'ok' })
})

test('a muted rule is looked at and says nothing; unmuted it tells what still fires', async () => {
  const { scope, call } = await workspace()
  const { id } = await alerts.createRule(scope, {
    ...{ name: 'Spend', condition: 'cost', threshold: '0.000001', channelIds: [await webhook(scope)] },
  })
  await alerts.muteRule(scope, { id, minutes: null })
  await call({})
  await minutes(scope, 1)
  expect(await alerts.getRule(scope, { id })).toMatchObject({
    state: 'firing',
    mutedUntil: expect.stringMatching(/^9999/),
  })
  expect(await said(scope)).toEqual([])
  await alerts.muteRule(scope, { id, minutes: 0 })
  await alerts.evaluateRules(scope)
  expect(await said(scope)).toEqual(['alert.fired Spend waiting'])
})

test('notices go to the channels that want their kind, each once, however many look at once', async () => {
  const { scope } = await workspace()
  await webhook(scope, 'Money', ['budget'])
  await webhook(scope, 'Models', ['drift'])
  const raise = (kind: string, refId: string) =>
    scope.tx((tx) =>
      raiseNotice(tx, scope.workspaceId, scope.now(), {
        ...{ kind, refId, level: 'warn', title: `${kind} ${refId}`, body: 'Figures.', href: '/x', actionLabel: 'Open' },
      }),
    )
  await raise('budget.share', 'a')
  await raise('model.changed', 'b')
  await raise('member.joined', 'c')
  await Promise.all([1, 2, 3].map(() => handOnNotices({ queue }, system, scope.now())))
  expect((await said(scope)).sort()).toEqual(['notice budget.share a waiting', 'notice model.changed b waiting'])
})

test('what is not a rule is refused with the field, and what belongs to others is not found', async () => {
  const { scope } = await workspace()
  const foreign = await workspace()
  const rule: CreateRuleInput = { name: 'R', condition: 'cost', threshold: '5' }
  const refused = (over: Partial<CreateRuleInput>) => expect(alerts.createRule(scope, { ...rule, ...over })).rejects
  await refused({ threshold: '0' }).toMatchObject({ fields: { threshold: expect.any(String) } })
  await refused({ resolveBelow: '6' }).toMatchObject({ fields: { resolveBelow: expect.any(String) } })
  await refused({ condition: 'latency', scope: 'key', scopeId: 'x' }).toMatchObject({
    fields: { scope: expect.any(String) },
  })
  await refused({ scope: 'model', scopeId: foreign.modelId }).toMatchObject({ fields: { scopeId: expect.any(String) } })
  await refused({ windowMinutes: 7 as never }).toMatchObject({ fields: { windowMinutes: expect.any(String) } })
  await refused({ channelIds: [await webhook(foreign.scope)] }).toMatchObject({ kind: 'not_found' })
  const { id, version } = await alerts.createRule(foreign.scope, rule)
  await expect(alerts.getRule(scope, { id })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(alerts.updateRule(scope, { ...rule, id, version })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(alerts.deleteRule(scope, { id: newId('alr') })).rejects.toMatchObject({ kind: 'not_found' })
  await expect(alerts.updateRule(foreign.scope, { ...rule, id, version: 9 })).rejects.toMatchObject({
    code: 'stale_version',
  })
  const { rows } = await pool.query('select action from audits where target_id = $1', [id])
  expect(rows).toEqual([{ action: 'alert_rule.add' }])
})

test('a deleted workspace is not looked at', async () => {
  const { scope } = await workspace()
  await alerts.createRule(scope, { name: 'R', condition: 'cost', threshold: '5' })
  const due = () => enqueueAlerts({ queue, pool }, (work) => system.$transaction(work), scope.now())
  const before = await due()
  await pool.query('update workspaces set deleted_at = now() where id = $1', [scope.workspaceId])
  expect(await due()).toBe(before - 1)
})

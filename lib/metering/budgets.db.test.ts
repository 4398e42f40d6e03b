import { expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { tellBudgets } from './budget-notices.ts'
import { forgetHolder, listHolders } from './holders.ts'
import { tidyLeases } from './tidy.ts'
import { budgets } from './verbs.ts'

const { database } = await testDatabase()
const { pool, system } = database

async function admin(zone = 'UTC', atMs?: number) {
  const clock = atMs === undefined ? systemClock : testClock(atMs)
  return scopeOf(database, clock, await addWorkspace(pool, zone), { role: 'admin' })
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

/** As a grant and a settlement would leave it. */
async function spend(
  scope: { workspaceId: string },
  budgetId: string,
  spent: bigint,
  leased = 0n,
  holder = 'hld_1',
  atMs = Date.now(),
  subject = '',
) {
  const { rows } = await pool.query('select * from ledger.lease_rule($1, $2, $3)', [
    scope.workspaceId,
    budgetId,
    new Date(atMs),
  ])
  const [{ cap, period_start, period_end }] = rows
  const key = [scope.workspaceId, budgetId, subject, period_start]
  await pool.query(
    `insert into ledger.budget_period (workspace_id, budget_id, subject, period_start, period_end, cap, spent, leased) values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (workspace_id, budget_id, subject, period_start) do update set spent = $7, leased = $8`,
    [...key, period_end, cap, spent, leased],
  )
  await pool.query(
    `insert into ledger.budget_lease (id, workspace_id, budget_id, subject, period_start, holder, amount) values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [`lse_${budgetId}${subject}`, ...key, holder, leased],
  )
}

test('a budget shows its period in the calendar of the workspace, what is spent, reserved, left, and who holds it', async () => {
  const atMs = Date.parse('2026-03-29T12:00:00Z')
  const scope = await admin('Europe/Berlin', atMs)
  const { modelId } = await addModel(pool, scope.workspaceId)
  const made = await budgets.createBudget(scope, { scope: 'model', scopeId: modelId, amount: '12.50', window: 'day' })
  expect(made).toMatchObject({
    amount: '12.5',
    cap: '12.5',
    spent: '0',
    reserved: '0',
    left: '12.5',
    raise: '0',
    version: 1,
    scopeLabel: modelId,
  })
  await spend(scope, made.id, 2_000_000_000n, 500_000_000n, 'hld_a', atMs)
  expect(await budgets.getBudget(scope, { id: made.id })).toMatchObject({
    spent: '2',
    reserved: '0.5',
    left: '10',
    startsAt: '2026-03-28T23:00:00.000Z',
    resetsAt: '2026-03-29T22:00:00.000Z',
    holders: [{ holder: 'hld_a', reserved: '0.5', process: '', seenAt: null }],
  })
  const total = await budgets.createBudget(scope, {
    scope: 'identity',
    scopeId: '*',
    unit: 'tokens',
    amount: '1,000',
    window: 'total',
  })
  await spend(scope, total.id, 30n, 0n, 'hld_a', atMs, 'ann')
  expect(await budgets.getBudget(scope, { id: total.id })).toMatchObject({
    amount: '1000',
    startsAt: null,
    resetsAt: null,
    left: null,
    spent: '30',
    exhausted: false,
    identities: [{ identity: 'ann', spent: '30', reserved: '0', exhausted: false }],
  })
  expect((await budgets.listBudgets(scope)).map(({ id }) => id)).toEqual([made.id, total.id])
})

test('a change needs the version that was read, a raise adds up until the reset, and all of it is audited', async () => {
  const scope = await admin()
  const { id } = await budgets.createBudget(scope, { scope: 'workspace', amount: '50', window: 'month' })
  expect(await budgets.updateBudget(scope, { id, version: 1, amount: 60 })).toMatchObject({ amount: '60', version: 2 })
  expect(await codeOf(budgets.updateBudget(scope, { id, version: 1, amount: '70' }))).toBe('stale_version')
  const raised = await Promise.all([
    budgets.raiseBudget(scope, { id, amount: '5' }),
    budgets.raiseBudget(scope, { id, amount: '0.25' }),
  ])
  expect(raised.map(({ version }) => version).toSorted()).toEqual([3, 4])
  expect(await budgets.getBudget(scope, { id })).toMatchObject({ amount: '60', raise: '5.25', cap: '65.25' })
  expect(await budgets.raiseBudget(scope, { id, amount: '-0.25' })).toMatchObject({ raise: '5', cap: '65' })
  expect(await codeOf(budgets.raiseBudget(scope, { id, amount: '-5.000001' }))).toBe('invalid_request')
  const { rows: later } = await pool.query(`select cap from ledger.lease_rule($1, $2, now() + interval '40 days')`, [
    scope.workspaceId,
    id,
  ])
  expect(later).toEqual([{ cap: '60000000000' }])
  await budgets.deleteBudget(scope, { id })
  expect(await codeOf(budgets.getBudget(scope, { id }))).toBe('not_found')
  const { rows } = await pool.query('select action from audits where workspace_id = $1 order by at, id', [
    scope.workspaceId,
  ])
  expect(rows.map(({ action }) => action)).toEqual([
    'budget.add',
    'budget.update',
    'budget.raise',
    'budget.raise',
    'budget.raise',
    'budget.delete',
  ])
})

test('what makes no sense is refused, what exists already is told, and nobody below admin changes anything', async () => {
  const scope = await admin()
  const wrong = [
    { scope: 'workspace', amount: '-1', window: 'day' },
    { scope: 'workspace', amount: '0', window: 'day' },
    { scope: 'workspace', amount: '1e9', window: 'day' },
    { scope: 'workspace', amount: '99999999', window: 'day' },
    { scope: 'workspace', unit: 'tokens', amount: '1.5', window: 'day' },
    { scope: 'workspace', amount: '1', window: 'year' },
    { scope: 'workspace', scopeId: 'x', amount: '1', window: 'day' },
    { scope: 'key', amount: '1', window: 'day' },
    { scope: 'key', scopeId: 'key_x', amount: '1', window: 'day' },
    { scope: 'model', scopeId: 'mdl_x', amount: '1', window: 'day' },
    { scope: 'deployment', scopeId: 'dep_x', amount: '1', window: 'day' },
    { scope: 'workspace', amount: '1', window: 'day', more: true },
  ]
  for (const input of wrong)
    expect(await codeOf(budgets.createBudget(scope, input as never)), JSON.stringify(input)).toBe('invalid_request')
  const input = { scope: 'workspace', amount: '1', window: 'day' } as const
  const codes = await Promise.all([1, 2, 3].map(() => codeOf(budgets.createBudget(scope, input))))
  expect(codes.toSorted()).toEqual(['budget_exists', 'budget_exists', 'none'])
  const limit = { scope: 'workspace', kind: 'concurrency', amount: 3 } as const
  expect(await codeOf(budgets.createLimit(scope, limit))).toBe('none')
  expect(await codeOf(budgets.createLimit(scope, limit))).toBe('limit_exists')
  const developer = await scopeOf(database, systemClock, scope.workspaceId, { role: 'developer' })
  expect(await codeOf(budgets.createBudget(developer, { ...input, window: 'week' }))).toBe('role_too_low')
  const other = await admin()
  const [own] = await budgets.listBudgets(scope)
  expect(await codeOf(budgets.getBudget(other, { id: own!.id }))).toBe('not_found')
  expect(await codeOf(budgets.raiseBudget(other, { id: own!.id, amount: '1' }))).toBe('not_found')
})

test('a limit is made, changed and taken away, and shows its use', async () => {
  const scope = await admin()
  const made = await budgets.createLimit(scope, { scope: 'workspace', kind: 'requests_per_minute', amount: '600' })
  await pool.query(
    `insert into ledger.limit_slot (id, workspace_id, limit_id, usable_until, units) values ('slt_1', $1, $2, now(), 7), ('slt_2', $1, $2, now() - interval '2 minutes', 9)`,
    [scope.workspaceId, made.id],
  )
  expect(await budgets.getLimit(scope, { id: made.id })).toMatchObject({ amount: '600', used: '7' })
  expect(await budgets.updateLimit(scope, { id: made.id, version: 1, amount: 900 })).toMatchObject({
    amount: '900',
    version: 2,
  })
  expect(await codeOf(budgets.updateLimit(scope, { id: made.id, version: 1, amount: 9 }))).toBe('stale_version')
  await budgets.deleteLimit(scope, { id: made.id })
  expect(await budgets.listLimits(scope)).toEqual([])
})

test('admins hear of 50, 80 and 100 % once a period, at once where a call was turned away, and again after a raise', async () => {
  const scope = await admin()
  const { id } = await budgets.createBudget(scope, { scope: 'workspace', amount: '10', window: 'month' })
  const deps = { pool, system, clock: systemClock }
  const titles = async () => {
    const { rows } = await pool.query('select title from notices where workspace_id = $1 and resolved_at is null', [
      scope.workspaceId,
    ])
    return rows.map(({ title }) => title)
  }
  await spend(scope, id, 4_900_000_000n)
  expect(await tellBudgets(deps)).toBe(0)
  await spend(scope, id, 5_000_000_000n)
  expect((await Promise.all([tellBudgets(deps), tellBudgets(deps)])).reduce((sum, one) => sum + one)).toBe(1)
  expect(await titles()).toEqual(['50 % of the monthly budget of the workspace is spent'])
  await spend(scope, id, 9_900_000_000n)
  expect(await tellBudgets(deps)).toBe(1)
  expect(await tellBudgets(deps, { budgetId: id, subject: '' })).toBe(1)
  expect(await tellBudgets(deps, { budgetId: id, subject: '' })).toBe(0)
  expect(await budgets.getBudget(scope, { id })).toMatchObject({ spent: '9.9', exhausted: true })
  expect(await tellBudgets(deps)).toBe(0)
  expect(await titles()).toEqual(['The monthly budget of the workspace is used up'])
  // Taken back at once: it is used up as before, and told anew.
  await budgets.raiseBudget(scope, { id, amount: '1' })
  expect(await titles()).toEqual([])
  await budgets.raiseBudget(scope, { id, amount: '-1' })
  expect(await tellBudgets(deps, { budgetId: id, subject: '' })).toBe(1)
  expect(await budgets.raiseBudget(scope, { id, amount: '90' })).toMatchObject({ exhausted: false })
  expect(await titles()).toEqual([])
  expect(await tellBudgets(deps)).toBe(0)
  await spend(scope, id, 80_000_000_000n)
  expect(await tellBudgets(deps)).toBe(1)
  expect(await titles()).toEqual(['80 % of the monthly budget of the workspace is spent'])
})

test('days, weeks and months begin with the first instant of their first day, in every zone, also where midnight is skipped or comes twice', async () => {
  const zones = Intl.supportedValuesOf('timeZone')
  const { rows: known } = await pool.query('select name from pg_timezone_names')
  const names = new Set(known.map(({ name }) => name))
  // Two of the years in which clocks changed at midnight somewhere: 2018 (São Paulo skips it), 2024 (Havana has it twice, Beirut skips it).
  const instants = [
    '2018-11-03T12:00:00Z',
    '2018-11-04T12:00:00Z',
    '2024-03-30T23:30:00Z',
    '2024-03-31T12:00:00Z',
    '2024-11-03T04:30:00Z',
    '2024-11-03T12:00:00Z',
    '2026-02-28T23:59:59Z',
  ]
  const { rows } = await pool.query<{ zone: string; at: Date; kind: string; period_start: Date; period_end: Date }>(
    `select z.zone, a.at, k.kind, p.period_start, p.period_end from unnest($1::text[]) z (zone), unnest($2::timestamptz[]) a (at), unnest(array['day', 'week', 'month']) k (kind),
       lateral ledger.period_of(a.at, k.kind, z.zone) p`,
    [zones.filter((zone) => names.has(zone)), instants],
  )
  expect(rows.length).toBeGreaterThan(300 * instants.length * 3)
  const formats = new Map<string, Intl.DateTimeFormat>()
  const dayOf = (ms: number, zone: string) => {
    const format =
      formats.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short', calendar: 'iso8601' })
    formats.set(zone, format)
    return format.format(ms).slice(0, 10)
  }
  for (const { zone, at, kind, period_start, period_end } of rows) {
    const what = `${kind} of ${at.toISOString()} in ${zone}`
    expect(period_start.getTime(), what).toBeLessThanOrEqual(at.getTime())
    expect(period_end.getTime(), what).toBeGreaterThan(at.getTime())
    for (const edge of [period_start, period_end]) {
      const [before, first] = [dayOf(edge.getTime() - 1, zone), dayOf(edge.getTime(), zone)]
      expect(before < first, `${what}: ${edge.toISOString()}`).toBe(true)
      if (kind === 'month') expect(first.slice(8), what).toBe('01')
      if (kind === 'week') expect(new Date(`${first}T00:00:00Z`).getUTCDay(), what).toBe(1)
    }
  }
})

test('a change of the zone moves the running period with what is spent in it', async () => {
  const scope = await admin('Europe/Berlin')
  const { id } = await budgets.createBudget(scope, { scope: 'workspace', amount: '10', window: 'month' })
  await spend(scope, id, 3_000_000_000n, 1_000_000_000n)
  await pool.query(`update workspaces set time_zone = 'America/New_York' where id = $1`, [scope.workspaceId])
  expect(await budgets.getBudget(scope, { id })).toMatchObject({ spent: '3', reserved: '1' })
})

test('past periods stay with what was spent of what they held then, those of all identities together, the newest first', async () => {
  const scope = await admin()
  const { id } = await budgets.createBudget(scope, { scope: 'identity', scopeId: '*', amount: '10', window: 'day' })
  const base = Date.now()
  for (let days = 1; days <= 14; days++)
    for (const subject of ['one', 'other'])
      await pool.query(
        `insert into ledger.budget_period (workspace_id, budget_id, subject, period_start, period_end, cap, spent) values ($1, $2, $3, $4, $5, $6, $7)`,
        [
          ...[scope.workspaceId, id, subject],
          ...[new Date(base - (days + 1) * 86_400_000), new Date(base - days * 86_400_000)],
          ...[days * 1_000_000_000, 500_000_000],
        ],
      )
  const { past } = await budgets.getBudget(scope, { id })
  expect(past.map(({ cap, spent }) => [cap, spent])).toEqual(
    Array.from({ length: 12 }, (_, index) => [String(index + 1), '1']),
  )
})

test('a holder that is gone is named, and forgetting it frees what it held', async () => {
  const scope = await admin()
  const { id } = await budgets.createBudget(scope, { scope: 'workspace', amount: '10', window: 'total' })
  await pool.query(
    `insert into ledger.holders (id, host, pid, process, spool, seen_at) values ('hld_gone', 'far', 1, 'gateway', '/x', now() - interval '1 hour')`,
  )
  await spend(scope, id, 1_000_000_000n, 9_000_000_000n, 'hld_gone')
  expect(await budgets.getBudget(scope, { id })).toMatchObject({
    left: '0',
    holders: [{ holder: 'hld_gone', process: 'gateway', host: 'far', reserved: '9' }],
  })
  expect((await listHolders(pool))[0]).toMatchObject({ id: 'hld_gone', leases: 1 })
  expect(await forgetHolder(pool, 'hld_gone')).toBe(true)
  expect(await forgetHolder(pool, 'hld_gone')).toBe(false)
  expect(await budgets.getBudget(scope, { id })).toMatchObject({ left: '9', holders: [] })
})

test('what nobody needs any more goes: leases of the dead, periods of deleted budgets; what runs stays', async () => {
  const scope = await admin()
  const kept = await budgets.createBudget(scope, { scope: 'workspace', amount: '10', window: 'month' })
  const gone = await budgets.createBudget(scope, { scope: 'workspace', amount: '10', window: 'day' })
  await spend(scope, kept.id, 1n, 5n)
  await spend(scope, gone.id, 1n)
  await budgets.deleteBudget(scope, { id: gone.id })
  const inTwoDays = testClock(Date.now() + 2 * 24 * 3_600_000)
  await pool.query(`update ledger.budget_lease set id = 'lse_0' where budget_id = $1`, [gone.id])
  expect(await tidyLeases(pool, inTwoDays, 400)).toBeGreaterThanOrEqual(2)
  const { rows } = await pool.query('select budget_id, leased from ledger.budget_period where workspace_id = $1', [
    scope.workspaceId,
  ])
  expect(rows).toEqual([{ budget_id: kept.id, leased: '5' }])
  expect(
    (await pool.query('select amount from ledger.budget_lease where workspace_id = $1', [scope.workspaceId])).rows,
  ).toEqual([{ amount: '5' }])
})

test('a lease is granted before the time zone changes or after, not in between', async () => {
  const { tenancy } = testTenancy(database)
  const scope = await admin()
  const { id } = await budgets.createBudget(scope, { scope: 'workspace', amount: '1', window: 'day' })
  await spend(scope, id, 1n)
  await pool.query(
    `insert into ledger.holders (id, host, pid, process, spool) values ('hld_zone', 'here', 1, 'gateway', '/x')`,
  )
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from ledger.budget_period where budget_id = $1 for key share', [id])
  const waiting = async () => (await pool.query('select from pg_locks where not granted')).rows.length
  const { version } = await tenancy.getWorkspace(scope)
  const change = tenancy.updateWorkspace(scope, { version, timeZone: 'Pacific/Kiritimati' })
  await expect.poll(waiting).toBe(1)
  const grant = pool.query(
    `select state from ledger.grant_lease($1, $2, '', 'hld_zone', 'lse_zone', now(), 1, 10, 1, false)`,
    [scope.workspaceId, id],
  )
  await expect.poll(waiting).toBe(2)
  await client.query('commit')
  client.release()
  expect(await change).toMatchObject({ timeZone: 'Pacific/Kiritimati' })
  expect((await grant).rows).toEqual([{ state: 'granted' }])
})

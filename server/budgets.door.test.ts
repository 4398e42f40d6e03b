import pg from 'pg'
import { expect, test } from 'vitest'
import { getRequest } from '#lib/analytics/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { type GatewayProcess, startGatewayProcess } from '#lib/testing/processes.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

const callers = 200

const { database, url } = await testDatabase()
// Calls take some time, so that many are under way at once.
const { runtime, practice, variables } = await testInstallation(url, { latencyScale: 0.05 })
const { tenancy, models, budgets } = runtime
const { person, workspace } = await tenancy.claim(
  { request: testRequest, loopback: true },
  { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Budgets' },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { key, secret } = await tenancy.createKey(scope, { name: 'ci-bot' })
const draft = {
  ...{ type: 'chat' as const, baseUrl: practice.url, apiKey: 'sk-practice-budgets00001' },
  ...{ name: 'Chat', modelId: 'practice-chat', region: 'own' as const, inputPrice: '100', outputPrice: '100' },
}
const model = await models.addModel(scope, { draft })

async function call(port: number, round: number): Promise<{ status: number; text: string; id: string }> {
  const stream = round % 2 === 0
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: model.slug,
        max_tokens: 40,
        messages: [{ role: 'user', content: `Tell a story about ${round}` }],
        ...(stream && { stream }),
      }),
    })
    return { status: answer.status, text: await answer.text(), id: answer.headers.get('x-request-id') ?? '' }
  } catch (error) {
    // What a kill looks like from here.
    if (error instanceof TypeError) return { status: 0, text: '', id: '' }
    throw error
  }
}

async function periodOf(budgetId: string) {
  const { rows } = await database.pool.query(
    'select cap::float8 as cap, spent::float8 as spent, leased::float8 as leased from ledger.budget_period where budget_id = $1',
    [budgetId],
  )
  return rows[0] as { cap: number; spent: number; leased: number }
}

/** Of the key's calls since then. */
async function recorded(since: Date): Promise<number> {
  const { rows } = await database.pool.query(
    'select coalesce(sum(cost_nano_usd), 0)::float8 as cost from ledger.records where key_id = $1 and started_at >= $2',
    [key.id, since],
  )
  return rows[0].cost
}

/** Postgres refuses whatever would pass a cap, and somebody looks all the time. Returns what they saw. */
async function whileWatched(budgetId: string, work: () => Promise<void>): Promise<number[]> {
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  await owner.query(
    'alter table ledger.budget_period add constraint never_over check (spent + leased <= cap) not valid',
  )
  const seen: number[] = []
  let done = false
  const watching = (async () => {
    while (!done) {
      const { rows } = await owner.query(
        'select (spent + leased - cap)::float8 as over from ledger.budget_period where budget_id = $1',
        [budgetId],
      )
      if (rows[0]) seen.push(rows[0].over)
    }
  })()
  try {
    await work()
  } finally {
    done = true
    await watching
    await owner.query('alter table ledger.budget_period drop constraint never_over')
    await owner.end()
  }
  return seen
}

/** What 20 calls may cost: some 250 bytes in, 40 tokens out. */
const amount = '0.6'

async function end(gateways: readonly GatewayProcess[], signal: NodeJS.Signals): Promise<void> {
  for (const { child } of gateways) child.kill(signal)
  await Promise.all(gateways.map(({ gone }) => gone))
}

test('200 callers at once on two processes, streams and whole answers: the cap holds at every moment, and what is spent is the sum of the records', async () => {
  const since = new Date()
  const { id } = await budgets.createBudget(scope, { scope: 'key', scopeId: key.id, amount, window: 'day' })
  const gateways = await Promise.all([startGatewayProcess(variables), startGatewayProcess(variables)])
  const seen = await whileWatched(id, async () => {
    const answers = await Promise.all(
      Array.from({ length: callers }, (_, index) => call(gateways[index % 2]!.port, index)),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(15)
    expect(statuses.filter((status) => ![200, 402, 429].includes(status))).toEqual([])
    let round = 0
    await expect
      .poll(async () => (await call(gateways[round % 2]!.port, round++)).status, { timeout: 30_000, interval: 50 })
      .toBe(402)
  })
  expect(seen.length).toBeGreaterThan(50)
  expect(Math.max(...seen)).toBeLessThanOrEqual(0)

  // While the other process holds a part of it, a call is told to come back a little later.
  let refused = { status: 0, text: '{}', id: '' }
  await expect
    .poll(
      async () => {
        refused = await call(gateways[0]!.port, 1)
        return JSON.parse(refused.text).error?.code
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBe('budget_exceeded')
  expect(refused.text).toMatch(/daily budget of the key “ci-bot” .* It resets on /)
  await expect
    .poll(async () => (await tenancy.listNotices(scope)).map(({ title, href }) => ({ title, href })))
    .toEqual([
      {
        title: 'The daily budget of the key “ci-bot” is used up',
        href: `/${workspace.slug}/analytics/budgets?rule=${id}`,
      },
    ])
  // The record says what turned it away.
  await expect
    .poll(() =>
      getRequest(scope, refused.id).then(
        ({ rules }) => rules,
        () => [],
      ),
    )
    .toMatchObject([{ id, kind: 'budget', scope: 'key', label: 'ci-bot', window: 'day', used: '0' }])
  await budgets.raiseBudget(scope, { id, amount: '1' })
  for (const { port } of gateways)
    await expect.poll(async () => (await call(port, 0)).status, { timeout: 5_000, interval: 100 }).toBe(200)

  await end(gateways, 'SIGTERM')
  const period = await periodOf(id)
  expect(period).toMatchObject({ leased: 0, spent: await recorded(since) })
  expect(period.spent).toBeGreaterThan(0)
  await budgets.deleteBudget(scope, { id })
}, 120_000)

test('the same while one process is killed again and again: nothing stays reserved, and what is spent is the sum of the records', async () => {
  const since = new Date()
  const { id } = await budgets.createBudget(scope, { scope: 'model', scopeId: model.slug, amount: '3', window: 'day' })
  const steady = await startGatewayProcess(variables)
  let killed = 0
  const seen = await whileWatched(id, async () => {
    let going = true
    const load = Array.from({ length: 20 }, async (_, lane) => {
      for (let round = lane; going; round++) {
        const { status } = await call(steady.port, round)
        if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })
    for (; killed < 3; killed++) {
      const shaky = await startGatewayProcess(variables)
      let answered = 0
      const lanes = Array.from({ length: 20 }, async (_, lane) => {
        for (let round = lane; ; round++) {
          const { status } = await call(shaky.port, round)
          if (status === 0) return
          if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 20))
          if (++answered === 40) shaky.child.kill('SIGKILL')
        }
      })
      await Promise.all(lanes)
      await shaky.gone
    }
    going = false
    await Promise.all(load)
  })
  expect(Math.max(...seen)).toBeLessThanOrEqual(0)
  await end([steady], 'SIGTERM')
  await runtime.ledger.recover()
  await expect.poll(async () => (await periodOf(id)).leased).toBe(0)
  const { rows } = await database.pool.query(
    'select coalesce(sum(cost_nano_usd), 0)::float8 as cost from ledger.records where model_id = $1 and started_at >= $2',
    [model.id, since],
  )
  expect((await periodOf(id)).spent).toBe(rows[0].cost)
  expect(rows[0].cost).toBeGreaterThan(0)
}, 120_000)

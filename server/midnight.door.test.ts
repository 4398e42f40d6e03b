import { afterAll, expect, test } from 'vitest'
import type { Clock } from '#lib/core/clock.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { createRuntime } from '#lib/runtime.ts'
import { call, openFastDoor } from '#lib/testing/both-doors.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { silentLogger } from '#lib/testing/ledger.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

// Two processes' worth of everything, both on one wall clock that the test moves; refusals are remembered as ever.
const wall = testClock()
const clock: Clock = { nowMs: wall.nowMs, monotonicMs: systemClock.monotonicMs }
const { url } = await testDatabase()
const { runtime, practice, env } = await testInstallation(url, { clock })
const second = await createRuntime(env, 'gateway', silentLogger, clock)
afterAll(() => second.stop())

const ports = await Promise.all([runtime, second].map(({ gateway }) => openFastDoor(gateway)))

const { tenancy, models, budgets } = runtime
const { person, workspace } = await tenancy.claim(
  { request: testRequest, loopback: true },
  { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Midnight' },
)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { secret } = await tenancy.createKey(scope, { name: 'run' })
const model = await models.addModel(scope, {
  draft: {
    ...{ type: 'chat' as const, baseUrl: practice.url, apiKey: 'sk-practice-midnight0001' },
    ...{ name: 'Chat', modelId: 'practice-chat', region: 'own' as const, inputPrice: '100', outputPrice: '100' },
  },
})

const body = { model: model.slug, max_tokens: 1, messages: [{ role: 'user', content: 'Go on. '.repeat(50) }] }
const ask = (port: number) => call(port, secret, body)
const statusesOf = async () => Promise.all(ports.map(async (port) => (await ask(port)).status))

/** Calls by turns on both until one is refused for good on each; returns what it was told last. */
async function runUntilRefused(): Promise<{ code: string; message: string }> {
  let round = 0
  let refused = ''
  const next = async () => {
    const answer = await ask(ports[round++ % 2]!)
    expect([200, 402, 429]).toContain(answer.status)
    if (answer.status === 402) refused = answer.body
    return answer.status
  }
  await expect.poll(next, { timeout: 10_000, interval: 5 }).toBe(402)
  await expect.poll(statusesOf, { timeout: 5_000, interval: 50 }).toEqual([402, 402])
  return JSON.parse(refused).error
}

test.each([
  {
    zone: 'Europe/Berlin',
    before: '2026-03-28T22:59:00.000Z',
    midnight: '2026-03-28T23:00:00.000Z',
    // A day of 23 hours.
    next: '2026-03-29T22:00:00.000Z',
    told: '30 Mar 2026, 00:00 Europe/Berlin',
  },
  {
    zone: 'America/New_York',
    before: '2026-11-01T03:59:00.000Z',
    midnight: '2026-11-01T04:00:00.000Z',
    // A day of 25 hours.
    next: '2026-11-02T05:00:00.000Z',
    told: '2 Nov 2026, 00:00 America/New_York',
  },
])(
  'a run meets its cap at midnight in $zone as the clocks change: refused with scope and reset, told, raised by one press, and on within 5 s on both processes',
  async ({ zone, before, midnight, next, told }) => {
    wall.setWall(Date.parse(before))
    const { version } = await tenancy.getWorkspace(scope)
    await tenancy.updateWorkspace(scope, { version, timeZone: zone })
    const { id } = await budgets.createBudget(scope, {
      scope: 'model',
      scopeId: model.slug,
      amount: '0.1',
      window: 'day',
    })
    await Promise.all([runtime.feed.refresh(), second.feed.refresh()])

    // The day before is used up to the last minute, and resets at the midnight in it.
    expect((await runUntilRefused()).message).toContain(midnight)
    wall.setWall(Date.parse(midnight) - 1)
    expect(await statusesOf()).toEqual([402, 402])

    // At midnight the run goes on, and meets the cap of the day on which the clocks change.
    wall.setWall(Date.parse(midnight))
    await expect.poll(statusesOf, { timeout: 5_000, interval: 50 }).toContain(200)
    const refusal = await runUntilRefused()
    expect(refusal).toMatchObject({ code: 'budget_exceeded' })
    expect(refusal.message).toBe(
      `The daily budget of the model “${model.slug}” does not allow this call any more. It resets on ${told} (${next}).`,
    )
    // The notice of the day before stands under the same title until this day's takes its place: a refusal is heard
    // once a second, so that it may take one more call to be told.
    const noticesOnAsking = async () => {
      expect(await statusesOf()).toEqual([402, 402])
      return tenancy.listNotices(scope)
    }
    await expect.poll(noticesOnAsking, { timeout: 5_000, interval: 100 }).toEqual([
      expect.objectContaining({
        title: `The daily budget of the model “${model.slug}” is used up`,
        body: expect.stringContaining(`It resets on ${told}.`),
      }),
    ])
    expect(await budgets.getBudget(scope, { id })).toMatchObject({
      startsAt: midnight,
      resetsAt: next,
      exhausted: true,
    })

    await budgets.raiseBudget(scope, { id, amount: '0.5' })
    await expect.poll(statusesOf, { timeout: 5_000, interval: 50 }).toEqual([200, 200])
    expect(await tenancy.listNotices(scope)).toEqual([])

    // The raise ends with its day.
    wall.setWall(Date.parse(next))
    expect(await budgets.getBudget(scope, { id })).toMatchObject({ startsAt: next, raise: '0', cap: '0.1', spent: '0' })
    await budgets.deleteBudget(scope, { id })
  },
  60_000,
)

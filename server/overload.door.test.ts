import { describe, expect, test } from 'vitest'
import { contentOf, errorOf, fails, hangs, modelsThat, says, to } from '#lib/testing/acts.ts'
import { type Answer, call, openBothDoors } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

// Servers that are in trouble are not made to suffer more: the same at both doors.
const { database } = await testDatabase()
// Nobody waits for a retry.
const house = await testHouse(database, { random: () => 0 })
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const
const server = modelsThat(house)
const ask = (port: number, model: string, more: object = {}) =>
  call(port, house.key, { model, messages: [{ role: 'user', content: 'hi' }], ...more })
const recordOf = async (answer: Answer) => (await house.record(String(answer.headers['x-request-id'])))!

describe.each(doors)('the %s door', (_name, port) => {
  test('a server that asks for a second of rest gets it', async () => {
    const busy = await server(fails(429, {}, { 'retry-after': '1' }))
    const { act } = busy.scripted
    const atMs: number[] = []
    busy.scripted.act = (...given) => {
      atMs.push(performance.now())
      ;(busy.calls() === 1 ? act : says('rested'))(...given)
    }
    const answer = await ask(port, busy.slug, { retry: { count: 1 } })
    expect(contentOf(answer)).toBe('rested')
    expect(atMs[1]! - atMs[0]!).toBeGreaterThanOrEqual(990)
  })

  test('after five failures in a row a model is not called: 503 at once, or the fallback', async () => {
    const broken = await server(fails(500))
    const second = await server(says('meanwhile'))
    for (let failure = 0; failure < 5; failure++) await ask(port, broken.slug)
    const answer = await ask(port, broken.slug)
    expect(answer.status).toBe(503)
    expect(errorOf(answer).code).toBe('upstream_unavailable')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(25)
    expect(broken.calls()).toBe(5)
    expect(await recordOf(answer)).toMatchObject({
      outcome: 'refused',
      status: 503,
      error_code: 'upstream_unavailable',
    })
    const other = await ask(port, broken.slug, to(second))
    expect(contentOf(other)).toBe('meanwhile')
    expect(other.headers['x-patchbay-skipped']).toBe(`${broken.slug} (upstream_unavailable)`)
    expect(house.breakers.filter(({ modelId }) => modelId === broken.entry.id)).toMatchObject([{ openForMs: 30_000 }])
  })

  test('callers’ own mistakes and impatience open no breaker', async () => {
    const picky = await server(fails(400))
    const slow = await server(hangs)
    for (let round = 0; round < 6; round++) {
      expect((await ask(port, picky.slug)).status).toBe(400)
      expect((await ask(port, slow.slug, { timeout: { first_byte: 30 } })).status).toBe(504)
    }
    expect([picky.calls(), slow.calls()]).toEqual([6, 6])
  })

  // Where nothing works the breaker opens, after what was on its way by then; else the retry budget alone protects.
  test.each([
    ['all of', () => false, 5, 20],
    ['three in four of', (calls: number) => calls % 4 === 0, 200, 200 * 1.2 + 3],
  ])(
    'a server that answers 503 to %s 200 calls/s sees at most 1.2 of each, and three',
    async (_share, works, least, most) => {
      const drowning = await server(fails(503))
      const { act } = drowning.scripted
      drowning.scripted.act = (...given) => (works(drowning.calls()) ? says('x') : act)(...given)
      const calls: Promise<Answer>[] = []
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          calls.push(ask(port, drowning.slug, { retry: { count: 3 } }))
          if (calls.length < 200) return
          clearInterval(timer)
          resolve()
        }, 5)
      })
      const answers = await Promise.all(calls)
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(works(4) ? [200, 503] : [503]))
      expect(drowning.calls()).toBeGreaterThanOrEqual(least)
      expect(drowning.calls()).toBeLessThanOrEqual(most)
    },
  )
})

import { describe, expect, test } from 'vitest'
import type { CallToAdmit } from '#lib/metering/schema.ts'
import { call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

// What limits and budgets say, as callers hear it: asked for each attempt, at once or after a question to Postgres.
const { database } = await testDatabase()
const refusals = new Map<string, { status: number; code: string; message: string; retryAfterMs?: number }>()
const asked: CallToAdmit[] = []
const released: string[] = []
let isSlow = false
const house = await testHouse(database, {
  random: () => 0,
  reserve(aimed) {
    asked.push(aimed)
    const refusal = refusals.get(aimed.modelId)
    const answer = refusal
      ? ({ ok: false, refusal } as const)
      : ({
          ok: true,
          charges: () => [],
          release: () => void released.push(aimed.modelId),
          rates: () => ({
            requests: { limit: 100, remaining: 99, resetMs: 600 },
            tokens: { limit: 5000, remaining: -3, resetMs: 12_345 },
          }),
        } as const)
    return isSlow ? Promise.resolve(answer) : answer
  },
})
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast, false],
  ["studio's", studio, false],
  ['fast, after a question,', fast, true],
] as const

let made = 0
async function server(status: number) {
  const scripted = await openScripted()
  const answer = { choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }], error: undefined }
  scripted.act = (_body, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(status === 200 ? answer : { error: { message: 'no' } }))
  const slug = `limited-${made++}`
  const entry = house.model(slug, scripted.url)
  return { slug, entry, calls: () => scripted.seen.length }
}

describe.each(doors)('the %s door', (_name, port, slow) => {
  const ask = (model: string, more: object = {}) => {
    isSlow = slow
    return call(port, house.key, { model, messages: [], ...more })
  }

  test.each([
    [402, 'budget_exceeded', 'insufficient_quota', undefined, undefined],
    [503, 'unavailable', 'api_error', undefined, '1'],
  ])('a refusal is %i %s, and nothing is sent', async (status, code, type, retryAfterMs, retryAfter) => {
    const { slug, entry, calls } = await server(200)
    refusals.set(entry.id, { status, code, message: 'No.', retryAfterMs })
    const answer = await ask(slug)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.body).error).toMatchObject({ code, type })
    expect(answer.headers['retry-after']).toBe(retryAfter)
    expect(calls()).toBe(0)
    expect(await house.record(String(answer.headers['x-request-id']))).toMatchObject({
      outcome: 'refused',
      status,
      error_code: code,
    })
  })

  test('budgets are asked for each attempt, and given back for each', async () => {
    const first = await server(503)
    const second = await server(200)
    asked.length = 0
    released.length = 0
    const answer = await ask(first.slug, { retry: { count: 1 }, fallbacks: [{ model: second.slug }] })
    expect(answer.status).toBe(200)
    const order = [first.entry.id, first.entry.id, second.entry.id]
    expect(asked.map(({ modelId }) => modelId)).toEqual(order)
    expect(released).toEqual(order)
    expect(asked.at(-1)?.price).toBe(second.entry.price)
  })

  test('a fallback whose budget is exhausted is passed over; without another the first failure is told', async () => {
    const first = await server(503)
    const dear = await server(200)
    const cheap = await server(200)
    refusals.set(dear.entry.id, { status: 402, code: 'budget_exceeded', message: 'No.' })
    const answer = await ask(first.slug, { fallbacks: [{ model: dear.slug }, { model: cheap.slug }] })
    expect(answer.status).toBe(200)
    expect(answer.headers['x-patchbay-model']).toBe(cheap.slug)
    expect(answer.headers['x-patchbay-skipped']).toBe(`${dear.slug} (budget_exceeded)`)
    const alone = await ask(first.slug, { fallbacks: [{ model: dear.slug }] })
    expect(alone.status).toBe(503)
    expect(JSON.parse(alone.body).error.code).toBe('upstream_overloaded')
    expect(dear.calls()).toBe(0)
  })

  test('what is left of the limits is told in OpenAI’s names', async () => {
    const { slug } = await server(200)
    const { headers } = await ask(slug)
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '99',
      'x-ratelimit-reset-requests': '600ms',
      'x-ratelimit-limit-tokens': '5000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '13s',
    })
  })
})

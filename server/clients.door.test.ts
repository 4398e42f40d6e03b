import { describe, expect, test } from 'vitest'
import { CapabilityCard } from '#lib/models/schema.ts'
import { openBothDoors } from '#lib/testing/both-doors.ts'
import { type Client, clients, statusOf } from '#lib/testing/clients.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'
import { picture, startForTests } from '#lib/testing/practice-client.ts'

// Everything that people do with the clients they have, unmodified, at both doors.
const { database } = await testDatabase()
let brokeId = ''
const house = await testHouse(database, {
  reserve: ({ modelId }) =>
    modelId === brokeId
      ? { ok: false, refusal: { status: 402, code: 'budget_exceeded', message: 'The budget is exhausted.' } }
      : { ok: true, charges: () => [], release: () => undefined, rates: () => null },
})
const { practice } = await startForTests()
const { fast, studio } = await openBothDoors(house)
const doors = [
  ['fast', fast],
  ["studio's", studio],
] as const

const shown = { capabilities: CapabilityCard.parse({ checks: { responses: { verdict: 'yes' } } }) }
for (const slug of ['practice-chat', 'practice-chat:rate-limited', 'practice-chat:endless'])
  house.model(slug, practice.url, shown)
house.model('practice-embed', practice.url, { type: 'embedding' })
house.model('practice-image', practice.url, { type: 'image' })
brokeId = house.model('broke', practice.url, { ...shown, modelId: 'practice-chat' }).id

const every = doors.flatMap(([door, port]) => clients.map(([name, open]) => ({ name, door, open, port })))

/** What is done with a client, and what comes of it. */
const cases: Record<string, (client: Client) => Promise<void>> = {
  async 'a whole answer'(client) {
    expect(await client.say('practice-chat', 'Say hello')).toContain('Hello')
  },
  async 'a stream'(client) {
    const pieces: string[] = []
    for await (const piece of client.stream('practice-chat', 'Say hello')) pieces.push(piece)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('')).toContain('Hello')
  },
  async 'a tool, asked for and answered'(client) {
    expect(await client.callTool('practice-chat')).toEqual({ city: 'Paris', text: expect.stringMatching(/clear/i) })
  },
  async 'an answer that follows a schema'(client) {
    expect(await client.fill('practice-chat')).toEqual({ city: expect.any(String) })
  },
  async 'a picture that is looked at'(client) {
    expect((await client.see('practice-chat', picture('red', 'circle'))).toLowerCase()).toContain('red circle')
  },
  async embeddings({ embed }) {
    const [one, two] = await embed!('practice-embed', ['one', 'two'])
    expect(one).toHaveLength(512)
    expect(two).not.toEqual(one)
  },
  async 'a picture that is drawn'({ draw }) {
    const drawn = await draw!('practice-image', 'a red circle')
    expect(Buffer.from(drawn, 'base64').subarray(1, 4).toString()).toBe('PNG')
  },
  async 'a call that is given up'(client) {
    const left = new AbortController()
    const reading = (async () => {
      for await (const piece of client.stream('practice-chat:endless', 'Say hello', left.signal))
        if (piece) left.abort()
    })()
    await reading.catch(() => undefined)
    expect(left.signal.aborted).toBe(true)
    await expect.poll(() => house.gateway.inFlight(), { interval: 5 }).toBe(0)
    await house.ledger.flush()
    const { rows } = await database.pool.query('select outcome from ledger.records order by started_at desc limit 1')
    expect(rows).toEqual([{ outcome: 'aborted' }])
  },
}

const errors = [
  { status: 401, model: 'practice-chat', apiKey: 'pb-wrong' },
  { status: 404, model: 'no-such-model' },
  { status: 429, model: 'practice-chat:rate-limited' },
  { status: 402, model: 'broke' },
]

describe.each(every)('$name at the $door door', ({ open, port }) => {
  const baseURL = `http://127.0.0.1:${port}/v1`
  const client = open({ baseURL, apiKey: house.key })

  const names = Object.keys(cases).filter(
    (name) => !(name === 'embeddings' && !client.embed) && !(name === 'a picture that is drawn' && !client.draw),
  )

  test.each(names)('%s', (name) => cases[name]!(client))

  test.each(errors)(
    '$status as the error that the client has for it',
    async ({ status, model, apiKey = house.key }) => {
      const by = open({ baseURL, apiKey })
      const whole = await by.say(model, 'Say hello').catch((error: unknown) => error)
      expect(statusOf(whole)).toBe(status)
      const streamed = await (async () => {
        for await (const _ of by.stream(model, 'Say hello')) throw new Error('there is something to read')
      })().catch((error: unknown) => error)
      expect(statusOf(streamed)).toBe(status)
    },
  )
})

import OpenAI, { APIError } from 'openai'
import { afterAll, describe, test } from 'vitest'
import { createAnswerCache, createGateway } from '#lib/gateway/index.ts'
import { createMeter } from '#lib/metering/index.ts'
import type { CapabilityKey, ModelType } from '#lib/models/schema.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { createIdempotency } from '#lib/platform/idempotency.ts'
import { createKeyring } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { silentLogger } from '#lib/testing/ledger.ts'
import { testModels } from '#lib/testing/models.ts'
import {
  boundExercises,
  chatExercises,
  completionExercises,
  type Exercise,
  embeddingExercises,
  imageExercises,
} from '#lib/testing/servers/exercises.ts'
import { faultServers } from '#lib/testing/servers/faults.ts'
import { hostedServers } from '#lib/testing/servers/hosted.ts'
import { ownServers } from '#lib/testing/servers/own.ts'
import { formPrices, type SimulatedServer } from '#lib/testing/servers/server.ts'
import { createHttpDoor } from './http-door.ts'

const { database } = await testDatabase()
const house = await testModels(database)
const keyring = await createKeyring({
  pool: database.pool,
  feed: house.feed,
  pepper: 'pepper of a test',
  clock: systemClock,
})
const gateway = createGateway({
  authenticate: keyring.authenticate,
  loadPlan: house.directory.resolve,
  listModels: house.directory.list,
  listGroups: house.directory.groups,
  openTarget: house.directory.open,
  catchUp: house.feed.catchUp,
  reportKey: async () => undefined,
  reportBreaker: async () => undefined,
  meter: createMeter({ clock: systemClock, spool: house.ledger.spool, logger: silentLogger }),
  idempotency: createIdempotency({ pool: database.pool, secrets: house.secrets, holder: house.ledger.holderId }),
  cache: createAnswerCache({ pool: database.pool, secrets: house.secrets }),
  upstream: house.upstream,
  clock: systemClock,
  logger: silentLogger,
})
const port: number = await listen(
  createHttpDoor({
    gateway,
    isOurHost: () => true,
    notReady: () => [],
    onError: (error) => {
      throw error
    },
  }),
)
afterAll(() => gateway.drain())

const { origin } = new URL(house.practice.url)
let made = 0

/** Validates, saves and gives a client for it, as an admin and a developer would. */
async function connect({ base, form }: SimulatedServer) {
  const { scope } = await house.workspace()
  // A key of its own also where none is checked: it names the account.
  const apiKey = `sk-practice-proof${String(++made).padStart(8, '0')}`
  const { noKey: _, ...rest } = form
  const model = await house.models.addModel(scope, {
    draft: house.form({ baseUrl: origin + base, ...formPrices[form.type ?? 'chat'], ...rest, apiKey, slug: 'proof' }),
  })
  const { secret } = await house.tenancy.createKey(scope, { name: 'proof' })
  await house.feed.refresh()
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: secret, maxRetries: 0 })
  const served = () => house.practice.account(apiKey).rows.reduce((sum, row) => sum + row.calls + row.failed, 0)
  return { scope, model, client, served }
}

const exercises: Readonly<Record<ModelType, Partial<Record<CapabilityKey, Exercise>>>> = {
  chat: chatExercises,
  completion: completionExercises,
  embedding: embeddingExercises,
  image: imageExercises,
}

/** A *no* of these changes the call in place of refusing it: the answer is still the one that was asked for. */
const adapted: Partial<Record<CapabilityKey, RegExp>> = {
  stream_usage: /-stream_options/,
  system_role: /role:system>/,
  developer_role: /role:developer>/,
  temperature: /-temperature/,
  seed: /-seed/,
  embedding_base64: /embedding:float>base64/,
}
/** Told in the answer itself or seen by nobody: nothing to warn of. */
const unwarned: readonly CapabilityKey[] = ['stream_usage', 'embedding_base64']

const servers: readonly SimulatedServer[] = [
  ...hostedServers,
  ...ownServers,
  ...faultServers.filter(({ name }) => !/429|10 calls/.test(name)),
]

describe.concurrent('a yes works, a no is refused before it costs, what is ignored only warns', () => {
  test.for(servers)('$name', { timeout: 60_000 }, async (server, { expect }) => {
    const { client, model, served } = await connect(server)
    const { checks } = model.capabilities
    // Whatever is claimed is exercised.
    expect(Object.keys(checks).filter((key) => !(key in exercises[model.type]))).toEqual([])
    for (const [name, exercise] of Object.entries(exercises[model.type])) {
      const key = name as CapabilityKey
      const verdict = checks[key]?.verdict
      const before = served()
      const { param, made: answer } = exercise(client, 'proof')
      const outcome = await answer.then(
        (value) => value,
        (reason: unknown) => reason,
      )
      const refused = outcome instanceof APIError ? outcome : null
      const said = `${key} is ${verdict}: ${refused?.message ?? JSON.stringify(outcome)}`
      // Served only where it was shown.
      const isRefused = verdict === 'no' || (key === 'responses' && verdict !== 'yes')
      if (verdict === 'yes') expect(outcome, said).toMatchObject({ honoured: true })
      else if (verdict === 'no' && adapted[key]) {
        expect(refused, said).toBeNull()
        expect((outcome as { headers: Headers }).headers.get('x-patchbay-adapted'), said).toMatch(adapted[key])
      } else if (isRefused) {
        expect(refused, said).toMatchObject({ status: 400, code: 'unsupported_for_model' })
        // Where several stand in the way the first is named.
        const broader = [checks.streaming?.verdict === 'no' && 'stream', checks.tools?.verdict === 'no' && 'tools']
        expect([param, ...broader], said).toContain(refused?.param)
        expect(served(), said).toBe(before)
      } else if (verdict === 'ignored') {
        expect(refused?.code, said).not.toBe('unsupported_for_model')
        expect(served(), said).toBe(before + 1)
        const headers = refused?.headers ?? (outcome as { headers: Headers }).headers
        // An answer that comes whole is made into the stream that was asked for.
        const isMade = (key === 'streaming' || key === 'tools_streamed') && checks.streaming?.verdict === 'ignored'
        if (isMade) expect(outcome, said).toMatchObject({ honoured: true })
        if (isMade) expect(headers?.get('x-patchbay-adapted'), said).toContain('answer:whole>stream')
        if (!unwarned.includes(key))
          expect(headers?.get('x-patchbay-ignored'), said).toContain(isMade ? 'stream' : param)
      } else if (checks.tools?.verdict !== 'no' && checks.streaming?.verdict !== 'no')
        expect(refused?.code, said).not.toBe('unsupported_for_model')
    }
    if (model.type !== 'chat') return
    for (const exercise of boundExercises) {
      const { param, made: answer } = exercise(client, 'proof')
      expect(await answer, param).toMatchObject({ honoured: true })
    }
  })
})

describe('a pin overrides what was found', () => {
  const [groq] = hostedServers.filter(({ name }) => name === 'Groq')
  test('in both ways, from the next call on', async ({ expect }) => {
    const { client, model, scope, served } = await connect(groq!)
    const ask = (body: object) =>
      client.chat.completions.create({ model: 'proof', messages: [{ role: 'user', content: 'Hi' }], ...body })
    await expect(ask({ n: 2 })).rejects.toMatchObject({ code: 'unsupported_for_model' })
    await house.models.pinCapability(scope, { id: model.id, capability: 'n', verdict: 'yes', reason: 'it was mended' })
    await house.models.pinCapability(scope, { id: model.id, capability: 'stop', verdict: 'no', reason: 'it loops' })
    await house.feed.refresh()
    const before = served()
    await expect(ask({ stop: ['x'] })).rejects.toMatchObject({ code: 'unsupported_for_model' })
    expect(served()).toBe(before)
    // The server is asked again, with what the profile would drop, and says so itself.
    await expect(ask({ n: 2 })).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter' })
    expect(served()).toBe(before + 1)
  })
})

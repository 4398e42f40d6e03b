import OpenAI from 'openai'
import { beforeAll, expect, test, vi } from 'vitest'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { createHttpDoor } from '../../../server/http-door.ts'
import type { IntakeView } from '../schema.ts'

const { database, url } = await testDatabase()
const { runtime, practice } = await testInstallation(url)
const { models, tenancy, gateway, feed, ledger } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const { person } = await tenancy.claim(
  { request, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Movers' },
)
const scope = await tenancy.scopeForPerson(person, 'movers')

const keys = {
  OPENAI_API_KEY: 'sk-practice-litellmopenai01',
  LLAMA_KEY_ONE: 'sk-practice-litellmllama001',
  LLAMA_KEY_TWO: 'sk-practice-litellmllama002',
}
const literal = 'sk-practice-litellminfile01'
const at = `api_base: "${practice.url}"`
/** What a team that leaves LiteLLM has: ten entries. */
const config = `
model_list:
  - { model_name: gpt-4o, litellm_params: { model: openai/practice-chat, ${at}, api_key: os.environ/OPENAI_API_KEY, input_cost_per_token: 0.00000015, output_cost_per_token: 6e-07 } }
  - { model_name: team/small, litellm_params: { model: openai/practice-small, ${at}, api_key: ${literal} } }
  - { model_name: llama, litellm_params: { model: openai/practice-chat, ${at}, api_key: os.environ/LLAMA_KEY_ONE, rpm: 30 } }
  - { model_name: llama, litellm_params: { model: openai/practice-chat, ${at}, api_key: os.environ/LLAMA_KEY_TWO, rpm: 10 } }
  - { model_name: text-embedding-3-small, litellm_params: { model: openai/practice-embed, ${at}, api_key: os.environ/OPENAI_API_KEY }, model_info: { mode: embedding } }
  - { model_name: legacy, litellm_params: { model: text-completion-openai/practice-completion, ${at}, api_key: os.environ/OPENAI_API_KEY } }
  - { model_name: "groq/*", litellm_params: { model: "groq/*", api_key: os.environ/GROQ_API_KEY } }
  - { model_name: bedrock-claude, litellm_params: { model: bedrock/anthropic.claude-v2, aws_region_name: us-east-1 } }
  - { model_name: claude, litellm_params: { model: anthropic/claude-sonnet-4, api_key: os.environ/ANTHROPIC_API_KEY } }
  - { model_name: gone, litellm_params: { model: openai/practice-chatt, ${at}, api_key: os.environ/OPENAI_API_KEY } }
router_settings: { model_group_alias: { gpt-4: gpt-4o, best: llama } }
general_settings: { master_key: sk-1234 }
`

const finished = ({ id }: IntakeView): Promise<IntakeView> =>
  vi.waitUntil(
    async () => {
      const intake = await models.getIntake(scope, { id })
      return intake.status === 'finished' && intake
    },
    { timeout: 25_000, interval: 50 },
  )

const port: number = await listen(
  createHttpDoor({
    gateway,
    isOurHost: (host) => createHostCheck({ bind: '127.0.0.1', port, publicUrls: [] })(host),
    notReady: () => [],
    onError: (error) => {
      throw error
    },
  }),
)
let client: OpenAI
let result: IntakeView

beforeAll(async () => {
  const plan = await models.previewIntake(scope, { source: 'litellm', text: config })
  expect(plan.asks.map(({ label }) => label).sort()).toEqual(Object.keys(keys).sort())
  expect(plan.skipped.map(({ name }) => name)).toEqual(['groq/*', 'bedrock-claude', 'claude'])
  expect(JSON.stringify(plan)).not.toContain(literal)
  const rows = plan.rows.map(({ key }) => ({ key }))
  const answers = Object.fromEntries(Object.entries(keys).map(([name, key]) => [`env:${name}`, key]))
  result = await finished(await models.startIntake(scope, { source: 'litellm', text: config, rows, answers }))
  const { secret } = await tenancy.createKey(scope, { name: 'a client' })
  await feed.refresh()
  // All that a client changes.
  client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: secret, maxRetries: 0 })
})

test('each model is validated and saved, and one that fails stops no other', () => {
  expect(result.rows.map(({ name, state, message }) => [name, state, message])).toEqual([
    ['gpt-4o', 'added', ''],
    ['team/small', 'added', ''],
    ['llama 1', 'added', ''],
    ['llama 2', 'added', ''],
    ['text-embedding-3-small', 'added', ''],
    ['legacy', 'added', ''],
    ['gone', 'failed', 'Not served here. Did you mean practice-chat?'],
  ])
})

test.each(['gpt-4o', 'gpt-4', 'team/small', 'llama', 'best'])('the old name %s answers a chat', async (model) => {
  const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }] })
  expect(answer.choices[0]?.message.content).toEqual(expect.any(String))
})

test('the old names of an embedding and of a completion answer', async () => {
  const embedding = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hello' })
  expect(embedding.data[0]?.embedding).toHaveLength(512)
  const completion = await client.completions.create({ model: 'legacy', prompt: 'Hello', max_tokens: 8 })
  expect(completion.choices[0]?.text).toEqual(expect.any(String))
})

test('a group spreads calls over its models by weight, and the list tells of it', async () => {
  const { members } = await models.getGroup(scope, { address: 'llama' })
  expect(members.map(({ name, weight, share }) => [name, weight, share])).toEqual([
    ['llama 1', 3, 0.75],
    ['llama 2', 1, 0.25],
  ])
  const served = () => [keys.LLAMA_KEY_ONE, keys.LLAMA_KEY_TWO].map((key) => practice.account(key).calls)
  const before = served()
  await Promise.all(
    Array.from({ length: 80 }, () =>
      client.chat.completions.create({ model: 'llama', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 }),
    ),
  )
  const counts = served().map((calls, index) => calls - before[index]!)
  expect(counts[0]! + counts[1]!).toBe(80)
  // Twenty are expected; that it is under 3 or over 45 happens once in a hundred million runs.
  expect(counts[1]!).toBeGreaterThanOrEqual(3)
  expect(counts[1]!).toBeLessThanOrEqual(45)
  const listed = await client.models.list()
  expect(listed.data.map(({ id }) => id)).toEqual(expect.arrayContaining(['gpt-4o', 'llama', 'best']))
  expect(await client.models.retrieve('llama')).toMatchObject({
    id: 'llama',
    patchbay: {
      group: [
        { model: 'llama-1', weight: 3 },
        { model: 'llama-2', weight: 1 },
      ],
    },
  })
})

test('a key that may call one model of a group gets that one, every time', async () => {
  const { items } = await models.listModels(scope, { search: 'llama 2' })
  const { secret } = await tenancy.createKey(scope, { name: 'narrow', modelIds: [items[0]!.id] })
  await feed.refresh()
  const narrow = new OpenAI({ baseURL: client.baseURL, apiKey: secret, maxRetries: 0 })
  const before = practice.account(keys.LLAMA_KEY_TWO).calls
  for (let call = 0; call < 10; call++)
    await narrow.chat.completions.create({ model: 'llama', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 })
  expect(practice.account(keys.LLAMA_KEY_TWO).calls - before).toBe(10)
  expect((await narrow.models.list()).data.map(({ id }) => id)).toEqual(['llama-2', 'best', 'llama'])
})

test('prices came along, per 1M tokens', async () => {
  expect(await models.getModel(scope, { id: 'gpt-4o' })).toMatchObject({ inputPrice: '0.15', outputPrice: '0.6' })
})

test('the last call of an address is told', async () => {
  await ledger.flush()
  const uses = await models.listAddresses(scope, { id: 'gpt-4o' })
  expect(uses.map(({ address, lastUsedAt }) => [address, lastUsedAt !== null])).toEqual([
    ['gpt-4o', true],
    ['gpt-4', true],
  ])
  expect((await models.getGroup(scope, { address: 'llama' })).lastUsedAt).not.toBeNull()
})

test('no key is found in what is stored of it', async () => {
  const { rows } = await database.pool.query(
    'select row_to_json(i) as row from model_intakes i union all select row_to_json(v) from validations v union all select row_to_json(a) from audits a',
  )
  const text = JSON.stringify(rows) + JSON.stringify(await models.exportModels(scope)) + JSON.stringify(result)
  for (const key of [literal, ...Object.values(keys)]) expect(text).not.toContain(key)
})

test('imported a second time, what is here already is left out', async () => {
  const plan = await models.previewIntake(scope, { source: 'litellm', text: config })
  expect(plan.rows.find(({ name }) => name === 'team/small')?.conflict).toBe(
    '“team/small” is the address of another model.',
  )
  const row = plan.rows.find(({ name }) => name === 'team/small')!
  const again = await finished(
    await models.startIntake(scope, { source: 'litellm', text: config, rows: [{ key: row.key }] }),
  )
  expect(again.rows).toMatchObject([{ state: 'skipped', message: row.conflict }])
})

import { describe, expect, test } from 'vitest'
import { type ModelType, modelTypes } from '#lib/models/schema.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testHouse } from '#lib/testing/house.ts'
import { startForTests } from '#lib/testing/practice-client.ts'
import { hasPython, isWholePython, runSnippet, withKey } from '#lib/testing/run-snippet.ts'
import { createHttpDoor } from '../../server/http-door.ts'
import { callSnippets, snippetsFor } from './snippets.ts'

const { database } = await testDatabase()
const house = await testHouse(database)
const { practice } = await startForTests()
const port: number = await listen(
  createHttpDoor({
    gateway: house.gateway,
    isOurHost: (host) => createHostCheck({ bind: '127.0.0.1', port, publicUrls: [] })(host),
    notReady: () => [],
    onError: (error) => {
      throw error
    },
  }),
)
const gatewayUrl = `http://127.0.0.1:${port}/v1`
const slugs: Record<ModelType, string> = {
  chat: 'practice-chat',
  completion: 'practice-completion',
  embedding: 'practice-embed',
  image: 'practice-image',
}
for (const type of modelTypes) house.model(slugs[type], practice.url, { type })

/** What each prints when its call was answered. */
const printed: Record<ModelType, RegExp> = {
  chat: /\w{2,}/,
  completion: /\w{2,}/,
  embedding: /^\d{2,}$/,
  image: /^(\d{2,}|https?:\/\/\S+)$/,
}

describe.each(modelTypes)('%s', (type) => {
  test.each(snippetsFor(type, slugs[type], gatewayUrl, { apiKey: house.key, base64: true }))(
    '$label runs as pasted',
    async (snippet) => {
      if (snippet.label === 'Python' && !hasPython) {
        expect(isWholePython(snippet.code)).toBe(true)
        return
      }
      const { code, stdout, stderr } = await runSnippet(snippet, `${type}-${snippet.label.replace(/\W/g, '')}`)
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
      if (snippet.label === 'curl') expect(JSON.parse(stdout)).toHaveProperty(type === 'image' ? 'data' : 'usage')
      else expect(stdout.trim()).toMatch(printed[type])
    },
  )
})

test('without a key the snippets read it from PATCHBAY_API_KEY alone', () => {
  for (const type of modelTypes) {
    for (const { code } of snippetsFor(type, slugs[type], gatewayUrl)) {
      expect(code).toContain('PATCHBAY_API_KEY')
      expect(code).not.toMatch(/pb_|\?\?=|setdefault|export /)
    }
  }
})

test('an address with quotes stays one string in every language', async () => {
  const address = `it's "quoted"`
  house.model(address, practice.url, { type: 'embedding', modelId: 'practice-embed' })
  for (const snippet of snippetsFor('embedding', address, gatewayUrl, { apiKey: house.key })) {
    if (snippet.label === 'Python' && !hasPython) continue
    const { code, stderr } = await runSnippet(snippet, `quotes-${snippet.label.replace(/\W/g, '')}`)
    expect({ label: snippet.label, code, stderr }).toMatchObject({ code: 0 })
  }
})

test('a call as it stands in an editor is sent as it stands: functions, schema, quotes, what OpenAI does not know', async () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const body = {
    model: slugs.chat,
    messages: [
      { role: 'system', content: 'It\'s "short"\n\\ $HOME `x` $(1)' },
      { role: 'user', content: 'The weather in Paris?' },
    ],
    temperature: 0.5,
    stop: ['###'],
    tools: [{ type: 'function', function: { name: 'get_weather', description: "today's", parameters, strict: true } }],
    parallel_tool_calls: false,
    metadata: { 'a-b': 'null' },
    verbosity: 'low',
  }
  for (const snippet of callSnippets('chat', body, gatewayUrl, ['verbosity'])) {
    if (snippet.label === 'Python' && !hasPython) continue
    const { stdout, stderr } = await runSnippet(withKey(snippet, house.key), `call-${snippet.label}`)
    expect({ label: snippet.label, stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('get_weather') })
    expect(stdout).toContain('Paris')
  }
})

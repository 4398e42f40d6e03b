import { describe, expect, test } from 'vitest'
import { CapabilityCard, type ModelEntry, WireProfile } from '#lib/models/schema.ts'
import { missingCapability } from './capabilities.ts'
import { routeOf } from './endpoints.ts'
import { readRequest } from './read-request.ts'
import { prepareRequest } from './request-edit.ts'
import type { GatewayCall } from './schema.ts'

function entryOf(changes: Partial<Omit<ModelEntry, 'profile'>> & { profile?: Partial<WireProfile> } = {}): ModelEntry {
  return {
    id: 'mdl_1',
    workspaceId: 'wsp_1',
    version: 1,
    type: 'chat',
    name: 'Model',
    slug: 'model',
    modelId: 'org/real:v1',
    region: 'own',
    baseUrl: 'http://127.0.0.1:1/v1',
    credential: { group: '', refused: false },
    state: 'active',
    maxTokens: null,
    temperature: null,
    contextTokens: null,
    paths: {},
    timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
    capabilities: CapabilityCard.parse({}),
    price: null,
    createdAt: 0,
    ...changes,
    profile: WireProfile.parse(changes.profile ?? {}),
  }
}

const paths = {
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
  embedding: '/v1/embeddings',
  image: '/v1/images/generations',
}

function read(body: string | Uint8Array, type: ModelEntry['type'] = 'chat', headers: GatewayCall['headers'] = {}) {
  const route = routeOf('POST', paths[type])
  if (route.kind !== 'call') throw new Error(route.kind)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return readRequest(
    { method: 'POST', path: '', headers, body: bytes, peer: '', signal: new AbortController().signal, receivedAtMs: 0 },
    route.endpoint,
  )
}

function edit(body: string, entry: ModelEntry) {
  const result = read(body, entry.type)
  if (!result.ok) throw new Error(result.error.message)
  const prepared = prepareRequest(result.request, entry)
  if (!prepared.ok) throw new Error(prepared.error.message)
  return { ...prepared.prepared, text: Buffer.from(prepared.prepared.bytes).toString('utf8') }
}

describe('a body on its way to the upstream', () => {
  test('differs in the model alone, to the byte', () => {
    const body =
      '{ "n" : 12345678901234567890, "x":1e400,\n"y":-0, "model": "slug", "messages":[{"role":"user","content":"\\u00e9\\ud83d\\ude00 \u00e9"}] }\n'
    const { text, adapted } = edit(body, entryOf())
    expect(text).toBe(body.replace('"slug"', '"org/real:v1"'))
    expect(adapted).toEqual([])
  })

  test('is the very same where nothing has to differ', () => {
    const result = read('{"model":"org/real:v1","messages":[]}')
    if (!result.ok) throw new Error(result.error.message)
    const prepared = prepareRequest(result.request, entryOf())
    expect(prepared.ok && prepared.prepared.bytes).toBe(result.request.object.bytes)
  })

  test('finds the model under an escaped name', () => {
    expect(edit('{"mod\\u0065l":"slug"}', entryOf()).text).toBe('{"mod\\u0065l":"org/real:v1"}')
  })

  test('loses our extensions and keeps what it does not know', () => {
    const body =
      '{"name":"x","model":"m","identity":{"id":"u"},"made_up":[1],"thread":{"id":"t"},"metadata":{"a":"b"},"timeout":null}'
    expect(JSON.parse(edit(body, entryOf()).text)).toEqual({ model: 'org/real:v1', made_up: [1], metadata: { a: 'b' } })
  })

  test.each([
    ['{"model":"m"}', {}, { max_tokens: 100 }, ['+max_tokens']],
    ['{"model":"m","max_tokens":null}', {}, { max_tokens: 100 }, ['+max_tokens']],
    ['{"model":"m","max_tokens":50}', {}, { max_tokens: 50 }, []],
    ['{"model":"m","max_tokens":500}', {}, { max_tokens: 100 }, ['max_tokens=100']],
    ['{"model":"m","max_completion_tokens":500}', {}, { max_completion_tokens: 100 }, ['max_completion_tokens=100']],
    [
      '{"model":"m","max_tokens":7}',
      { maxTokensParameter: 'max_completion_tokens' },
      { max_completion_tokens: 7 },
      ['max_tokens>max_completion_tokens'],
    ],
    [
      '{"model":"m","max_completion_tokens":700}',
      { maxTokensParameter: 'max_tokens' },
      { max_tokens: 100 },
      ['max_completion_tokens>max_tokens', 'max_tokens=100'],
    ],
    [
      '{"model":"m","max_completion_tokens":7,"max_tokens":8}',
      { maxTokensParameter: 'max_completion_tokens' },
      { max_completion_tokens: 7 },
      ['-max_tokens'],
    ],
    [
      '{"model":"m"}',
      { maxTokensParameter: 'max_completion_tokens' },
      { max_completion_tokens: 100 },
      ['+max_completion_tokens'],
    ],
  ] as [string, Partial<WireProfile>, object, string[]][])(
    'keeps the output within Max Tokens: %s %j',
    (body, profile, expected, told) => {
      const { text, adapted } = edit(body, entryOf({ maxTokens: 100, profile }))
      const { model, ...rest } = JSON.parse(text)
      expect(model).toBe('org/real:v1')
      expect(rest).toEqual(expected)
      expect(adapted).toEqual(told)
    },
  )

  test('gets the default temperature only where none was sent', () => {
    const entry = entryOf({ temperature: 0.2 })
    expect(JSON.parse(edit('{"model":"m"}', entry).text).temperature).toBe(0.2)
    expect(JSON.parse(edit('{"model":"m","temperature":1}', entry).text).temperature).toBe(1)
    expect(
      JSON.parse(edit('{"model":"m"}', entryOf({ temperature: 0.2, profile: { drop: ['temperature'] } })).text),
    ).not.toHaveProperty('temperature')
  })

  test('is told of the index that streamed tool calls get, where they can come', () => {
    const entry = entryOf({ profile: { toolIndexMissing: true, streamUsage: 'never' } })
    expect(edit('{"model":"m","stream":true,"tools":[{}]}', entry).adapted).toEqual(['+tool_calls.index'])
    expect(edit('{"model":"m","stream":true}', entry).adapted).toEqual([])
    expect(edit('{"model":"m","tools":[{}]}', entry).adapted).toEqual([])
  })

  test('may ask a completion model for no tokens, which scores the prompt', () => {
    const body = '{"model":"m","prompt":"a","max_tokens":0,"echo":true}'
    expect(edit(body, entryOf({ type: 'completion' })).outputTokensMax).toBe(0)
    expect(() => edit('{"model":"m","max_tokens":0}', entryOf())).toThrow('max_tokens must be a whole number')
  })

  test('loses what the server refuses, and says so', () => {
    const { text, adapted } = edit(
      '{"model":"m","seed":1,"stop":"x"}',
      entryOf({ profile: { drop: ['seed', 'logprobs', 'model'] } }),
    )
    expect(JSON.parse(text)).toEqual({ model: 'org/real:v1', stop: 'x' })
    expect(adapted).toEqual(['-seed'])
  })

  test('gains what the server demands where the caller left it open', () => {
    const entry = entryOf({ type: 'embedding', profile: { add: { input_type: 'query' } } })
    const { text, adapted } = edit('{"model":"m","input":"a"}', entry)
    expect(JSON.parse(text).input_type).toBe('query')
    expect(adapted).toEqual(['+input_type'])
    const own = edit('{"model":"m","input":"a","input_type":"passage"}', entry)
    expect(JSON.parse(own.text).input_type).toBe('passage')
    expect(own.adapted).toEqual([])
  })

  test('tells what the server was shown to ignore, only where the call asks for it', () => {
    const ignored = { verdict: 'ignored', detail: '', pinned: false } as const
    const entry = entryOf({
      capabilities: CapabilityCard.parse({ checks: { stop: ignored, n: ignored, tools: ignored } }),
    })
    expect(edit('{"model":"m","stop":["x"],"n":2}', entry).ignored).toEqual(['stop', 'n'])
    expect(edit('{"model":"m","n":1,"tools":[]}', entry).ignored).toEqual([])
  })

  test.each([
    ['{"model":"m","stream":true}', 'ask', { include_usage: true }, true],
    ['{"model":"m","stream":true,"stream_options":null}', 'ask', { include_usage: true }, true],
    ['{"model":"m","stream":true,"stream_options":{"x":1}}', 'ask', { x: 1, include_usage: true }, true],
    ['{"model":"m","stream":true,"stream_options":{"include_usage":false}}', 'ask', { include_usage: true }, true],
    ['{"model":"m","stream":true,"stream_options":{"include_usage":true}}', 'ask', { include_usage: true }, false],
    ['{"model":"m","stream":true}', 'always', undefined, false],
    ['{"model":"m","stream":false}', 'ask', undefined, false],
  ] as [string, WireProfile['streamUsage'], object | undefined, boolean][])(
    'asks for usage where the server takes it: %s (%s)',
    (body, streamUsage, options, injected) => {
      const { text, injectedUsage } = edit(body, entryOf({ profile: { streamUsage } }))
      expect(JSON.parse(text).stream_options).toEqual(options)
      expect(injectedUsage).toBe(injected)
    },
  )

  test('names roles as the server knows them and touches nothing else of a message', () => {
    const body =
      '{"model":"m","messages":[ {"content":"\\"role\\":\\"system\\"" , "role" : "system"},{"role":"developer","x":1e400},{"role":"user","content":[{"role":"system"}]} ]}'
    const { text, adapted } = edit(body, entryOf({ profile: { systemRole: 'user', developerRole: 'system' } }))
    expect(text).toBe(
      body
        .replace('"m"', '"org/real:v1"')
        .replace('"role" : "system"', '"role" : "user"')
        .replace('"developer"', '"system"'),
    )
    expect(adapted).toEqual(['role:system>user', 'role:developer>system'])
  })

  test('gives thoughts back under the name that the server has for them', () => {
    const body =
      '{"model":"m","messages":[{"role":"assistant","reasoning_content":"a \\"reasoning_content\\"","content":"b"},{"role":"user","content":"c"}]}'
    const { text, adapted } = edit(body, entryOf({ profile: { reasoningField: 'reasoning', systemRole: 'user' } }))
    expect(text).toBe(body.replace('"m"', '"org/real:v1"').replace('"reasoning_content":', '"reasoning":'))
    expect(adapted).toEqual(['reasoning_content>reasoning'])
    const same = edit(body, entryOf({ profile: { reasoningField: 'reasoning_content' } }))
    expect(same.adapted).toEqual([])
  })

  test('asks for embeddings in the encoding that the server speaks', () => {
    const entry = entryOf({ type: 'embedding', profile: { embeddingEncodings: 'float' } })
    expect(JSON.parse(edit('{"model":"m","input":"a","encoding_format":"base64"}', entry).text).encoding_format).toBe(
      'float',
    )
    expect(edit('{"model":"m","input":"a"}', entry).adapted).toEqual([])
  })
})

describe('a body is refused', () => {
  test.each([
    ['', null, 'empty'],
    ['{"model":"a"', null, 'not valid JSON'],
    ['[]', null, 'must be a JSON object'],
    ['{"model":"a","model":"b"}', 'model', 'twice'],
    ['{"model":"a","mod\\u0065l":"b"}', 'model', 'twice'],
    ['\ufeff{"model":"a"}', null, 'byte order mark'],
    [`{"model":"a","x":${'['.repeat(64)}${']'.repeat(64)}}`, null, '64 levels'],
    ['{"messages":[]}', 'model', 'missing'],
    ['{"model":3}', 'model', 'address'],
    ['{"model":""}', 'model', 'address'],
    ['{"model":"a","stream":"yes"}', 'stream', 'true or false'],
    ['{"model":"a","metadata":{"a":1}}', 'metadata.a', 'metadata.a'],
    ['{"model":"a","identity":"me"}', 'identity', 'identity'],
    ['{"model":"a","identity":{"id":"u","role":"x"}}', 'identity.role', 'not a known member'],
    ['{"model":"a","timeout":{"idle":0}}', 'timeout.idle', 'timeout.idle'],
    ['{"model":"a","cache":{"type":"exact_match","ttl":0}}', 'cache.ttl', 'cache.ttl'],
    ['{"model":"a","cache":{"type":"exact_match","ttl":1,"key":"x"}}', 'cache.key', 'not a known member'],
    ['{"model":"a","variables":{}}', 'variables', 'for deployments'],
    ['{"model":"deployment/a","variables":[]}', 'variables', 'must be an object'],
    ['{"model":"a","retry":3}', 'retry', 'retry'],
    ['{"model":"a","retry":{}}', 'retry.count', 'retry.count'],
    ['{"model":"a","retry":{"count":6}}', 'retry.count', 'retry.count'],
    ['{"model":"a","retry":{"count":-1}}', 'retry.count', 'retry.count'],
    ['{"model":"a","retry":{"count":1,"on_codes":[503,401]}}', 'retry.on_codes[1]', '408, 409, 429 or 500 to 599'],
    ['{"model":"a","retry":{"count":1,"delay":2}}', 'retry.delay', 'not a known member'],
    ['{"model":"a","fallbacks":"b"}', 'fallbacks', 'fallbacks'],
    ['{"model":"a","fallbacks":["b"]}', 'fallbacks[0]', 'fallbacks[0]'],
    ['{"model":"a","fallbacks":[{"model":"b"},{"model":""}]}', 'fallbacks[1].model', 'fallbacks[1].model'],
    ['{"model":"a","fallbacks":[{"model":"b","base_url":"http://x"}]}', 'fallbacks[0].base_url', 'not a known member'],
    [`{"model":"a","fallbacks":[${Array(6).fill('{"model":"b"}').join(',')}]}`, 'fallbacks', 'fallbacks'],
    ['{"model":"a","load_balancer":{"models":[{"model":"b"}]}}', 'load_balancer.type', 'load_balancer.type'],
    [
      '{"model":"a","load_balancer":{"type":"fastest","models":[{"model":"b"}]}}',
      'load_balancer.type',
      'load_balancer.type',
    ],
    ['{"model":"a","load_balancer":{"type":"weighted","models":[]}}', 'load_balancer.models', 'load_balancer.models'],
    [
      '{"model":"a","load_balancer":{"type":"weighted","models":[{"model":"b","weight":0}]}}',
      'load_balancer.models[0].weight',
      'weight',
    ],
    [
      '{"model":"a","load_balancer":{"type":"weighted","models":[{"model":"b","url":"x"}]}}',
      'load_balancer.models[0].url',
      'not a known member',
    ],
    ['{"model":"a","timeout":{"total":1}}', 'timeout.total', 'not a known member'],
    ['{"model":"a","timeout":{"call_timeout":"1"}}', 'timeout.call_timeout', 'timeout.call_timeout'],
    ['{"model":"a","thread":{"id":""}}', 'thread.id', 'thread.id'],
    ['{"model":"a","thread":{"id":"t","x":1}}', 'thread.x', 'not a known member'],
    ['{"model":"a","name":""}', 'name', 'name'],
  ])('%s', (body, param, message) => {
    const result = read(body)
    expect(result.ok).toBe(false)
    if (result.ok) return
    expect(result.error.code).toBe('invalid_request')
    expect(result.error.status).toBe(400)
    expect(result.error.param).toBe(param)
    expect(result.error.message).toContain(message)
  })

  test('for invalid UTF-8, compressed bytes and an idempotency key on a stream', () => {
    expect(read(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])).ok).toBe(false)
    expect(read('{"model":"a"}', 'chat', { 'content-encoding': 'gzip' }).ok).toBe(false)
    expect(read('{"model":"a","stream":true}', 'chat', { 'idempotency-key': 'x' }).ok).toBe(false)
  })

  test('for a stream where nothing streams', () => {
    expect(read('{"model":"a","stream":true}', 'embedding').ok).toBe(false)
    expect(read('{"model":"a","stream":false}', 'embedding').ok).toBe(true)
  })
})

describe('what a model was shown not to do', () => {
  const no = { verdict: 'no', detail: '', pinned: false } as const
  const card = (...keys: string[]) => CapabilityCard.parse({ checks: Object.fromEntries(keys.map((key) => [key, no])) })
  const missing = (body: string, entry: ModelEntry) => {
    const result = read(body, entry.type)
    if (!result.ok) throw new Error(result.error.message)
    return missingCapability(result.request, entry)?.param ?? null
  }

  test.each([
    ['streaming', '{"model":"m","stream":true}', 'stream'],
    ['tools', '{"model":"m","tools":[{"type":"function"}]}', 'tools'],
    ['tools', '{"model":"m","tools":[]}', null],
    ['tools_required', '{"model":"m","tool_choice":"required"}', 'tool_choice'],
    ['tools_required', '{"model":"m","tool_choice":"auto"}', null],
    ['tools_named', '{"model":"m","tool_choice":{"type":"function"}}', 'tool_choice'],
    ['json_schema', '{"model":"m","response_format":{"type":"json_schema"}}', 'response_format'],
    ['json_schema', '{"model":"m","response_format":{"type":"json_object"}}', null],
    ['vision', '{"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"data:"}}]}]}', 'messages'],
    ['vision', '{"model":"m","messages":[{"content":"the word \\"image_url\\""}]}', null],
    ['n', '{"model":"m","n":2}', 'n'],
    ['n', '{"model":"m","n":1}', null],
    ['tools', '{"model":"m","tools":[{"type":"function"}],"tool_choice":"none"}', null],
    ['tools_parallel', '{"model":"m","tools":[{}],"parallel_tool_calls":true}', 'parallel_tool_calls'],
    ['tools_parallel', '{"model":"m","tools":[{}],"parallel_tool_calls":false}', null],
    ['tools_streamed', '{"model":"m","tools":[{}],"stream":true}', 'tools'],
    ['tools_streamed', '{"model":"m","tools":[{}]}', null],
    ['seed', '{"model":"m","seed":1}', 'seed'],
  ])('%s: %s', (key, body, param) => {
    expect(missing(body, entryOf({ capabilities: card(key) }))).toBe(param)
    expect(missing(body, entryOf())).toBe(null)
  })

  test('auto alone, where the model was shown to call when it is made to', () => {
    const checks = { tools: no, tools_required: { ...no, verdict: 'yes' }, tools_named: no }
    const entry = entryOf({ capabilities: CapabilityCard.parse({ checks }) })
    const tools = '"tools":[{"type":"function"}]'
    expect(missing(`{"model":"m",${tools}}`, entry)).toBe('tools')
    expect(missing(`{"model":"m",${tools},"tool_choice":"required"}`, entry)).toBe(null)
    expect(missing(`{"model":"m",${tools},"tool_choice":{"type":"function"}}`, entry)).toBe('tools')
  })

  test('a hint that the profile drops is dropped, what changes the answer is refused all the same', () => {
    const entry = entryOf({ capabilities: card('seed', 'n', 'stop'), profile: { drop: ['seed', 'n', 'stop'] } })
    expect(missing('{"model":"m","seed":1}', entry)).toBe(null)
    expect(missing('{"model":"m","n":2}', entry)).toBe('n')
    expect(missing('{"model":"m","stop":"x"}', entry)).toBe('stop')
    // One choice is what is meant anyway: it is cut, because the server refuses the name.
    expect(missing('{"model":"m","n":1}', entry)).toBe(null)
    expect(edit('{"model":"m","n":1}', entry).adapted).toEqual(['-n'])
  })

  test('a batch of embeddings, but not one input given as token numbers', () => {
    const entry = entryOf({ type: 'embedding', capabilities: card('embedding_batch') })
    expect(missing('{"model":"m","input":["a","b"]}', entry)).toBe('input')
    expect(missing('{"model":"m","input":[1,2,3]}', entry)).toBe(null)
    expect(missing('{"model":"m","input":[[1],[2]]}', entry)).toBe('input')
  })
})

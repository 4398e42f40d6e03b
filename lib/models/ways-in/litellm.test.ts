import { describe, expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { planLiteLlm } from './litellm.ts'
import type { PlanRow } from './plan.ts'
import { asksOf, toPlanView, toRawInput } from './plan.ts'

/** A configuration with one entry. */
const entry = (params: string, info = '', name = 'a') => `
model_list:
  - model_name: ${name}
    litellm_params: { ${params} }
    model_info: { ${info} }
`
const rowOf = (params: string, info = ''): PlanRow => {
  const plan = planLiteLlm(entry(params, info))
  expect(plan.skipped).toEqual([])
  return plan.rows[0]!
}
const reasonOf = (params: string, info = '', name = 'a') => planLiteLlm(entry(params, info, name)).skipped[0]?.reason
const failureOf = (text: string): string => {
  try {
    planLiteLlm(text)
  } catch (error) {
    if (error instanceof AppError) return error.fields?.text ?? ''
    throw error
  }
  return 'nothing failed'
}

describe('where an entry leads', () => {
  test.each([
    ['openai/gpt-4o', 'https://api.openai.com/v1', 'gpt-4o', 'us', 'env:OPENAI_API_KEY'],
    ['gpt-4o', 'https://api.openai.com/v1', 'gpt-4o', 'us', 'env:OPENAI_API_KEY'],
    [
      'groq/llama-3.3-70b-versatile',
      'https://api.groq.com/openai/v1',
      'llama-3.3-70b-versatile',
      'us',
      'env:GROQ_API_KEY',
    ],
    [
      'together_ai/meta-llama/Llama-3',
      'https://api.together.ai/v1',
      'meta-llama/Llama-3',
      'us',
      'env:TOGETHERAI_API_KEY',
    ],
    ['mistral/mistral-small', 'https://api.mistral.ai/v1', 'mistral-small', 'eu', 'env:MISTRAL_API_KEY'],
    ['deepseek/deepseek-chat', 'https://api.deepseek.com', 'deepseek-chat', 'apac', 'env:DEEPSEEK_API_KEY'],
    ['openrouter/openai/gpt-4o', 'https://openrouter.ai/api/v1', 'openai/gpt-4o', 'global', 'env:OPENROUTER_API_KEY'],
    ['xai/grok-4', 'https://api.x.ai/v1', 'grok-4', 'us', 'env:XAI_API_KEY'],
    [
      'fireworks_ai/llama-v3p1-8b',
      'https://api.fireworks.ai/inference/v1',
      'accounts/fireworks/models/llama-v3p1-8b',
      'us',
      'env:FIREWORKS_AI_API_KEY',
    ],
    ['cerebras/llama3.1-8b', 'https://api.cerebras.ai/v1', 'llama3.1-8b', 'us', 'env:CEREBRAS_API_KEY'],
  ])('%s goes to %s', (model, baseUrl, modelId, region, ask) => {
    const row = rowOf(`model: ${model}`)
    expect(row).toMatchObject({ baseUrl: { given: baseUrl }, modelId, region, apiKey: { ask } })
    expect(row.problem).toBeNull()
  })

  test.each([
    ['ollama/llama3', '', 'http://localhost:11434/v1'],
    ['ollama_chat/llama3', 'api_base: "http://10.0.0.5:11434"', 'http://10.0.0.5:11434/v1'],
    ['ollama/llama3', 'api_base: "http://10.0.0.5:11434/api/"', 'http://10.0.0.5:11434/v1'],
    ['hosted_vllm/qwen', 'api_base: "http://gpu:8000/v1"', 'http://gpu:8000/v1'],
    ['lm_studio/qwen', '', 'http://localhost:1234/v1'],
  ])('%s with %j is one of our own servers and needs no key', (model, base, baseUrl) => {
    expect(rowOf([`model: ${model}`, base].filter(Boolean).join(', '))).toMatchObject({
      baseUrl: { given: baseUrl },
      apiKey: null,
      region: 'own',
    })
  })

  test('a custom server without a key is not given the key of OpenAI', () => {
    const row = rowOf('model: openai/mine, api_base: "https://llm.example.com/v1"')
    expect(row).toMatchObject({ apiKey: { ask: 'key:llm.example.com', optional: true }, region: 'global' })
    expect(toRawInput(row, {})).toMatchObject({ noKey: true })
    expect(toRawInput(row, { 'key:llm.example.com': 'sk-1' })).toMatchObject({ noKey: false, apiKey: 'sk-1' })
  })

  test('a name with a prefix nobody knows keeps it where an address is given', () => {
    expect(rowOf('model: meta/Llama, api_base: "https://llm.example.com/v1"').modelId).toBe('meta/Llama')
  })

  test.each(['none', 'None', 'no-key'])('the key %s is no key', (key) => {
    expect(rowOf(`model: openai/x, api_base: "http://127.0.0.1:9/v1", api_key: ${key}`).apiKey).toBeNull()
  })

  test('Azure with a dated version keeps its classic address, deployment and all', () => {
    const row = rowOf(
      'model: azure/gpt-4o-eu, api_base: "https://eu.openai.azure.com/", api_version: "2024-10-21", api_key: k',
    )
    expect(row).toMatchObject({
      baseUrl: { given: 'https://eu.openai.azure.com/openai/deployments/gpt-4o-eu' },
      modelId: 'gpt-4o-eu',
      query: { 'api-version': { given: '2024-10-21' } },
      rest: { keyHeader: 'api-key' },
    })
  })

  test('Azure without a version is called by its newer address', () => {
    const row = rowOf('model: azure/dep, api_base: "https://eu.openai.azure.com", api_key: k')
    expect(row).toMatchObject({ baseUrl: { given: 'https://eu.openai.azure.com/openai/v1' }, query: {} })
  })

  test('an address in a variable is asked for', () => {
    const row = rowOf('model: azure/dep, api_base: os.environ/AZURE_API_BASE, api_key: os.environ/AZURE_API_KEY')
    expect(asksOf(row)).toEqual(['env:AZURE_API_BASE', 'env:AZURE_API_KEY'])
    expect(row.problem).toBeNull()
  })
})

describe('what is left out, and why', () => {
  test.each([
    ['model: bedrock/anthropic.claude-v2', 'Amazon Bedrock speaks an API of its own'],
    ['model: vertex_ai/gemini-pro', 'Vertex AI speaks an API of its own'],
    ['model: anthropic/claude-sonnet-4', 'https://api.anthropic.com/v1'],
    ['model: claude-3-haiku', 'https://api.anthropic.com/v1'],
    ['model: gemini/gemini-2.5-flash', 'generativelanguage.googleapis.com'],
    ['model: "openai/*", api_key: os.environ/X', 'A wildcard'],
    ['model: mystery/model', 'does not know “mystery”'],
    ['model: just-a-name', 'does not say which server'],
    ['model: hosted_vllm/x', 'no api_base'],
    ['model: os.environ/MODEL', 'variable of the environment'],
    ['model: azure/x, api_base: "https://a.example", azure_ad_token: t', 'Entra ID'],
    ['model: openai/gpt-4o, organization: [a, b]', 'Several organizations'],
    ['model: openai/whisper-1', 'has no Type here'],
    ['model: openai/x, litellm_credential_name: gone', 'no credential “gone”'],
    ['api_key: x', 'names no model'],
  ])('%s: %s', (params, reason) => {
    expect(reasonOf(params)).toContain(reason)
  })

  test('a wildcard as the name', () => {
    expect(reasonOf('model: openai/gpt-4o', '', '"openai/*"')).toContain('A wildcard')
  })

  test.each([
    ['rerank', 'rerank'],
    ['audio_transcription', 'audio_transcription'],
  ])('the mode %s', (mode, said) => {
    expect(reasonOf('model: openai/x', `mode: ${mode}`)).toContain(said)
  })

  test('an entry of another shape does not stop the others', () => {
    const plan = planLiteLlm('model_list: [7, {model_name: x}, {model_name: a, litellm_params: {model: gpt-4o}}]')
    expect(plan.rows).toHaveLength(1)
    expect(plan.skipped.map(({ name }) => name)).toEqual(['e1', 'x'])
  })

  test('what stands beside the list is named', () => {
    const { notes } = planLiteLlm(`${entry('model: gpt-4o, drop_params: true, seed: 12')}
litellm_settings: { fallbacks: [], cache: true }
general_settings: { master_key: sk-1234 }
router_settings: { routing_strategy: least-busy }`)
    expect(notes).toEqual([
      'litellm_settings is not taken over: fallbacks, cache.',
      'general_settings is not taken over: master_key.',
      'Of router_settings is not taken over: routing_strategy.',
    ])
    expect(rowOf('model: gpt-4o, drop_params: true, seed: 12').notes).toEqual([
      'drop_params is not taken over.',
      'seed is not taken over.',
    ])
  })
})

describe('what an entry holds', () => {
  test('prices per token become prices per 1M, exactly, from either place', () => {
    expect(
      rowOf(
        'model: gpt-4o, input_cost_per_token: 0.00000059',
        'output_cost_per_token: 7.9e-07, cache_read_input_token_cost: 0',
      ).rest,
    ).toMatchObject({ inputPrice: '0.59', outputPrice: '0.79', cachedInputPrice: '0' })
  })

  test('a price finer than a millionth of a dollar per 1M is rounded; other kinds of price are named', () => {
    const row = rowOf('model: gpt-4o, input_cost_per_token: 0.00000012345678', 'input_cost_per_second: 0.1')
    expect(row.rest.inputPrice).toBe('0.123457')
    expect(row.notes).toEqual(['input_cost_per_second is not taken over: prices are per token or per image.'])
  })

  test('bounds, heat and waiting times', () => {
    expect(
      rowOf('model: gpt-4o, max_tokens: 20, temperature: 0.2, timeout: 300, stream_timeout: 60').rest,
    ).toMatchObject({
      maxTokens: 20,
      temperature: 0.2,
      timeouts: { totalMs: 300_000, firstByteMs: 60_000 },
    })
    expect(rowOf('model: gpt-4o', 'max_output_tokens: 4096, max_input_tokens: 128000').rest).toMatchObject({
      maxTokens: 4_096,
      contextTokens: 128_000,
    })
  })

  test.each([
    ['chat', 'chat'],
    ['responses', 'chat'],
    ['completion', 'completion'],
    ['embedding', 'embedding'],
    ['image_generation', 'image'],
  ])('the mode %s is the Type %s', (mode, type) => {
    expect(rowOf('model: openai/x', `mode: ${mode}`).type).toBe(type)
  })

  test('without a mode the name tells the Type', () => {
    expect(rowOf('model: text-embedding-3-small').type).toBe('embedding')
    expect(rowOf('model: text-completion-openai/x').type).toBe('completion')
  })

  test('headers and organization are taken, their variables asked for', () => {
    const row = rowOf(
      'model: gpt-4o, organization: org-1, extra_headers: {X-Team: os.environ/TEAM, "bad name": x, n: [1]}',
    )
    expect(row.headers).toEqual({ 'x-team': { ask: 'env:TEAM' }, 'openai-organization': { given: 'org-1' } })
    expect(row.notes).toHaveLength(2)
  })
})

describe('keys', () => {
  test('one variable is one question, whoever uses it; a key that the file gives is not shown', () => {
    const plan = planLiteLlm(`
model_list:
  - { model_name: a, litellm_params: { model: openai/a, api_key: os.environ/OPENAI_API_KEY } }
  - { model_name: b, litellm_params: { model: gpt-4o } }
  - { model_name: c, litellm_params: { model: groq/c, api_key: gsk-secret-in-the-file } }`)
    const view = toPlanView(plan)
    expect(view.asks).toMatchObject([{ id: 'env:OPENAI_API_KEY', kind: 'key', optional: false, usedBy: 2 }])
    expect(JSON.stringify(view)).not.toContain('gsk-secret')
    expect(toRawInput(plan.rows[2]!, {}).apiKey).toBe('gsk-secret-in-the-file')
  })

  test('a variable that the file itself sets is no question', () => {
    const plan = planLiteLlm(`${entry('model: groq/a')}environment_variables: { GROQ_API_KEY: gsk-own }`)
    expect(plan.asks).toEqual([])
    expect(toRawInput(plan.rows[0]!, {}).apiKey).toBe('gsk-own')
  })

  test('the server’s own environment is never read', () => {
    process.env.PATCHBAY_TEST_VARIABLE = 'secret of the server'
    const plan = planLiteLlm(entry('model: openai/a, api_key: os.environ/PATCHBAY_TEST_VARIABLE'))
    delete process.env.PATCHBAY_TEST_VARIABLE
    expect(JSON.stringify(plan)).not.toContain('secret of the server')
  })

  test('credentials that are kept in one place are put in', () => {
    const plan = planLiteLlm(`
model_list: [{ model_name: a, litellm_params: { model: azure/dep, litellm_credential_name: eu } }]
credential_list: [{ credential_name: eu, credential_values: { api_key: k, api_base: "https://eu.openai.azure.com" } }]`)
    expect(plan.rows[0]).toMatchObject({
      apiKey: { given: 'k' },
      baseUrl: { given: 'https://eu.openai.azure.com/openai/v1' },
    })
  })
})

describe('names', () => {
  test('one entry of a name is a model with an alias', () => {
    expect(planLiteLlm(entry('model: gpt-4o, rpm: 6', '', 'team/gpt 4')).rows).toMatchObject([
      {
        name: 'team/gpt 4',
        aliases: ['team/gpt 4'],
        groups: [],
        notes: ['rpm 6 is not taken over: it is a limit of LiteLLM’s.'],
      },
    ])
  })

  test('several entries of one name are a group, weighted as LiteLLM weighs them', () => {
    const list = (params: readonly string[]) =>
      `model_list:\n${params.map((each) => `  - { model_name: z, litellm_params: { model: gpt-4o, ${each} } }`).join('\n')}`
    const weights = (...params: string[]) =>
      planLiteLlm(list(params)).rows.map(({ groups }) => groups.flatMap(({ address, weight }) => [address, weight]))
    expect(weights('rpm: 60', 'rpm: 600', 'rpm: 60000')).toEqual([
      ['z', 1],
      ['z', 10],
      ['z', 1_000],
    ])
    expect(weights('weight: 9, rpm: 1', 'weight: 1, rpm: 9')).toEqual([
      ['z', 9],
      ['z', 1],
    ])
    expect(weights('tpm: 100000', 'tpm: 50000')).toEqual([
      ['z', 2],
      ['z', 1],
    ])
    expect(weights('seed: 1', 'seed: 2')).toEqual([
      ['z', 1],
      ['z', 1],
    ])
    const [first, second] = planLiteLlm(list(['weight: 5', 'seed: 1'])).rows
    expect([first?.name, second?.name, first?.aliases]).toEqual(['z 1', 'z 2', []])
    expect(second?.notes.at(-1)).toContain('It has no weight')
  })

  test('an alias of a group is a group too, one of a single model an alias', () => {
    const plan = planLiteLlm(`
model_list:
  - { model_name: a, litellm_params: { model: openai/a } }
  - { model_name: g, litellm_params: { model: openai/b, weight: 3 } }
  - { model_name: g, litellm_params: { model: openai/c, weight: 1 } }
router_settings: { model_group_alias: { one: a, two: { model: g, hidden: true }, gone: nothing, g: a } }`)
    expect(
      plan.rows.map(({ aliases, groups }) => [aliases, groups.map(({ address, weight }) => `${address} ${weight}`)]),
    ).toEqual([
      [['a', 'one'], []],
      [[], ['g 3', 'two 3']],
      [[], ['g 1', 'two 1']],
    ])
    expect(plan.notes).toHaveLength(2)
  })

  test('a name that cannot be an address here is said', () => {
    expect(planLiteLlm(entry('model: gpt-4o', '', 'deployment/x')).rows[0]).toMatchObject({
      aliases: [],
      notes: ['“deployment/x” cannot be an address here: This form of address is Patchbay’s own.'],
    })
  })
})

describe('a file that is none', () => {
  test.each([
    ['nothing', '', 'no model_list'],
    ['text', 'hello', 'no model_list'],
    ['another file', 'services: {}', 'no model_list'],
    ['an empty list', 'model_list: []', 'no model_list'],
    ['no YAML', 'model_list: [', 'line 1'],
    ['two documents', 'a: 1\n---\nb: 2', 'This is not YAML'],
    ['too large', 'x'.repeat(1_000_001), 'larger than 1 MB'],
    ['too deep', `model_list: ${'['.repeat(20_000)}`, 'nested too deeply'],
    ['an alias of nothing', 'model_list: *x', 'alias'],
    ['far too many keys', Array.from({ length: 60_000 }, (_, index) => `k${index}: x`).join('\n'), 'over 150,000'],
    ['itself inside', 'model_list: &a [*a]', 'alias'],
    ['too many entries', `model_list: [${'{},'.repeat(501)}]`, 'at most 500'],
    ['a thousand anchors', Array.from({ length: 1_001 }, (_, index) => `- &a${index} x`).join('\n'), 'anchors'],
  ])('%s is told so', (_what, text, said) => {
    expect(failureOf(text)).toContain(said)
  })

  test.each([
    ['aliases', (at: number) => `a${at}: &a${at} [*a${at - 1}, *a${at - 1}]`, 'a0: &a0 [x, x]'],
    ['merge keys', (at: number) => `a${at}: &a${at} {<<: [*a${at - 1}, *a${at - 1}]}`, 'a0: &a0 {k: x}'],
  ])('a bomb of %s does not go off', (_what, line, first) => {
    const text = [first, ...Array.from({ length: 40 }, (_, index) => line(index + 1))].join('\n')
    expect(failureOf(text)).toContain('too large once its aliases are written out')
  })

  test('anchors and merge keys are understood as PyYAML does', () => {
    const plan = planLiteLlm(`
common: &common { api_key: k, temperature: 0.5 }
model_list:
  - model_name: a
    litellm_params: { <<: *common, model: openai/a }`)
    expect(plan.rows[0]).toMatchObject({ apiKey: { given: 'k' }, rest: { temperature: 0.5 } })
  })
})

import { describe, expect, test } from 'vitest'
import { freeSlug, slugFromName } from './address.ts'
import { normaliseApiKey } from './api-key.ts'
import { alternativeBaseUrls, normaliseBaseUrl } from './base-url.ts'
import { ModelInput } from './input.ts'
import { readTemperature, readWhole } from './numbers.ts'
import { priceExample, readPrice } from './price.ts'
import { findPreset, serverPresets } from './servers.ts'

describe('a Base URL is cut to what operations are joined to, and every cut is said', () => {
  test.each([
    ['https://api.groq.com/openai/v1', 'https://api.groq.com/openai/v1', []],
    ['  https://api.groq.com/openai/v1\n', 'https://api.groq.com/openai/v1', []],
    ['https://api.groq.com/openai/v1/', 'https://api.groq.com/openai/v1', ['The slash at the end was cut']],
    ['https://api.openai.com/', 'https://api.openai.com', []],
    ['api.openai.com/v1', 'https://api.openai.com/v1', ['“https://” was added']],
    ['localhost:11434/v1', 'http://localhost:11434/v1', ['“http://” was added']],
    ['192.168.1.4:8000/v1', 'http://192.168.1.4:8000/v1', ['“http://” was added']],
    ['https://a.example/v1/chat/completions', 'https://a.example/v1', ['“/chat/completions” was cut from the end']],
    ['https://a.example/v1/completions/', 'https://a.example/v1', ['“/completions” was cut from the end']],
    ['https://a.example/v1/embeddings', 'https://a.example/v1', ['“/embeddings” was cut from the end']],
    ['https://a.example/v1/images/generations', 'https://a.example/v1', ['“/images/generations” was cut from the end']],
    ['https://a.example/v1/models', 'https://a.example/v1', ['“/models” was cut from the end']],
    ['https://a.example/v1/v1', 'https://a.example/v1', ['The doubled “/v1” was cut']],
    ['https://a.example//v1', 'https://a.example/v1', ['Doubled slashes were cut']],
    ['"https://a.example/v1"', 'https://a.example/v1', ['Quotes were cut']],
    ['HTTPS://API.Example.com/V1', 'https://api.example.com/V1', []],
    [
      'https://a.example/v1/v1/chat/completions',
      'https://a.example/v1',
      ['“/chat/completions” was cut from the end', 'The doubled “/v1” was cut'],
    ],
  ])('%s', (typed, url, notes) => {
    expect(normaliseBaseUrl(typed)).toMatchObject({ ok: true, url, notes })
  })

  test.each([
    ['', 'Enter the Base URL, for example https://api.groq.com/openai/v1.'],
    ['   ', 'Enter the Base URL, for example https://api.groq.com/openai/v1.'],
    ['gsk_abcdefgh12345678', 'This looks like an API key. Paste the address of the server here.'],
    ['https://a.example/ v1', 'A Base URL has no spaces or line breaks inside.'],
    ['https://a.example\\v1', 'A Base URL has no backslash. Use “/”.'],
    ['https://user:secret@a.example/v1', 'Put the credential into API Key, not into the Base URL.'],
    ['https://a.example@evil.example/v1', 'Put the credential into API Key, not into the Base URL.'],
    ['https://a.example/v1?key=1', 'A Base URL has no “?” part. Put query parameters under More.'],
    ['https://a.example/v1#x', 'A Base URL has no “#” part.'],
    ['ftp://a.example/v1', 'A Base URL begins with https:// or http://.'],
    ['javascript:alert(1)', 'A Base URL begins with https:// or http://.'],
    ['https://', 'This is not a web address. Example: https://api.groq.com/openai/v1.'],
    ['groq', 'This is not a web address. Example: https://api.groq.com/openai/v1.'],
    [`https://a.example/${'x'.repeat(2_048)}`, 'A Base URL has at most 2,048 characters.'],
  ])('%s is refused', (typed, message) => {
    expect(normaliseBaseUrl(typed)).toEqual({ ok: false, message })
  })
})

test('normalising a normal Base URL changes nothing', () => {
  for (const preset of serverPresets) {
    if (preset.baseUrl === '') continue
    expect(normaliseBaseUrl(preset.baseUrl)).toMatchObject({ ok: true, url: preset.baseUrl, notes: [] })
    expect(findPreset(preset.baseUrl)?.id).toBe(preset.id)
  }
})

test('other paths are tried where the path has no version, and without a /v1 where it has one', () => {
  expect(alternativeBaseUrls('https://a.example')).toEqual([
    'https://a.example/v1',
    'https://a.example/openai/v1',
    'https://a.example/api/v1',
  ])
  expect(alternativeBaseUrls('https://a.example/openai')[0]).toBe('https://a.example/openai/v1')
  expect(alternativeBaseUrls('https://a.example/v1')).toEqual(['https://a.example'])
  expect(alternativeBaseUrls('https://a.example/v1beta')).toEqual([])
})

describe('a pasted key is cleaned, and every change is said', () => {
  test.each([
    ['sk-abc', 'sk-abc', []],
    [' sk-abc\n', 'sk-abc', ['Spaces around the key were cut']],
    ['"sk-abc"', 'sk-abc', ['Quotes were cut']],
    ['Bearer sk-abc', 'sk-abc', ['“Bearer ” was cut']],
    ['Authorization: Bearer sk-abc', 'sk-abc', ['“Authorization:” was cut', '“Bearer ” was cut']],
    ['GROQ_API_KEY="sk-abc"', 'sk-abc', ['Quotes were cut', 'The name of the variable was cut']],
    ['sk-abc\n  def', 'sk-abcdef', ['Spaces and line ends were cut']],
  ])('%j', (typed, key, notes) => {
    const read = normaliseApiKey(typed, 'api.groq.com')
    expect(read).toMatchObject({ ok: true, key })
    expect(read.ok && [...read.notes].sort()).toEqual([...notes].sort())
  })

  test.each([
    ['', 'Paste the API key, or tick “This server needs no key”.'],
    ['pb_live_abc', 'This is a Patchbay key. Paste the key of api.groq.com.'],
    ['Bearer pb_live_abc', 'This is a Patchbay key. Paste the key of api.groq.com.'],
    ['https://api.groq.com/openai/v1', 'This looks like the Base URL.'],
    [
      'sk-…abcd',
      'An API key holds only plain letters, digits and signs. Copy it again; a shortened key does not work.',
    ],
    ['x'.repeat(8_193), 'An API key has at most 8,192 characters.'],
  ])('%j is refused', (typed, message) => {
    expect(normaliseApiKey(typed, 'api.groq.com')).toEqual({ ok: false, message })
  })
})

describe('a price', () => {
  test.each([
    ['0.59', '0.59'],
    ['0,59', '0.59'],
    ['$ 0.59', '0.59'],
    [0.59, '0.59'],
    [0, '0'],
    [5, '5'],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j is read as %j', (typed, price) => {
    expect(readPrice('inputPrice', typed)).toEqual({ ok: true, price })
  })

  test.each([
    ['abc', 'Type a price in USD, for example 0.59.'],
    ['-1', 'A price cannot be below 0.'],
    [-0.5, 'A price cannot be below 0.'],
    ['0.1234567', 'A price has at most 6 decimal places.'],
    ['1000001', 'A price is at most 1,000,000.'],
    [1e21, 'A price is at most 1,000,000.'],
    [Number.NaN, 'Type a price in USD, for example 0.59.'],
  ])('%j is refused', (typed, message) => {
    expect(readPrice('inputPrice', typed)).toEqual({ ok: false, message })
  })

  test('above 1,000 is said to be per 1M', () => {
    expect(readPrice('inputPrice', '1200')).toEqual({
      ok: true,
      price: '1200',
      warning: 'That is $1.20 a 1K tokens. Prices are per 1M.',
    })
    expect(readPrice('inputPrice', '1000')).toEqual({ ok: true, price: '1000' })
    expect(readPrice('imagePrice', '1200')).toEqual({ ok: true, price: '1200' })
  })

  test.each([
    ['0.00000059', '0.59', false],
    ['0,00000059', '0.59', false],
    [5.9e-7, '0.59', false],
    ['0.0000015', '1.5', false],
    ['0.00005', '50', true],
    ['0.000001', '1', true],
  ])('%j looks like a price per token, and one click corrects it to %s', (typed, value, accepted) => {
    const read = readPrice('outputPrice', typed)
    expect(read.ok).toBe(accepted)
    expect(read.fix).toEqual({ field: 'outputPrice', value, label: `Use ${value} per 1M` })
    expect(read.ok ? read.warning : read.message).toMatch(/^0\.0000\d+ looks like a price per token\.$/)
  })

  test('0.0001 is a price like any other', () => {
    expect(readPrice('inputPrice', '0.0001')).toEqual({ ok: true, price: '0.0001' })
  })

  test.each([
    ['chat', '0.59', '0.79', null, '1,000 tokens in and 1,000 out cost $0.00138.'],
    ['chat', '0', '0', null, 'Calls are free.'],
    ['chat', null, null, null, 'Without prices, calls are recorded as unpriced.'],
    ['chat', '1', null, null, 'Calls are recorded as unpriced until both prices are set.'],
    ['embedding', '0.1', null, null, '1,000 tokens cost $0.0001.'],
    ['image', null, null, '0.04', 'One picture costs $0.04.'],
    ['image', null, null, null, 'Without a price, calls are recorded as unpriced.'],
  ] as const)('example for %s at %s and %s', (type, inputPrice, outputPrice, imagePrice, text) => {
    expect(priceExample(type, { inputPrice, outputPrice, imagePrice })).toBe(text)
  })
})

test.each([
  ['0,2', 0.2],
  ['0.2', 0.2],
  [2, 2],
  ['0', 0],
  ['.7', 0.7],
  ['', null],
])('temperature %j is %j', (typed, value) => {
  expect(readTemperature(typed)).toEqual({ ok: true, value })
})
test.each(['2.1', '-0.1', 'hot', '1e1', '0.2.3', 3])('temperature %j is refused', (typed) => {
  expect(readTemperature(typed)).toEqual({ ok: false, message: 'Temperature is a number from 0 to 2.' })
})

test.each([
  ['8192', 8_192],
  ['8,192', 8_192],
  ['10 000 000', 10_000_000],
  [1, 1],
])('Max Tokens %j is %j', (typed, value) => {
  expect(readWhole(typed, 1, 10_000_000, 'no')).toEqual({ ok: true, value })
})
test.each(['0', '10000001', '1.5', '-3', '8k', '8,19', 1.5, Number.POSITIVE_INFINITY])(
  'Max Tokens %j is refused',
  (typed) => {
    expect(readWhole(typed, 1, 10_000_000, 'no')).toEqual({ ok: false, message: 'no' })
  },
)

test.each([
  ['Custom Groq Llama 3.3', '', 'custom-groq-llama-3-3'],
  ['Älteste Größe', '', 'alteste-grosse'],
  ['模型', 'Qwen/Qwen2.5-VL', 'qwen-qwen2-5-vl'],
  ['模型', '模型', 'model'],
  ['x'.repeat(100), '', 'x'.repeat(63)],
])('the slug of %s is %s', (name, modelId, slug) => {
  expect(slugFromName(name, modelId)).toBe(slug)
})

test('a taken slug gets the next free number and stays a slug', () => {
  const taken = new Set(['a', 'a-2', 'x'.repeat(63)])
  expect(freeSlug('b', (slug) => taken.has(slug))).toBe('b')
  expect(freeSlug('a', (slug) => taken.has(slug))).toBe('a-3')
  expect(freeSlug('x'.repeat(63), (slug) => taken.has(slug))).toBe(`${'x'.repeat(61)}-2`)
})

const filled = {
  type: 'chat',
  baseUrl: 'https://a.example/v1',
  apiKey: 'sk-abc',
  name: 'A model',
  modelId: 'org/model:7b.q4',
  region: 'us',
} as const

test('the form with what is required alone is a whole draft', () => {
  expect(ModelInput.parse(filled)).toMatchObject({
    type: 'chat',
    modelId: 'org/model:7b.q4',
    maxTokens: null,
    inputPrice: null,
    slug: '',
    aliases: [],
    keyHeader: 'authorization',
    headers: {},
    imageConsent: false,
  })
})

describe('each field has its own message', () => {
  test.each([
    ['type', { type: 'speech' }, 'Choose a Type: chat, completion, embedding or image.'],
    ['baseUrl', { baseUrl: 'x y' }, 'A Base URL has no spaces or line breaks inside.'],
    ['apiKey', { apiKey: '' }, 'Paste the API key, or tick “This server needs no key”.'],
    ['name', { name: ' ' }, 'Enter a name of 1 to 128 characters.'],
    ['name', { name: 'x'.repeat(129) }, 'Enter a name of 1 to 128 characters.'],
    ['modelId', { modelId: '' }, 'Enter the Model ID as the server names it.'],
    ['region', { region: 'mars' }, 'Choose a region: us, eu, uk, apac, global or own.'],
    ['description', { description: 'x'.repeat(501) }, 'At most 500 characters.'],
    ['maxTokens', { maxTokens: 0 }, 'Max Tokens is a whole number from 1 to 10,000,000.'],
    ['temperature', { temperature: '2,5' }, 'Temperature is a number from 0 to 2.'],
    ['inputPrice', { inputPrice: 'abc' }, 'Type a price in USD, for example 0.59.'],
    ['imagePrice', { imagePrice: '-1' }, 'A price cannot be below 0.'],
    ['slug', { slug: 'Not a slug' }, 'A slug has 1 to 63 of a-z, 0-9, “.” and “-”, and begins with a letter or digit.'],
    ['aliases.0', { aliases: [' x'] }, 'An alias has no spaces at its ends and no control characters.'],
    ['aliases.0', { aliases: ['deployment/x'] }, 'This form of address is Patchbay’s own.'],
    ['keyHeader', { keyHeader: 'host' }, 'The header host cannot be set here.'],
    ['headers.Host', { headers: { Host: 'x' } }, 'The header Host cannot be set here.'],
    [
      'headers.X-Forwarded-For',
      { headers: { 'X-Forwarded-For': 'x' } },
      'The header X-Forwarded-For cannot be set here.',
    ],
    [
      'headers.x-a',
      { headers: { 'x-a': 'a\r\nb: c' } },
      'A header’s value has 1 to 4,096 visible characters and no line breaks.',
    ],
    ['headers.a b', { headers: { 'a b': 'x' } }, 'A header’s name has only letters, digits and “-”.'],
    ['ca', { ca: 'hello' }, 'Paste a certificate in PEM form: it begins with -----BEGIN CERTIFICATE-----.'],
    [
      'timeouts.connectMs',
      { timeouts: { connectMs: 1 } },
      'A time limit is a whole number of milliseconds from 100 to 60,000.',
    ],
    ['paths.chat', { paths: { chat: '/a/../b' } }, 'A path begins with “/” and has no “?”, “#” or “..”.'],
    ['contextTokens', { contextTokens: 'many' }, 'The context length is a whole number from 1 to 100,000,000.'],
  ])('%s', (path, change, message) => {
    const parsed = ModelInput.safeParse({ ...filled, ...change })
    expect(parsed.success).toBe(false)
    expect(parsed.error?.issues.map((issue) => [issue.path.join('.'), issue.message])).toEqual([[path, message]])
  })

  test('a field nobody knows is named', () => {
    const parsed = ModelInput.safeParse({ ...filled, inputprice: 1 })
    expect(parsed.error?.issues[0]?.message).toContain('inputprice')
  })
})

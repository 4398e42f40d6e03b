import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseObject, readChat, readChatStream } from './chat-answer.ts'
import { isListed, listedMax, nearNames, readListing } from './listing.ts'
import { namedParameter } from './named-parameter.ts'
import { readPicture, readVectors } from './other-types.ts'
import { drawProbePicture, encodePng, namesPicture } from './picture.ts'
import { createShown } from './shown.ts'

describe('a listing', () => {
  const model = {
    id: 'a',
    kind: 'chat',
    contextTokens: null,
    inputPrice: null,
    outputPrice: null,
    cachedInputPrice: null,
    imagePrice: null,
  }
  test.each([
    [{ data: [{ id: 'a' }] }],
    [{ models: [{ name: 'models/a' }] }],
    [[{ id: 'a' }]],
    [{ object: 'list', data: [{ id: 'a' }, { id: 7 }, null] }],
  ])('%j is read', (json) => {
    expect(readListing(json)).toEqual({ models: [model], isCut: false })
  })
  test.each([[undefined], [null], ['text'], [{}], [{ error: {} }], [{ data: {} }], [[{ id: 7 }]]])(
    '%j is none',
    (json) => {
      expect(readListing(json)).toBeNull()
    },
  )
  test('context and prices are taken from the fields that servers use, exactly', () => {
    const pricing = { prompt: '0.00000059', completion: 0.00000079, input_cache_read: '0.0000000000001', image: '0.04' }
    expect(readListing([{ id: 'x', context_window: 8192, pricing }])?.models).toEqual([
      {
        id: 'x',
        kind: 'chat',
        contextTokens: 8192,
        inputPrice: '0.59',
        outputPrice: '0.79',
        cachedInputPrice: null,
        imagePrice: '0.04',
      },
    ])
    expect(readListing([{ id: 'x', max_model_len: -1, pricing: { prompt: '-1' } }])?.models[0]).toMatchObject({
      contextTokens: null,
      inputPrice: null,
    })
  })
  test('of a million models no more is read than the bound, and it says that it was cut', () => {
    const unread = {
      get id(): string {
        throw new Error('read beyond the bound')
      },
    }
    const data = Array.from({ length: 1_000_000 }, (_, index) => (index < listedMax ? { id: `m${index}` } : unread))
    const listing = readListing({ data })!
    expect(listing.models).toHaveLength(listedMax)
    expect(listing.isCut).toBe(true)
    expect(readListing({ data: data.slice(0, listedMax) })?.isCut).toBe(false)
  })
  test('what stands beyond the bound is neither listed nor absent', () => {
    const ids = Array.from({ length: listedMax + 1 }, (_, index) => ({ id: `m${index}` }))
    const cut = readListing(ids)
    expect(isListed(cut, 'm0')).toBe(true)
    expect(isListed(cut, `m${listedMax}`)).toBeNull()
    const whole = readListing(ids.slice(1))
    expect(isListed(whole, `m${listedMax}`)).toBe(true)
    expect(isListed(whole, 'm0')).toBe(false)
    expect(isListed(null, 'm0')).toBeNull()
  })
})

test.each([
  ['llama-3.3-70b-versatil', ['llama-3.3-70b-versatile']],
  ['LLAMA-3.3-70B-VERSATILE', ['llama-3.3-70b-versatile']],
  ['gpt-oss-20b', ['openai/gpt-oss-20b']],
  ['mixtral', []],
])('near names of %s are %j', (wanted, near) => {
  expect(nearNames(wanted, ['llama-3.3-70b-versatile', 'openai/gpt-oss-20b', 'whisper-large-v3'])).toEqual(near)
})

test('near names in a listing of ten thousand take no time worth speaking of', () => {
  const offered = Array.from({ length: 10_000 }, (_, index) => `vendor/some-long-model-name-${index}`)
  expect(nearNames('some-long-model-name-x', offered).length).toBeGreaterThan(0)
})

test.each([
  [
    "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
    undefined,
    'max_tokens',
  ],
  ['anything', 'temperature', 'temperature'],
  ['anything', 'body.temperature', 'temperature'],
  ['anything', 'response_format.type', 'response_format'],
  ["'n' must be 1.", undefined, 'n'],
  ['n other reason', undefined, null],
  ['the max_tokens_total is too high', undefined, null],
])('%j with param %j is about %s', (message, param, named) => {
  const sent = ['model', 'max_tokens', 'max_completion_tokens', 'temperature', 'n', 'response_format']
  expect(namedParameter({ message, ...(param && { param }) }, sent)).toBe(named)
})

describe('a chat answer', () => {
  test.each([[undefined], [{}], [{ choices: [] }], [{ choices: [{}] }], [{ error: { message: 'x' } }], ['<html>']])(
    '%j is none',
    (json) => {
      expect(readChat(json)).toBeNull()
    },
  )
  test('a stream is put together, tool calls without an index too', () => {
    const delta = (content: object) => ({ choices: [{ delta: content }] })
    const call = (id: string | undefined, args: string) => ({
      tool_calls: [{ ...(id && { id }), function: { ...(id && { name: `f${id}` }), arguments: args } }],
    })
    const answer = readChatStream([
      delta({ role: 'assistant' }),
      delta(call('1', '{"a"')),
      delta(call(undefined, ':1}')),
      delta(call('2', '{}')),
      { choices: [] },
    ])
    expect(answer).toMatchObject({
      toolIndexMissing: true,
      toolCalls: [
        { name: 'f1', arguments: '{"a":1}' },
        { name: 'f2', arguments: '{}' },
      ],
    })
  })
  test('JSON is found between fences, and prose is none', () => {
    expect(parseObject('```json\n{"a":1}\n```')).toEqual({ a: 1 })
    expect(parseObject('Sure: {"a":1}')).toBeNull()
    expect(parseObject('[1]')).toBeNull()
  })
})

test('vectors are read as floats and as base64, anything else is none', () => {
  const base64 = Buffer.from(new Float32Array([0.5, -1]).buffer).toString('base64')
  expect(readVectors({ data: [{ embedding: [0.5, -1] }] })).toEqual([{ values: [0.5, -1], wasBase64: false }])
  expect(readVectors({ data: [{ embedding: base64 }] })).toEqual([{ values: [0.5, -1], wasBase64: true }])
  for (const wrong of [
    {},
    { data: [] },
    { data: [{ embedding: [] }] },
    { data: [{ embedding: ['1'] }] },
    { data: [{ embedding: 'AAA=' }] },
  ]) {
    expect(readVectors(wrong)).toBeNull()
  }
})

test('a picture is drawn as a valid PNG whose colour and shape an answer must name', () => {
  const seen = new Set<string>()
  for (let seed = 0; seed < 12; seed++) {
    const picture = drawProbePicture(seed)
    seen.add(`${picture.colour} ${picture.shape}`)
    expect(namesPicture(`A ${picture.colour} ${picture.shape}.`, picture)).toBe(true)
    expect(namesPicture(`A ${picture.colour} thing`, picture)).toBe(false)
    const png = picture.dataUri.slice('data:image/png;base64,'.length)
    expect(readPicture({ data: [{ b64_json: png }] })).toEqual({ format: 'b64_json', width: 64, height: 64 })
  }
  expect(seen.size).toBe(12)
  const png = encodePng(2, 1, (x) => [x, 7, 9])
  const length = png.readUInt32BE(33)
  expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([0, 0, 7, 9, 1, 7, 9])
})

test('secrets are cut out, the Model ID stays although it shares letters with the key', () => {
  const shown = createShown(['sk-practice-abcdefgh12345678'], 'practice-chat')
  expect(shown('practice-chat refused sk-practice-abcdefgh12345678')).toBe('practice-chat refused [redacted]')
  expect(shown('abcdefgh')).toBe('[redacted]')
  expect(createShown(['tiny-key'], 'x-tiny-key-x')('x-tiny-key-x')).not.toContain('tiny-key')
})

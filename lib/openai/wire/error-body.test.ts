import { describe, expect, it } from 'vitest'
import { errorMessageMax, holdsError, openAiError, parseErrorBody, redact } from './error-body.ts'

const key = 'sk-live-4f9A27bQe81LmZx0'

describe('error bodies of servers', () => {
  it.each([
    [
      '{"error":{"message":"No such model","type":"invalid_request_error","param":"model","code":"model_not_found"}}',
      { message: 'No such model', type: 'invalid_request_error', param: 'model', code: 'model_not_found' },
    ],
    ['{"error":"text"}', { message: 'text' }],
    ['{"code":"invalid-key","error":"Bad key"}', { message: 'Bad key', code: 'invalid-key' }],
    [
      '{"message":"Too long","type":"bad","param":"messages","code":"ctx"}',
      { message: 'Too long', type: 'bad', param: 'messages', code: 'ctx' },
    ],
    [
      '{"object":"error","message":"No","type":"NotFoundError","param":null,"code":404}',
      { message: 'No', type: 'NotFoundError', code: '404' },
    ],
    ['{"detail":"Not Found"}', { message: 'Not Found' }],
    [
      '{"detail":[{"loc":["body","temperature"],"msg":"must be a number","type":"float_type"},{"loc":["body"],"msg":"x"}]}',
      { message: 'temperature: must be a number; x', param: 'temperature', type: 'float_type' },
    ],
    ['{"message":"Unauthorized","request_id":"r"}', { message: 'Unauthorized' }],
    ['{"error":"Overloaded","error_type":"overloaded"}', { message: 'Overloaded', type: 'overloaded' }],
    ['{"fault":{"faultstring":"Quota"}}', { message: 'Quota' }],
    [
      '{"type":"error","error":{"type":"rate_limit","message":"Slow down"}}',
      { message: 'Slow down', type: 'rate_limit' },
    ],
    [
      '[{"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}}]',
      { message: 'Bad', code: '400', type: 'INVALID_ARGUMENT' },
    ],
    ['{"error":{"code":429,"message":"Slow","metadata":{"x":1}}}', { message: 'Slow', code: '429' }],
    ['"just text"', { message: 'just text' }],
    ['upstream connect error', { message: 'upstream connect error' }],
    ['{"error":{"mess', { message: '{"error":{"mess' }],
    ['', { message: 'The server gave no reason.' }],
    ['{}', { message: 'The server gave no reason.' }],
    ['null', { message: 'null' }],
    [
      '<!DOCTYPE html><html><head><title> 502 Bad\nGateway </title></head>',
      { message: 'The server answered with a web page: 502 Bad Gateway' },
    ],
    ['<html><body>x</body></html>', { message: 'The server answered with a web page.' }],
    ['{"error":{"message":{"deep":1},"error":"inner"}}', { message: 'inner' }],
  ])('reads %s', (body, expected) => {
    expect(parseErrorBody(body)).toEqual(expected)
    expect(parseErrorBody(new TextEncoder().encode(body))).toEqual(expected)
  })

  it('bounds the message and takes control characters out', () => {
    const { message } = parseErrorBody(`{"error":{"message":"a\\u0000\\r\\nb${'x'.repeat(10_000)}"}}`)
    expect(message.length).toBe(errorMessageMax)
    expect(message.startsWith('a bx')).toBe(true)
    expect(parseErrorBody('y'.repeat(5_000_000)).message.length).toBe(errorMessageMax)
  })

  it('survives bytes that are no text', () => {
    expect(parseErrorBody(new Uint8Array([0xff, 0xfe, 0x00, 0x41])).message).toContain('A')
  })

  it('leaves not even eight characters of a secret, wherever and however it comes back', () => {
    const bodies = [
      `Incorrect API key: ${key}.`,
      `{"error":{"message":"Key ${key.slice(0, 12)}... is wrong","code":"${key}"}}`,
      `{"error":"…${key.slice(5, 19)}"}`,
      `${'x'.repeat(errorMessageMax - 10)}${key}`,
      `Authorization: Basic ${btoa(key)}`,
      `?key=${encodeURIComponent(key)}`,
    ]
    const forms = [key, btoa(key)]
    for (const body of bodies) {
      const shown = JSON.stringify(parseErrorBody(body, [key]))
      for (const form of forms) {
        for (let at = 0; at + 8 <= form.length; at++) expect(shown).not.toContain(form.slice(at, at + 8))
      }
    }
  })

  it('cuts a short secret whole, ignores an empty one and leaves the rest of the text', () => {
    expect(redact('a hunter2 b', ['hunter2'])).toBe('a [redacted] b')
    expect(redact('abc', ['', 'abc'])).toBe('abc')
    expect(redact(`<${key}>`, [key])).toBe('<[redacted]>')
  })

  it('knows an error inside of a good answer', () => {
    expect([{ error: { message: 'x' } }, { error: 'x' }].map(holdsError)).toEqual([true, true])
    expect([{ error: null }, { error: '' }, { choices: [] }, null, [], 'error'].map(holdsError)).not.toContain(true)
  })

  it("writes OpenAI's shape with all four members", () => {
    expect(JSON.parse(openAiError({ message: 'm', type: 't' }))).toEqual({
      error: { message: 'm', type: 't', param: null, code: null },
    })
  })
})

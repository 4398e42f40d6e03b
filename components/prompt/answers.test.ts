import { describe, expect, test } from 'vitest'
import { mergeCalls } from './call.ts'
import { nextRole, openCalls, withRole } from './messages.ts'
import { readFigure } from './parameters.ts'
import { promptProblem } from './problems.ts'
import { checkAnswer } from './schema-check.ts'
import type { Message, ToolCall } from './types.ts'

const call = (id: string, name = 'get', args = '{}'): ToolCall => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

test('calls that come in pieces, mixed, are put together by their index', () => {
  const pieces = [
    [{ index: 0, id: 'a', function: { name: 'get', arguments: '' } }],
    [{ index: 1, id: 'b', function: { name: 'set', arguments: '{"x"' } }],
    [
      { index: 0, function: { arguments: '{"y":' } },
      { index: 1, function: { arguments: ':1}' } },
    ],
    [{ index: 0, function: { arguments: '2}' } }],
  ]
  const merged = pieces.reduce<ToolCall[]>((calls, piece) => mergeCalls(calls, piece), [])
  expect(merged).toEqual([call('a', 'get', '{"y":2}'), call('b', 'set', '{"x":1}')])
})

describe('an answer is held against its format', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
    required: ['city'],
    additionalProperties: false,
  }
  const format = { type: 'json_schema', json_schema: { name: 'answer', schema } } as const
  test('what follows the schema, and what is JSON where any will do', () => {
    expect(checkAnswer('{"city":"Paris","days":[1]}', format)).toEqual({
      ok: true,
      words: 'Valid JSON, follows the schema',
    })
    expect(checkAnswer('[1]', { type: 'json_object' })).toEqual({ ok: true, words: 'Valid JSON' })
  })
  test('what is missing, too much or of another type is told with its place', () => {
    expect(checkAnswer('{"days":[1,"x"],"more":1}', format)).toEqual({
      ok: false,
      problems: [
        'The answer does not have required property "city".',
        'days.1: type "string" is invalid. Expected "integer".',
        'more: is not in the schema.',
      ],
    })
  })
  test('what is no JSON, and a schema that cannot be used', () => {
    expect(checkAnswer('Paris', format)).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^No JSON\. Line 1/)],
    })
    const broken = { ...format, json_schema: { name: 'answer', schema: { $ref: '#/nowhere' } } }
    expect(checkAnswer('{}', broken)).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/^The schema could not/)],
    })
  })
})

test('calls stay open until a message answers them, and a new message answers the first of them', () => {
  const messages: Message[] = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: '', tool_calls: [call('a'), call('b')] },
    { role: 'tool', tool_call_id: 'a', content: '1' },
  ]
  expect(openCalls(messages, 3).map(({ id }) => id)).toEqual(['b'])
  expect(nextRole(messages)).toBe('tool')
  expect(withRole({ role: 'user', content: '' }, 'tool', openCalls(messages, 3))).toEqual({
    role: 'tool',
    content: '',
    tool_call_id: 'b',
  })
  expect(nextRole(messages.slice(0, 1))).toBe('assistant')
})

test('a message that becomes another role leaves behind what the role cannot hold', () => {
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } } as const
  const message: Message = { role: 'user', content: [{ type: 'text', text: 'look' }, picture] }
  expect(withRole(message, 'assistant', [])).toEqual({ role: 'assistant', content: 'look' })
})

test.each([
  ['', undefined, false],
  ['0,7', 0.7, false],
  ['−1.5', undefined, true],
  ['2.1', undefined, true],
  ['1e3', undefined, true],
  ['abc', undefined, true],
])('a figure typed as %j', (typed, value, isWrong) => {
  const read = readFigure(typed, { kind: 'decimal', min: 0, max: 2 })
  expect([read.value, read.problem !== undefined]).toEqual([value, isWrong])
})

test('what every server would refuse is told before the call', () => {
  const of = (part: object) => promptProblem({ messages: [], tools: [], parameters: {}, ...part })
  const tool = (name: string, parameters: unknown = {}) => ({ type: 'function', function: { name, parameters } })
  expect(of({ tools: [tool('get_weather')] })).toBeUndefined()
  expect(of({ tools: [tool('get weather')] })).toMatch(/^get weather: Letters/)
  expect(of({ tools: [tool('a'), tool('a')] })).toBe('a: Another function has this name.')
  expect(of({ tools: [tool('a', '{"type":')] })).toMatch(/^a: The schema is no JSON: line 1/)
  expect(of({ tools: [tool('a', { type: 'strng' })] })).toBe('a: type: "strng" is no type of JSON Schema.')
  expect(of({ parameters: { response_format: { type: 'json_schema', json_schema: { name: '', schema: {} } } } })).toBe(
    'Answer format: Enter a name.',
  )
  expect(of({ messages: [{ role: 'assistant', content: '', tool_calls: [call('a', 'get', '{')] }] })).toBe(
    'Message 1: the arguments of get are no JSON.',
  )
})

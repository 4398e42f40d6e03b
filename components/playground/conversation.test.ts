import { expect, test } from 'vitest'
import { type Answer, emptyAnswer } from '#components/prompt/call.ts'
import { toRow } from '#components/prompt/row.ts'
import { toMoneyView } from '#lib/core/money.ts'
import { canReply, marksOf, rowSource, type Turn, toMessages, waitsForResults } from './conversation.ts'
import { emptySetup } from './setup.ts'
import { similarities } from './similarity.ts'

const answered = (part: Partial<Answer>): Turn => ({
  kind: 'answer',
  answer: { ...emptyAnswer, state: 'done', text: 'Hello', ...part },
  format: undefined,
  omitted: [],
  asked: [],
})
const calls = [{ id: 'a', type: 'function', function: { name: 'get', arguments: '{}' } }] as Answer['calls']

test('a conversation becomes messages; what failed or was stopped is no part of it', () => {
  const turns: Turn[] = [
    answered({ text: '', calls }),
    { kind: 'result', callId: 'a', name: 'get', text: '21' },
    answered({}),
    { kind: 'reply', text: 'And?' },
    answered({ state: 'failed', text: 'half' }),
  ]
  expect(toMessages(turns)).toEqual([
    { role: 'assistant', content: '', tool_calls: calls },
    { role: 'tool', tool_call_id: 'a', content: '21' },
    { role: 'assistant', content: 'Hello' },
    { role: 'user', content: 'And?' },
  ])
  expect([canReply(turns), canReply(turns.slice(0, 3)), canReply(turns.slice(0, 1)), canReply([])]).toEqual([
    false,
    true,
    false,
    false,
  ])
  expect([waitsForResults(turns.slice(0, 1)), waitsForResults(turns.slice(0, 3))]).toEqual([true, false])
})

test('the quickest and the cheapest are marked among answers to the same question alone', () => {
  const of = (ms: number, nano: bigint | null) => [answered({ ms, cost: nano === null ? null : toMoneyView(nano) })]
  const marks = (conversations: Record<string, Turn[]>) =>
    Object.fromEntries(marksOf(new Map(Object.entries(conversations))))
  expect(marks({ a: of(10, 5n), b: of(20, 3n) })).toEqual({ a: { quickest: true }, b: { cheapest: true } })
  expect(marks({ a: of(10, 5n), b: of(10, 5n) })).toEqual({ a: {}, b: {} })
  expect(marks({ a: of(10, 5n), b: of(20, null) })).toEqual({ a: { quickest: true }, b: {} })
  expect(marks({ a: of(10, 5n) })).toEqual({ a: {} })
  expect(marks({ a: of(10, 5n), b: [...of(20, 3n), ...of(20, 3n)], c: [] })).toEqual({ a: {}, b: {}, c: {} })
})

test('cosine similarity: alike 1, at a right angle 0, opposite -1, without a length 0', () => {
  expect(
    similarities([
      [3, 4],
      [-4, 3],
      [-6, -8],
      [0, 0],
      [1, 2, 3],
    ]),
  ).toEqual([
    [1, 0, -1, 0, 0],
    [0, 1, 0, 0, 0],
    [-1, 0, 1, 0, 0],
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 1],
  ])
})

test('what was asked and answered becomes a row: with inputs by column, or as the whole conversation', () => {
  const setup = {
    ...emptySetup('chat'),
    messages: [{ role: 'user' as const, content: 'In {{city}}, {{days}} days' }],
    variables: { city: 'Paris', days: '3', unused: 'x' },
  }
  const said: Turn[] = [answered({}), { kind: 'reply', text: 'And?' }]
  const source = rowSource(setup, [...said, answered({ text: '{"sky":"clear"}' })])
  const shape = { columns: [{ name: 'days', type: 'number' as const }], expectedType: 'json' as const }
  expect(toRow(shape, source, { inputs: true, expected: source.answer })).toEqual({
    row: { inputs: { days: 3 }, messages: toMessages(said), expected: { sky: 'clear' } },
    left: ['city'],
  })
  expect(toRow(shape, source, { inputs: false, expected: ' ' })).toEqual({
    row: { inputs: {}, messages: [{ role: 'user', content: 'In Paris, 3 days' }, ...toMessages(said)], expected: null },
    left: [],
  })
  expect(toRow(shape, source, { inputs: false, expected: 'clear' })).toEqual({
    problem: 'What is expected: the dataset holds JSON here.',
  })
})

test('calls of functions become what a row expects, in the words of rows that are made of requests', () => {
  const setup = { ...emptySetup('chat'), messages: [{ role: 'user' as const, content: 'How warm is it?' }] }
  const { answer } = rowSource(setup, [answered({ text: '', calls })])
  expect(answer).toBe('[{"name":"get","arguments":"{}"}]')
  const shape = { columns: [], expectedType: 'json' as const }
  expect(
    toRow(shape, { variables: {}, prompt: [], said: [], answer }, { inputs: false, expected: answer }),
  ).toMatchObject({
    row: { expected: [{ name: 'get', arguments: '{}' }] },
  })
  expect(rowSource(setup, [answered({ calls })]).answer).toBe('Hello')
  expect(rowSource(setup, [answered({ state: 'stopped', text: '', calls })]).answer).toBe('')
})

import { describe, expect, test } from 'vitest'
import { CapabilityCard, WireProfile } from '#lib/models/schema.ts'
import { JudgeConfig } from './config.ts'
import { judgeBody, readJudgement } from './judge.ts'
import { cosine, readEmbeddings } from './similarity.ts'

const subject = {
  text: 'Berlin',
  expected: 'Berlin, of course',
  inputs: { question: 'Capital of Germany?' },
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Well?' }] }],
  latencyMs: 1,
  costNanoUsd: null,
  inputTokens: null,
  outputTokens: null,
}
const config = (
  answer: object,
  prompt = 'Is it right? {{question}} {{answer}} / {{expected}} / {{input}} / {{nothing}}',
) => JudgeConfig.parse({ kind: 'judge', model: 'm', prompt, answer })
const plain = { capabilities: CapabilityCard.parse({}), profile: WireProfile.parse({}) }
const said = (content: string) => ({ choices: [{ message: { content } }] })
const no = (...keys: string[]) => ({
  ...plain,
  capabilities: CapabilityCard.parse({ checks: Object.fromEntries(keys.map((key) => [key, { verdict: 'no' }])) }),
})

test('a judge is asked with the names filled in, by structured output where the model has it', () => {
  const body = judgeBody(config({ type: 'boolean' }), subject, plain)
  expect(body).toMatchObject({
    messages: [
      { role: 'system' },
      { content: 'Is it right? Capital of Germany? Berlin / Berlin, of course / user: Well? / ' },
    ],
    temperature: 0,
    response_format: { json_schema: { strict: true, schema: { required: ['reason', 'verdict'] } } },
  })
  expect(judgeBody(config({ type: 'text' }), subject, no('json_schema')).response_format).toEqual({
    type: 'json_object',
  })
  expect(judgeBody(config({ type: 'text' }), subject, no('json_schema', 'json_object'))).not.toHaveProperty(
    'response_format',
  )
})

describe.each([
  [{ type: 'boolean' }, '{"reason":"r","verdict":true}', { passed: true, value: 1, detail: 'r' }],
  [{ type: 'boolean' }, 'So:\n```json\n{"reason":"r","verdict":"false"}\n```', { passed: false, value: 0 }],
  [
    { type: 'boolean' },
    '{"reason":"r","verdict":"maybe"}',
    { passed: null, error: 'The judge answered maybe, not true or false.' },
  ],
  [{ type: 'number', passAt: 4 }, '{"reason":"r","verdict":4}', { passed: true, value: 4 }],
  [{ type: 'number' }, '{"verdict":"3.5"}', { passed: null, value: 3.5 }],
  [{ type: 'number' }, '{"reason":"r","verdict":6}', { value: null, error: expect.stringContaining('from 1 to 5') }],
  [
    { type: 'category', categories: [{ name: 'good', passes: true }, { name: 'bad' }] },
    '{"reason":"r","verdict":"bad"}',
    { passed: false, label: 'bad' },
  ],
  [
    { type: 'category', categories: [{ name: 'a' }, { name: 'b' }] },
    '{"reason":"r","verdict":"b"}',
    { passed: null, value: null, label: 'b' },
  ],
  [
    { type: 'category', categories: [{ name: 'a' }, { name: 'b' }] },
    '{"reason":"r","verdict":"c"}',
    { error: expect.stringContaining('"a", "b"') },
  ],
  [{ type: 'text' }, '{"reason":"r","verdict":"Fine."}', { passed: null, detail: 'Fine.' }],
  [{ type: 'boolean' }, 'I cannot.', { passed: null, error: expect.stringContaining('I cannot.') }],
])('a judge that answers %j', (answer, content, score) => {
  test(`and says ${content}`, () => {
    expect(readJudgement(config(answer).answer, said(content))).toMatchObject(score)
  })
})

test('embeddings are read in their order, as numbers or base64, and compared by their angle', () => {
  const base64 = Buffer.from(new Float32Array([3, 4]).buffer).toString('base64')
  const vectors = readEmbeddings(
    {
      data: [
        { index: 1, embedding: base64 },
        { index: 0, embedding: [4, 3] },
      ],
    },
    2,
  )
  expect(vectors).toEqual([
    [4, 3],
    [3, 4],
  ])
  expect(cosine(vectors![0]!, vectors![1]!)).toBeCloseTo(24 / 25, 12)
  expect(cosine([1, 0], [-2, 0])).toBe(-1)
  expect(cosine([0, 0], [1, 1])).toBe(0)
  for (const wrong of [
    {},
    { data: [{ embedding: [1] }] },
    { data: [{ embedding: [1] }, { embedding: [1, 2] }] },
    { data: [{ index: 5, embedding: [1] }, { embedding: [1] }] },
  ])
    expect(readEmbeddings(wrong, 2)).toBeNull()
})

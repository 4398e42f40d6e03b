import { expect, test } from 'vitest'
import { type EvaluatorConfig, evaluatorKinds as known } from '#lib/experiments/schema.ts'
import { newDraft, readDraft, toDraft } from './evaluator-draft.ts'
import { evaluatorKinds } from './evaluator-words.ts'

test('every kind of evaluator has words and fields', () => {
  expect([...evaluatorKinds].sort()).toEqual([...known].sort())
})

const configs: EvaluatorConfig[] = [
  { kind: 'exact', ignoreCase: true, trim: false },
  { kind: 'contains', mode: 'any', values: ['a b', '{{expected}}'], ignoreCase: false },
  { kind: 'regex', pattern: '^a', ignoreCase: false, multiline: true, dotAll: false, negate: true },
  { kind: 'length', unit: 'words', min: null, max: 40 },
  { kind: 'json_schema', schema: { type: 'object' }, fence: true },
  { kind: 'json_path', path: '$.a', equals: { b: [1] }, fence: false },
  { kind: 'json_path', path: '$.a', equals: null, fence: false },
  { kind: 'numeric', tolerance: 0.05, relative: true, number: 'only' },
  { kind: 'rouge_l', passAt: null },
  { kind: 'cost', maxUsd: 0.002 },
  { kind: 'similarity', model: 'mdl_1', passAt: 0.8 },
  {
    kind: 'judge',
    model: 'mdl_1',
    prompt: '{{answer}}',
    answer: { type: 'number', min: 1, max: 10, passAt: 7 },
    temperature: null,
    maxTokens: 512,
  },
  {
    kind: 'judge',
    model: 'mdl_1',
    prompt: '{{answer}}',
    answer: {
      type: 'category',
      categories: [
        { name: 'kind', passes: true },
        { name: 'rude', passes: false },
      ],
    },
    temperature: 0,
    maxTokens: 1024,
  },
]

test.each(configs)('what is saved comes back from the form as it was: $kind', (config) => {
  expect(readDraft(toDraft(config))).toEqual({ ok: true, config })
})

test('what is wrong is told at its field, and nothing is guessed', () => {
  const errorsOf = (kind: EvaluatorConfig['kind'], values: Record<string, string | boolean>) => {
    const read = readDraft({ ...newDraft(kind), values: { ...newDraft(kind).values, ...values } })
    return read.ok ? {} : read.errors
  }
  expect(errorsOf('latency', {})).toEqual({ 'config.maxMs': 'Enter a number.' })
  expect(errorsOf('latency', { maxMs: 'two' })).toEqual({ 'config.maxMs': 'This is not a number.' })
  expect(errorsOf('rouge_l', { passAt: '7' })).toEqual({ 'config.passAt': 'From 0 to 1.' })
  expect(errorsOf('contains', { values: ' \n' })).toEqual({ 'config.values': 'Enter at least one text.' })
  expect(errorsOf('length', {})).toEqual({ 'config.max': 'Set a lower or an upper bound.' })
  expect(errorsOf('json_schema', { schema: '{' })).toMatchObject({ 'config.schema': expect.stringContaining('Line 1') })
  expect(errorsOf('judge', { prompt: '' })).toEqual({
    'config.model': 'Choose a model.',
    'config.prompt': 'Enter something.',
  })
})

import { expect, test } from 'vitest'
import type { ExperimentSetup } from '#lib/experiments/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { addModel, addRecorded, byCandidate, copyPrompt, duplicate } from './candidates.ts'

const empty: ExperimentSetup = { candidates: [], evaluators: [], baseline: '', replayOf: null }
const model = (id: string, type: ModelView['type'] = 'chat') => ({ id, name: 'Support', type }) as ModelView

test('a candidate gets a key and a name of its own, and is asked what the one before it is asked', () => {
  const dataset = { columns: [{ name: 'question', type: 'text' }] } as never
  const one = addModel(empty, model('a'), {}, dataset)
  expect(one.candidates[0]).toMatchObject({
    key: 'a',
    name: 'Support',
    prompt: { messages: [{ content: '{{question}}' }] },
  })
  const changed = structuredClone(one)
  Object.assign(changed.candidates[0]!, {
    prompt: { messages: [{ role: 'user', content: 'Hi' }], parameters: { seed: 1 } },
  })
  const two = addModel(changed, model('b'), { a: 'chat' }, dataset)
  expect(two.candidates[1]).toMatchObject({ key: 'b', name: 'Support 2', prompt: { parameters: { seed: 1 } } })
  const three = addModel(two, model('c', 'image'), { a: 'chat', b: 'chat' }, dataset)
  expect(three.candidates[2]).toMatchObject({ prompt: { messages: [], prompt: '{{question}}' } })
})

test('a copy stands behind what it is a copy of, and a prompt goes to the other models alone', () => {
  const two = addRecorded(addModel(empty, model('a'), {}, undefined), null)
  const copied = duplicate(two, 0)
  expect(copied.candidates.map(({ key, name }) => `${key} ${name}`)).toEqual([
    'a Support',
    'c Support 2',
    'b What is expected',
  ])
  Object.assign(copied.candidates[1]!, { prompt: { messages: [{ role: 'user', content: 'Other' }] } })
  const alike = copyPrompt(copied, 1)
  expect(alike.candidates[0]).toMatchObject({ prompt: { messages: [{ content: 'Other' }] } })
  expect(alike.candidates[2]).toEqual(copied.candidates[2])
})

test('a problem is told at its candidate', () => {
  const found = byCandidate([{ path: 'candidates.1.prompt.messages' }, { path: 'evaluators.0' }, { path: 'baseline' }])
  expect([...found.keys()]).toEqual([1, -1])
})

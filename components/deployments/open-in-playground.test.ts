import { expect, test } from 'vitest'
import { Variant } from '#lib/deployments/schema.ts'
import { PlaygroundPrompt } from '#lib/playground/schema.ts'
import { toPlaygroundPrompt } from './open-in-playground.ts'

const tool = { type: 'function' as const, function: { name: 'find_order' } }
const variant = (given: object) => Variant.parse({ name: 'main', model: 'mdl_a', ...given })

test('a variant is what the playground asks: its messages, functions and values, its models side by side', () => {
  const messages = [{ role: 'user' as const, content: 'Where is {{order}}?' }]
  const fallbacks = [{ model: 'mdl_b', parameters: { temperature: 1 } }, { model: '' }]
  const given = variant({ messages, tools: [tool], parameters: { temperature: 0 }, fallbacks })
  expect(PlaygroundPrompt.parse(toPlaygroundPrompt('chat', given, { order: '12' }))).toMatchObject({
    ...{ type: 'chat', messages, parameters: { temperature: 0 }, variables: { order: '12' } },
    tools: [{ function: { name: 'find_order' } }],
    columns: [
      { model: 'mdl_a', parameters: null },
      { model: 'mdl_b', parameters: { temperature: 1 } },
    ],
  })
})

test('the text of other Types stands where the playground has it', () => {
  const given = variant({ prompt: 'A {{thing}}' })
  expect(toPlaygroundPrompt('embedding', given, {})).toMatchObject({ inputs: ['A {{thing}}'] })
  expect(toPlaygroundPrompt('image', given, {})).toMatchObject({ prompt: 'A {{thing}}' })
})

import { expect, test } from 'vitest'
import { DeploymentConfig, problemsOf } from '#lib/deployments/schema.ts'
import { emptySetup, type Setup } from './setup.ts'
import { newVariables, toVariant, withVariant } from './variant.ts'

const column = { key: 'a', model: 'support-chat', parameters: { temperature: 0 } }
const setup: Setup = {
  ...emptySetup('chat'),
  messages: [
    { role: 'system', content: 'You help in {{shop}}.' },
    { role: 'user', content: '{{question}}' },
    { role: 'assistant', content: '' },
  ],
  parameters: { temperature: 1, max_tokens: 20 },
}

test('a prompt becomes a variant that can be published as it stands', () => {
  const config = DeploymentConfig.parse({
    variables: newVariables(setup, []),
    variants: [toVariant(setup, column, 'main')],
  })
  expect(problemsOf(config, 'chat')).toEqual([])
  expect(config.variants[0]).toMatchObject({ model: 'support-chat', parameters: { temperature: 0, max_tokens: 20 } })
  expect(config.variants[0]!.messages).toHaveLength(2)
})

test('a draft gets one variant more and declares what is new, and never two of one name', () => {
  const before = DeploymentConfig.parse({
    variables: [{ name: 'question', type: 'string', default: 'none' }],
    variants: [{ name: 'main', model: 'mdl_a' }],
  })
  const after = DeploymentConfig.parse(withVariant(before, setup, column, 'short'))
  expect(after.variants.map(({ name }) => name)).toEqual(['main', 'short'])
  expect(after.variables.map(({ name, default: fallback }) => [name, fallback])).toEqual([
    ['question', 'none'],
    ['shop', undefined],
  ])
  expect(withVariant(before, setup, column, 'MAIN')).toBeUndefined()
})

test('of other Types the text is the prompt', () => {
  const embedding: Setup = { ...emptySetup('embedding'), inputs: ['{{text}}', '{{other}}'] }
  expect(toVariant(embedding, column, 'main')).toMatchObject({ prompt: '{{text}}' })
  expect(newVariables(embedding, [])).toEqual([{ name: 'text' }])
  const config = DeploymentConfig.parse({
    variants: [toVariant({ ...emptySetup('completion'), prompt: 'Once' }, { ...column, parameters: null }, 'main')],
  })
  expect(problemsOf(config, 'completion')).toEqual([])
})

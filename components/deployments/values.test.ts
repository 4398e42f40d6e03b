import { describe, expect, test } from 'vitest'
import { DeploymentConfig } from '#lib/deployments/schema.ts'
import { readCodes } from './behaviour.ts'
import { exampleValues, readDefault, readInputs } from './values.ts'
import { nextVersion, versionBefore } from './versions.ts'
import { environmentProblem, keyProblem } from './words.ts'

const { variables } = DeploymentConfig.parse({
  variables: [
    { name: 'question' },
    { name: 'count', type: 'number' },
    { name: 'order', type: 'json', required: false },
    { name: 'shop', default: 'Cable & Co' },
  ],
  variants: [{ name: 'main', model: 'mdl_a' }],
})

describe('values of a form', () => {
  test('become what their types want; what is empty is left to the default', () => {
    const { inputs, problems } = readInputs(variables, {
      question: ' 12 ',
      count: '1,5',
      order: '{"id": 7}',
      shop: ' ',
    })
    expect(inputs).toEqual({ question: ' 12 ', count: 1.5, order: { id: 7 } })
    expect(problems).toEqual({})
  })

  test('that are missing or no such thing are told by name', () => {
    expect(Object.keys(readInputs(variables, { count: 'many', order: '{' }).problems)).toEqual([
      'question',
      'count',
      'order',
    ])
  })

  test('in code are those that a call must give', () => {
    expect(exampleValues(variables)).toEqual({ question: 'A question', count: 1 })
  })

  test('as defaults: nothing typed is none', () => {
    expect(readDefault('number', '')).toEqual({ value: undefined })
    expect(readDefault('number', 'x')).toHaveProperty('problem')
    expect(readDefault('string', '')).toEqual({ value: undefined })
  })
})

test('statuses are read apart from what cannot be tried again', () => {
  expect(readCodes('429, 503 503').codes).toEqual([429, 503])
  expect(readCodes(' ').codes).toBeNull()
  expect(readCodes('404').problem).toContain('not 404')
})

test('numbers of versions', () => {
  expect(nextVersion(null, 'major')).toBe('1.0')
  expect(nextVersion('1.9', 'minor')).toBe('1.10')
  expect(nextVersion('1.9', 'major')).toBe('2.0')
  expect(versionBefore([{ version: '1.1' }, { version: '1.0' }], '1.1')).toBe('1.0')
  expect(versionBefore([{ version: '1.1' }], '1.1')).toBeUndefined()
})

test('keys and environments are refused here as the server refuses them', () => {
  expect(['support-answer', 'a', '9_x'].map(keyProblem)).toEqual([undefined, undefined, undefined])
  expect(['', '-a', 'a b', 'a/b', 'é'].filter((key) => !keyProblem(key))).toEqual([])
  expect(['production', 'eu-1'].map(environmentProblem)).toEqual([undefined, undefined])
  expect(['', 'Production', '1a', 'draft', 'a_b'].filter((name) => !environmentProblem(name))).toEqual([])
})

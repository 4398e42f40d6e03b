import { expect, test } from 'vitest'
import { readExperimentArguments } from './arguments.ts'

const env = {
  NODE_ENV: 'test',
  PATCHBAY_API_KEY: 'pb_live_secret',
  PATCHBAY_URL: 'https://studio.example.com/',
} as const

test('thresholds, bounds and addresses are read', () => {
  const args = 'run exp_1 --workspace acme --fail-under Short=0.9 --fail-under a=b=75% --rows 20 --cap 2.5 --json'
  expect(readExperimentArguments(args.split(' '), env)).toEqual({
    experimentId: 'exp_1',
    workspace: 'acme',
    baseUrl: 'https://studio.example.com',
    apiKey: 'pb_live_secret',
    thresholds: [
      { evaluator: 'Short', least: 0.9 },
      { evaluator: 'a=b', least: 0.75 },
    ],
    candidate: undefined,
    run: { rows: 20, capUsd: '2.5' },
    json: true,
  })
  expect(readExperimentArguments(['run', 'exp_1'], { ...env, PATCHBAY_WORKSPACE: 'acme' })).toMatchObject({ run: {} })
})

test.each([
  [['run']],
  [['run', 'exp_1', 'exp_2', '--workspace', 'acme']],
  [['run', 'exp_1']],
  [['run', 'exp_1', '--workspace', 'acme', '--fail-under', 'Short']],
  [['run', 'exp_1', '--workspace', 'acme', '--fail-under', 'Short=']],
  [['run', 'exp_1', '--workspace', 'acme', '--fail-under', '=0.5']],
  [['run', 'exp_1', '--workspace', 'acme', '--rows', '0']],
  [['run', 'exp_1', '--workspace', 'acme', '--nonsense']],
])('wrong use is told, and never the key: %j', (args) => {
  expect(() => readExperimentArguments(args, env)).toThrow(TypeError)
  expect(() => readExperimentArguments(args, env)).not.toThrow(/pb_live/)
})

test('without a key nothing is asked', () => {
  expect(() => readExperimentArguments(['run', 'exp_1', '--workspace', 'acme'], { NODE_ENV: 'test' })).toThrow(
    'PATCHBAY_API_KEY',
  )
})

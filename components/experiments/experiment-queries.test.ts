import { expect, test } from 'vitest'
import { GridInput } from '#lib/experiments/schema.ts'
import { gridConditions, loadExperimentState } from './experiment-queries.ts'

const conditionsAt = (search: string) => gridConditions(loadExperimentState(new URLSearchParams(search)))

test('the address of a grid becomes conditions that the API takes, every one of them', () => {
  const conditions = conditionsAt(
    'sort=-firstToken:1&q=shelf&state=failed&verdict=worse&reviewed=no&again=yes&candidate=1&evaluator=0&label=good' +
      '&min=0.5&max=0.8&code=upstream_timeout&latency=1000..3000&first=..500&cost=0.001..0.5&input=100..&output=..2000',
  )
  expect(GridInput.parse({ id: 'run_1', ...conditions })).toEqual({
    ...{ id: 'run_1', from: 0, limit: 50, sort: '-firstToken:1', search: 'shelf', state: 'failed', worse: true },
    ...{ reviewed: false, again: true, candidate: 1, evaluator: 0, label: 'good', minScore: 0.5, maxScore: 0.8 },
    ...{ errorCode: 'upstream_timeout', minLatencyMs: 1_000, maxLatencyMs: 3_000, maxFirstTokenMs: 500 },
    ...{ minCost: '1000000', maxCost: '500000000', minInputTokens: 100, maxOutputTokens: 2_000 },
  })
})

test('what is no span is no condition', () => {
  expect(conditionsAt('latency=slow&first=1&cost=..&input=1.5..&output=99999999999..')).toEqual({})
})

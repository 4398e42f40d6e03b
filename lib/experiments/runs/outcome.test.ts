import { describe, expect, test } from 'vitest'
import { outcomeOf } from './outcome.ts'
import { compareWith } from './verdict.ts'

describe('what a call means for its run', () => {
  test.each<[Partial<Parameters<typeof outcomeOf>[0]>, object]>([
    [{ status: 200, code: '' }, { kind: 'answered' }],
    [
      { status: 400, code: 'invalid_request' },
      { kind: 'failed', blame: 'request' },
    ],
    [
      { status: 502, code: 'upstream_reset' },
      { kind: 'failed', blame: 'server' },
    ],
    [
      { status: 504, code: 'upstream_timeout' },
      { kind: 'failed', blame: 'server' },
    ],
    [
      { status: 422, code: 'check_failed' },
      { kind: 'failed', blame: 'request' },
    ],
    [
      { status: 402, code: 'budget_exceeded' },
      { kind: 'pause', reason: { kind: 'budget' }, forMs: null },
    ],
    [
      { status: 429, code: 'budget_reserved', retryAfterMs: 1_000 },
      { kind: 'wait', forMs: 1_000 },
    ],
    [
      { status: 503, code: 'overloaded' },
      { kind: 'wait', forMs: 1_000 },
    ],
    // A limit that frees itself in a moment is not worth a pause, one that takes longer is.
    [
      { status: 429, code: 'rate_limit_exceeded', retryAfterMs: 3_000 },
      { kind: 'wait', forMs: 3_000 },
    ],
    [
      { status: 429, code: 'tokens', retryAfterMs: null },
      { kind: 'wait', forMs: 10_000 },
    ],
    [
      { status: 429, code: 'rate_limit_exceeded', retryAfterMs: 40_000 },
      { kind: 'pause', reason: { kind: 'limit' }, forMs: 40_000 },
    ],
    [
      { status: 503, code: 'upstream_unavailable', retryAfterMs: 30_000 },
      { kind: 'pause', reason: { kind: 'breaker' }, forMs: 30_000 },
    ],
    [
      { status: 502, code: 'upstream_auth_failed' },
      { kind: 'pause', reason: { kind: 'key_refused' } },
    ],
    [
      { status: 503, code: 'upstream_quota' },
      { kind: 'pause', reason: { kind: 'quota' } },
    ],
    [
      { status: 403, code: 'model_disabled' },
      { kind: 'pause', reason: { kind: 'model' } },
    ],
  ])('%j', (call, outcome) => {
    expect(outcomeOf({ message: 'words', status: 0, code: '', retryAfterMs: null, ...call })).toMatchObject(outcome)
  })
})

describe('whether a difference is real, in plain words', () => {
  const compare = (own: number[], baseline: number[], graded = false) =>
    compareWith(
      own.map((value, at) => ({ own: value, baseline: baseline[at]! })),
      { seed: 's', name: 'B', baselineName: 'A', graded },
    )
  const of = (count: number, value: number) => Array<number>(count).fill(value)

  test('most rows are won', () => {
    const versus = compare([...of(60, 1), ...of(40, 0)], [...of(30, 0), ...of(30, 1), ...of(40, 0)])
    expect(versus).toMatchObject({ rows: 100, wins: 30, ties: 70, losses: 0, difference: 0.3, verdict: 'better' })
    expect(versus.sentence).toMatch(
      /^On the 100 rows that both have, B passes 30 points more often than A \(95 % interval 2[012](\.\d)? to 3[789](\.\d)?\)\. The difference is real/,
    )
  })

  test('as many are won as lost, nearly', () => {
    const versus = compare([...of(6, 1), ...of(5, 0), ...of(50, 1)], [...of(6, 0), ...of(5, 1), ...of(50, 1)])
    expect(versus).toMatchObject({ wins: 6, losses: 5, verdict: 'unclear' })
    expect(versus.sentence).toMatch(
      /It may be chance: the interval holds zero\. If it stayed so, about [\d,]+ rows would tell\.$/,
    )
  })

  test('measures are lower, or the same', () => {
    expect(compare(of(50, 0.2), of(50, 0.5), true)).toMatchObject({
      verdict: 'worse',
      sentence:
        'On the 50 rows that both have, B scores 0.3 lower than A (95 % interval -0.3 to -0.3). The difference is real: chance alone hardly makes one like it.',
    })
    expect(compare([0.1, 0.2], [0.1, 0.2], true).sentence).toBe('On the 2 rows that both have, B and A score the same.')
    expect(compare([1], [0]).sentence).toMatch(/^On the one row that both have, B passes 100 points more often/)
  })
})

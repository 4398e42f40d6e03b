import { describe, expect, test } from 'vitest'
import type { OverviewView, UsageFigures, UsageRow } from '#lib/analytics/schema.ts'
import { OverviewInput } from '#lib/analytics/schema.ts'
import { toMoneyView } from '#lib/core/money.ts'
import { changeOf, costChangeOf, errorShareOf, isUnpriced, perCallOf, rowLabel, toChart } from './figures.ts'
import { loadOverviewState, toOverviewQuery, toShownRange, toSpanQuery } from './state.ts'

function figures(given: Partial<Omit<UsageFigures, 'cost'>> & { cost?: string } = {}): UsageFigures {
  const zeros = {
    requests: 0,
    ok: 0,
    errors: 0,
    aborted: 0,
    refused: 0,
    probes: 0,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    images: 0,
    unpriced: 0,
    estimated: 0,
    estimatedTokens: 0,
    cacheHits: 0,
  }
  return { ...zeros, ...given, cost: toMoneyView(given.cost ?? '0') }
}

const row = (key: string, label: string): UsageRow => ({ key, label, practice: false, ...figures() })

describe('figures', () => {
  test('our own probes are no calls that could fail', () => {
    expect(errorShareOf(figures({ requests: 30, probes: 10, errors: 5 }))).toBe(0.25)
    expect(errorShareOf(figures({ requests: 10, probes: 10 }))).toBeNull()
  })

  test('a change against nothing is none', () => {
    expect(changeOf(5, 0)).toBeNull()
    expect(changeOf(118, 100)).toBeCloseTo(0.18)
    expect(costChangeOf(toMoneyView('5'), null)).toBeNull()
    expect(costChangeOf(toMoneyView('50'), toMoneyView('100'))).toBe(-0.5)
  })

  test('the cost of a call is exact beyond what a double holds', () => {
    expect(perCallOf(figures({ requests: 2, cost: '18014398509481985' }))).toEqual({
      nanoUsd: '9007199254740993',
      usd: '9007199.254740993',
    })
    expect(perCallOf(figures({ requests: 3, cost: '10' }))).toEqual({ nanoUsd: '3', usd: '0.000000003' })
  })

  test('what is partly unpriced has no cost of a call, and is not unpriced as a whole', () => {
    const partly = figures({ requests: 2, unpriced: 1, cost: '10' })
    expect(perCallOf(partly)).toBeNull()
    expect(isUnpriced(partly)).toBe(false)
    expect(isUnpriced(figures({ requests: 2, unpriced: 1 }))).toBe(true)
    expect(isUnpriced(figures({ requests: 2 }))).toBe(false)
  })

  test('what has no name gets one', () => {
    expect(rowLabel(row('', ''), 'model')).toBe('No model')
    expect(rowLabel(row('', ''), 'key')).toBe('Patchbay itself')
    expect(rowLabel(row('mdl_a', 'Groq'), 'model')).toBe('Groq')
  })
})

describe('the chart', () => {
  const view = {
    byModel: [row('mdl_a', 'A'), row('', '')],
    byKey: [row('key_a', 'Key')],
    series: [
      { at: '2026-11-22T00:00:00Z', costByGroup: { mdl_a: '7', '': '1' }, requestsByGroup: { mdl_a: 2, '': 1 } },
      { at: '2026-11-23T00:00:00Z', costByGroup: {}, requestsByGroup: {} },
    ],
  } as unknown as OverviewView

  test('has the rows of the table as series, in its order, with gaps where nothing was', () => {
    const chart = toChart(view, 'model', 'cost')
    expect(chart.times).toEqual([Date.UTC(2026, 10, 22), Date.UTC(2026, 10, 23)])
    expect(chart.series).toEqual([
      { key: 'mdl_a', label: 'A', points: ['7', null] },
      { key: '', label: 'No model', points: ['1', null] },
    ])
  })

  test('of durations has percentiles, which are split by nothing', () => {
    const latency = { p50Ms: 1, p95Ms: 2, p99Ms: 3 }
    const timed = {
      ...view,
      series: [
        { ...view.series[0], latency },
        { ...view.series[1], latency: null },
      ],
    }
    expect(toChart(timed as OverviewView, 'model', 'latency').series.map(({ points }) => points)).toEqual([
      ...[
        [1, null],
        [2, null],
        [3, null],
      ],
    ])
  })

  test('counts requests where asked', () => {
    expect(toChart(view, 'model', 'requests').series.map(({ points }) => points[0])).toEqual([2, 1])
  })
})

describe('the address of the overview', () => {
  const read = (search: string) => loadOverviewState(new URLSearchParams(search))

  test('asks what the API takes', () => {
    const query = toOverviewQuery(read('from=2026-11-01&to=2026-11-23&group=key&practice=true'))
    expect(OverviewInput.parse(query)).toMatchObject({
      from: '2026-11-01',
      to: '2026-11-23',
      seriesBy: 'key',
      includePractice: true,
    })
  })

  test('means the last seven days where it says nothing, and leaves practice models to the API', () => {
    expect(toOverviewQuery(read(''))).toEqual({ range: '7d' })
    expect(toShownRange(read('')).range).toBe('7d')
    expect(toShownRange(read('from=2026-11-01')).range).toBeNull()
  })

  test('what the chart shows does not change the span of the requests behind it', () => {
    expect(toSpanQuery(read('range=24h&metric=requests&group=key&look=lines'))).toEqual({ range: '24h' })
  })

  test('leaves a part of the workspace, in the words of the API and in those of the list of requests', () => {
    const state = read('model=mdl_a,mdl_b&key=key_a&deployment=dep_a&source=gateway&identity=ada')
    expect(toSpanQuery(state)).toEqual({
      ...{ range: '7d', model: 'mdl_a,mdl_b', key: 'key_a', deployment: 'dep_a', source: 'gateway', identity: 'ada' },
    })
    expect(OverviewInput.parse(toOverviewQuery(state))).toMatchObject({
      ...{ modelId: ['mdl_a', 'mdl_b'], actorId: ['key_a'], deploymentId: ['dep_a'], source: ['gateway'] },
      identity: 'ada',
    })
  })
})

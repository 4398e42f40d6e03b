import { describe, expect, test } from 'vitest'
import { colorsOf, exactText, foldSeries, niceTicks, preparePlot, restKey, type Series, tickText } from './prepare.ts'

const day = 86_400_000
const start = Date.UTC(2026, 10, 1)
const base = { grain: 'day', timeZone: 'UTC', hidden: new Set<string>(), kind: 'bars', unit: 'usd' } as const

describe('a plot', () => {
  test('adds money up exactly where a double could not', () => {
    const series: Series[] = [
      { key: 'a', label: 'A', points: ['9007199254740993000', '1'] },
      { key: 'b', label: 'B', points: ['1', null] },
    ]
    const plot = preparePlot({ ...base, times: [start, start + day], series })
    expect(plot.series[0]?.total).toBe('$9,007,199,254.74')
    expect(plot.rows[1]?.total).toBe('$0.000000001')
    expect(plot.rows[1]?.texts).toEqual(['$0.000000001', '–'])
  })

  test('a hidden series leaves the axis and the totals, and keeps its colour', () => {
    const series: Series[] = [
      { key: 'a', label: 'A', points: [100] },
      { key: 'b', label: 'B', points: [10] },
    ]
    const input = { ...base, unit: 'count', times: [start], series } as const
    const all = preparePlot(input)
    const some = preparePlot({ ...input, hidden: new Set(['a']) })
    expect(all.ticks.at(-1)).toBeGreaterThanOrEqual(110)
    expect(some.ticks.at(-1)).toBe(10)
    expect(some.rows[0]?.total).toBe('10')
    expect(some.series.map(({ color }) => color)).toEqual(all.series.map(({ color }) => color))
  })

  test('lines do not add up: no totals, and the axis holds the highest', () => {
    const series: Series[] = [
      { key: 'p50', label: 'p50', points: [80, null] },
      { key: 'p95', label: 'p95', points: [400, null] },
    ]
    const plot = preparePlot({ ...base, kind: 'lines', unit: 'ms', times: [start, start + day], series })
    expect(plot.rows[0]?.total).toBeUndefined()
    expect(plot.ticks).toEqual([0, 100, 200, 300, 400])
    expect(plot.rows[1]?.values).toEqual([null, null])
  })

  test('buckets are named in the zone of the workspace', () => {
    const plot = preparePlot({ ...base, grain: 'hour', timeZone: 'Europe/Amsterdam', times: [start], series: [] })
    expect(plot.rows[0]?.tick).toBe('01:00')
    expect(plot.isEmpty).toBe(true)
  })
})

describe('folding', () => {
  const many: Series[] = Array.from({ length: 11 }, (_, index) => ({
    key: `m${index}`,
    label: `M${index}`,
    points: [index + 1, null],
  }))

  test('nine and more become the seven largest and a rest, and the column still sums', () => {
    const folded = foldSeries(many, 'count')
    expect(folded.map(({ key }) => key)).toEqual(['m4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', restKey])
    const total = folded.reduce((sum, { points }) => sum + Number(points[0]), 0)
    expect(total).toBe(66)
    expect(folded.at(-1)?.points[1]).toBeNull()
  })

  test('eight stay as they are', () => {
    expect(foldSeries(many.slice(0, 8), 'count')).toHaveLength(8)
  })

  test('a rest that was given takes in what is folded and keeps its name', () => {
    const folded = foldSeries([...many, { key: restKey, label: 'Direct calls', points: [100, 5] }], 'count')
    expect(folded.at(-1)).toEqual({ key: restKey, label: 'Direct calls', points: ['110', '5'] })
  })
})

describe('colours', () => {
  test('depend on the key alone, not on its place, and eight keys get eight', () => {
    const keys = Array.from({ length: 8 }, (_, index) => `mdl_${index}`)
    const colors = colorsOf(keys)
    expect(new Set(colors).size).toBe(8)
    expect(colorsOf([...keys].reverse())).toEqual([...colors].reverse())
  })

  test('the rest is grey', () => {
    expect(colorsOf([restKey])).toEqual(['var(--chart-rest)'])
  })
})

describe('axis', () => {
  test.each([
    [0, 'count', [0, 1]],
    [1, 'count', [0, 1]],
    [73, 'usd', [0, 20, 40, 60, 80]],
    [0.00138, 'usd', [0, 0.0005, 0.001, 0.0015]],
    [100_000, 'ms', [0, 30_000, 60_000, 90_000, 120_000]],
  ] as const)('up to %d %s', (top, unit, ticks) => {
    const made = niceTicks(top, unit)
    expect(made).toHaveLength(ticks.length)
    for (const [index, tick] of made.entries()) expect(tick).toBeCloseTo(ticks[index] ?? Number.NaN, 9)
  })

  test('always begins at zero and reaches every value', () => {
    for (let top = 0.0003; top < 1e12; top *= 3.7) {
      const ticks = niceTicks(top, 'share')
      expect(ticks[0]).toBe(0)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(top * 0.999999)
      expect(ticks.length).toBeLessThanOrEqual(6)
    }
  })

  test('ticks are short and points are exact', () => {
    expect([0, 25, 1500, 0.0005].map((value) => tickText(value, 'usd'))).toEqual(['$0', '$25', '$1.5K', '$0.0005'])
    const ticks = [0, 0.05, 0.1]
    expect(ticks.map((value) => tickText(value, 'usd', ticks))).toEqual(['$0.00', '$0.05', '$0.10'])
    expect(exactText('1380000', 'usd')).toBe('$0.00138')
    expect(exactText('9007199254740993', 'count')).toBe('9,007,199,254,740,993')
    expect(exactText(0.0031, 'share')).toBe('0.31 %')
  })
})

import { describe, expect, test } from 'vitest'
import { formatPeriod, rangeParsers, rangeText, shiftDay, toRangeQuery } from './range.ts'

const none = { range: null, from: null, to: null }

describe('a range in the address', () => {
  test('two moments win over a name', () => {
    expect(toRangeQuery({ range: '7d', from: '2026-11-01', to: null })).toEqual({ from: '2026-11-01' })
    expect(toRangeQuery({ ...none, range: '7d' })).toEqual({ range: '7d' })
    expect(toRangeQuery(none)).toEqual({})
  })

  test.each(['yesterday', '2026-13-40', '2026-11-22T10:00', '2026-11-22T10:00:00Z; drop', ''])(
    'what is no moment is no moment: %j',
    (text) => {
      expect(rangeParsers.from.parse(text)).toBeNull()
    },
  )

  test.each(['2026-11-22', '2026-11-22T10:00:00.000Z', '2026-11-22T10:00:00+01:00'])(
    'a moment stays as it is: %s',
    (text) => {
      expect(rangeParsers.from.parse(text)).toBe(text)
    },
  )

  test('"custom" is not a name that can be chosen', () => {
    expect(rangeParsers.range.parse('custom')).toBeNull()
  })
})

describe('the words of a range', () => {
  test('days are told as the days they hold, whatever the zone', () => {
    const text = rangeText({ ...none, from: '2026-11-01', to: '2026-11-23' }, 'America/New_York', 'Any time')
    expect(text).toBe('1 – 22 Nov 2026')
  })

  test('one day is one day', () => {
    expect(rangeText({ ...none, from: '2026-11-22', to: '2026-11-23' }, 'UTC', '')).toBe('22 Nov 2026')
  })

  test('instants are told in the zone', () => {
    const value = { ...none, from: '2026-11-22T10:00:00Z', to: '2026-11-22T11:00:00Z' }
    expect(rangeText(value, 'Europe/Amsterdam', '')).toBe('22 Nov, 11:00 – 22 Nov, 12:00')
  })

  test('an open end is told, nothing is told as asked', () => {
    expect(rangeText({ ...none, from: '2026-11-22' }, 'UTC', '')).toBe('From 22 Nov 2026')
    expect(rangeText({ ...none, to: '2026-11-22' }, 'UTC', '')).toBe('Until 22 Nov 2026')
    expect(rangeText(none, 'UTC', 'Any time')).toBe('Any time')
  })

  test('a long period is told in days of its zone, its end not included', () => {
    const from = Date.parse('2026-10-31T23:00:00Z')
    const to = Date.parse('2026-11-22T23:00:00Z')
    expect(formatPeriod(from, to, 'Europe/Amsterdam')).toBe('1 – 22 Nov 2026')
  })

  test('days shift over the ends of months and years', () => {
    expect(shiftDay('2026-12-31', 1)).toBe('2027-01-01')
    expect(shiftDay('2028-03-01', -1)).toBe('2028-02-29')
  })
})

import { describe, expect, test } from 'vitest'
import { readSpan, spanText, splitSpan } from './span.ts'

describe('a typed span', () => {
  test.each([
    ['> 0.01', '0.01..'],
    ['>=$0.01', '0.01..'],
    ['0.5', '0.5..'],
    ['under 2', '..2'],
    ['$0.01 – $0.5', '0.01..0.5'],
    ['0.01 to 0.5', '0.01..0.5'],
    ['0.01-0.5', '0.01..0.5'],
    ['1,000', '1000..'],
  ])('of dollars: %s', (typed, span) => {
    expect(readSpan(typed, 'usd')).toBe(span)
  })

  test.each([
    ['> 2s', '2000..'],
    ['800', '800..'],
    ['<= 1.5 s', '..1500'],
    ['1s - 3s', '1000..3000'],
    ['1-3 s', '1000..3000'],
    ['200 ms .. 1 min', '200..60000'],
  ])('of time: %s', (typed, span) => {
    expect(readSpan(typed, 'ms')).toBe(span)
  })

  test.each([
    ['> 500', '500..'],
    ['2k', '2000..'],
    ['1-1.5k', '1000..1500'],
    ['at most', null],
  ])('of tokens: %s', (typed, span) => {
    expect(readSpan(typed, 'tokens')).toBe(span)
  })

  test.each(['', 'cheap', '-1', '3 - 1', '1..', '0.0000001', '1e9'])('that says nothing is null: %j', (typed) => {
    expect(readSpan(typed, 'usd')).toBeNull()
  })

  test('of time ends at a day, as the API does', () => {
    expect(readSpan('2000 min', 'ms')).toBeNull()
    expect(readSpan('1440 min', 'ms')).toBe('86400000..')
  })
})

describe('a span in the address', () => {
  test.each([
    ['0.01..', 'usd'],
    ['..0.5', 'usd'],
    ['0.01..0.5', 'usd'],
    ['1500..', 'ms'],
    ['..812', 'ms'],
    ['1000..3000', 'ms'],
    ['500..2000', 'tokens'],
  ] as const)('is told so that it reads back as itself: %s', (text, unit) => {
    expect(readSpan(spanText(splitSpan(text, unit)!, unit), unit)).toBe(text)
  })

  test.each(['..', '1', 'a..b', '1.2.3..', '1..2..3'])('of another shape is none: %s', (text) => {
    expect(splitSpan(text, 'usd')).toBeNull()
  })
})

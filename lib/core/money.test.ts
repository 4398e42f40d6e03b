import { describe, expect, test } from 'vitest'
import {
  divideHalfEven,
  formatExactUsd,
  formatMicroAmount,
  formatNanoUsd,
  formatUsd,
  parseMicroAmount,
  parseNanoUsd,
  shiftDecimal,
  toMoneyView,
} from './money.ts'

describe('a typed price is read as people write it', () => {
  test.each([
    ['0.59', 590_000n],
    ['0,59', 590_000n],
    ['$ 0.59', 590_000n],
    ['.5', 500_000n],
    ['3', 3_000_000n],
    ['1,234.5', 1_234_500_000n],
    ['1.234,5', 1_234_500_000n],
    ['1,000,000', 1_000_000_000_000n],
    ['0', 0n],
    ['0.000001', 1n],
    ['0.5900000000', 590_000n],
    ['0007', 7_000_000n],
  ])('%s', (text, micro) => {
    expect(parseMicroAmount(text)).toEqual({ ok: true, micro })
  })

  test.each([
    ['', 'empty'],
    ['$', 'empty'],
    ['-1', 'negative'],
    ['abc', 'not_a_number'],
    ['1e3', 'not_a_number'],
    ['1.2.3', 'not_a_number'],
    ['1,2,3', 'not_a_number'],
    ['1,23.4,5', 'not_a_number'],
    ['.', 'not_a_number'],
    ['0.0000001', 'too_many_decimals'],
    ['1000000.000001', 'too_large'],
    ['99999999', 'too_large'],
  ])('%s is refused as %s', (text, reason) => {
    expect(parseMicroAmount(text)).toEqual({ ok: false, reason })
  })
})

test('formatting and parsing an amount are inverse', () => {
  for (const micro of [0n, 1n, 10n, 590_000n, 1_000_000n, 123_456_789n, 1_000_000_000_000n]) {
    expect(parseMicroAmount(formatMicroAmount(micro))).toEqual({ ok: true, micro })
  }
})

test.each([
  [5n, 2n, 2n],
  [7n, 2n, 4n],
  [1n, 2n, 0n],
  [3n, 2n, 2n],
  [4n, 3n, 1n],
  [5n, 3n, 2n],
  [0n, 7n, 0n],
])('%i / %i rounds half to even as %i', (numerator, denominator, expected) => {
  expect(divideHalfEven(numerator, denominator)).toBe(expected)
})

test('a cost leaves the server exact, as strings', () => {
  expect(toMoneyView(9_007_199_254_740_993n)).toEqual({ nanoUsd: '9007199254740993', usd: '9007199.254740993' })
  expect(formatNanoUsd(-1_380_000n)).toBe('-0.00138')
  for (const nano of [0n, 1n, -1_380_000n, -9_007_199_254_740_993n, 5_000_000_000n])
    expect(parseNanoUsd(formatNanoUsd(nano))).toBe(nano)
})

test.each([
  [0n, '$0.00'],
  [1_380_000n, '$0.00138'],
  [352_249n, '$0.000352'],
  [1n, '$0.000000001'],
  [9_999_999n, '$0.01'],
  [10_000_000n, '$0.01'],
  [6_410_000_000n, '$6.41'],
  [1_103_600_000_000n, '$1,103.60'],
  [-6_410_000_000n, '-$6.41'],
])('%i nano-dollars read as %s', (nano, text) => {
  expect(formatUsd(nano)).toBe(text)
})

test('exact dollars have cents at least, and lose nothing', () => {
  expect(['0.4', '130', '0.0000356', '1.25'].map(formatExactUsd)).toEqual(['$0.40', '$130.00', '$0.0000356', '$1.25'])
})

test.each([
  ['0.00000059', 6, '0.59'],
  [5.9e-7, 6, '0.59'],
  ['0', 6, '0'],
  ['1', 6, '1000000'],
  ['.5', 0, '0.5'],
  ['2.50', 0, '2.5'],
  ['0.0000000000001', 6, undefined],
  ['100', 6, undefined],
  ['-1', 6, undefined],
  ['', 6, undefined],
  ['.', 6, undefined],
  [Number.NaN, 0, undefined],
  ['1e99', 0, undefined],
])('%s, shifted by %i places, is %s', (value, places, expected) => {
  expect(shiftDecimal(value, places)).toBe(expected)
})

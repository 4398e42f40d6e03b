import { describe, expect, test } from 'vitest'
import {
  formatBytes,
  formatCompact,
  formatDuration,
  formatExactTime,
  formatNumber,
  formatRelative,
  formatShare,
  initialsOf,
} from './format.ts'

describe('figures for people', () => {
  test.each([
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [9.96, '10 ms'],
    [812.4, '812 ms'],
    [999.6, '1 s'],
    [3_412, '3.4 s'],
    [59_960, '1 min'],
    [125_000, '2 min 5 s'],
    [3_599_600, '1 h'],
    [4_320_000, '1 h 12 min'],
    [273_600_000, '3 d 4 h'],
    [-200, '−200 ms'],
    [Number.NaN, '–'],
  ])('a duration of %d ms reads %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  test('counts are grouped, also beyond what a double can hold', () => {
    expect(formatNumber(2418902)).toBe('2,418,902')
    expect(formatNumber(9007199254740993n)).toBe('9,007,199,254,740,993')
  })

  test('a compact count keeps three significant digits', () => {
    expect([812, 18_204, 1_940_300_000].map(formatCompact)).toEqual(['812', '18.2K', '1.94B'])
  })

  test('a share shows more digits the smaller it is', () => {
    expect([0, 0.0031, 0.031, 0.18, -0.12, 1].map(formatShare)).toEqual([
      '0 %',
      '0.31 %',
      '3.1 %',
      '18 %',
      '−12 %',
      '100 %',
    ])
  })

  test('bytes never read 1,024 of a unit', () => {
    expect([812, 1023.6, 1536, 26_214_400].map(formatBytes)).toEqual(['812 B', '1 KB', '1.5 KB', '25 MB'])
  })
})

describe('times for people', () => {
  const now = Date.UTC(2026, 10, 22, 14, 3, 12)
  test.each([
    [-4, 'just now'],
    [-59, '59 s ago'],
    [-720, '12 min ago'],
    [3 * 3600, 'in 3 h'],
    [-86_400, '1 day ago'],
    [-5 * 86_400, '5 days ago'],
    [-40 * 86_400, '13 Oct 2026'],
  ])('%d s from now reads %s', (seconds, text) => {
    expect(formatRelative(now + seconds * 1000, now, 'UTC')).toBe(text)
  })

  test('the exact time is given in the zone asked for, and names it', () => {
    expect(formatExactTime(now, 'UTC')).toBe('22 Nov 2026, 14:03:12 UTC')
    expect(formatExactTime(now, 'Europe/Amsterdam')).toMatch(/15:03:12/)
  })
})

test('initials come from a name or an e-mail address and are never empty', () => {
  expect(['Ada Maria Krol', 'ada.krol@example.test', 'ada', '', '@'].map(initialsOf)).toEqual([
    'AK',
    'AK',
    'A',
    '?',
    '?',
  ])
})

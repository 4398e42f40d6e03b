import { expect, test } from 'vitest'
import { testClock } from '#lib/testing/clock.ts'
import { Breaker } from './breaker.ts'
import { type BreakerReport, enterLine, isCrowded, Lines, mayRetry, startRetry } from './lines.ts'

const entry = { id: 'mdl_1', workspaceId: 'wsp_1' }

function lines() {
  const clock = testClock()
  const reports: BreakerReport[] = []
  const made = new Lines({
    clock,
    report: async (report) => void reports.push(report),
    logger: { error: () => undefined },
  })
  return { clock, reports, lines: made }
}

test('a breaker opens after five failures in a row, and not when one call in between worked', () => {
  const breaker = new Breaker()
  for (let failure = 1; failure < 5; failure++) expect(breaker.failed(0)).toBe(0)
  expect(breaker.worked()).toBe(false)
  for (let failure = 1; failure < 5; failure++) expect(breaker.failed(0)).toBe(0)
  expect(breaker.waitMs(0)).toBe(0)
  expect(breaker.failed(0)).toBe(30_000)
  expect(breaker.waitMs(1_000)).toBe(29_000)
})

test('after the pause one probe goes through, and only one', () => {
  const breaker = new Breaker()
  for (let failure = 0; failure < 5; failure++) breaker.failed(0)
  expect(breaker.waitMs(30_000)).toBe(0)
  breaker.entered()
  expect(breaker.waitMs(30_001)).toBe(1_000)
  expect(breaker.worked()).toBe(true)
  expect(breaker.waitMs(30_002)).toBe(0)
})

test('each failed probe makes the pause 30 s longer, up to 300 s', () => {
  const breaker = new Breaker()
  for (let failure = 0; failure < 4; failure++) breaker.failed(0)
  let nowMs = 0
  const pauses = Array.from({ length: 12 }, () => {
    breaker.entered()
    const ms = breaker.failed(nowMs)
    nowMs += ms
    return ms / 1000
  })
  expect(pauses).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300])
})

test('a probe that ends without a word on the server lets another one through', () => {
  const breaker = new Breaker()
  for (let failure = 0; failure < 5; failure++) breaker.failed(0)
  breaker.entered()
  breaker.left()
  expect(breaker.waitMs(30_000)).toBe(0)
})

test('calls that were under way when it opened change nothing', () => {
  const breaker = new Breaker()
  for (let failure = 0; failure < 5; failure++) breaker.failed(0)
  expect(breaker.failed(10)).toBe(0)
  expect(breaker.waitMs(10)).toBe(29_990)
})

test('opening and closing are told once each', () => {
  const { lines: all, reports, clock } = lines()
  const line = all.of(entry, 'gateway')
  for (let failure = 0; failure < 8; failure++) all.failed(entry, line)
  clock.advance(30_000)
  all.worked(entry, line)
  all.worked(entry, line)
  expect(reports).toEqual([
    { workspaceId: 'wsp_1', modelId: 'mdl_1', openForMs: 30_000 },
    { workspaceId: 'wsp_1', modelId: 'mdl_1', openForMs: 0 },
  ])
})

test.each(['validation', 'drift', 'experiment', 'judge'] as const)(
  '%s respects the breaker and never opens or closes it',
  (source) => {
    const { lines: all, reports, clock } = lines()
    const own = all.of(entry, source)
    const callers = all.of(entry, 'gateway')
    for (let failure = 0; failure < 20; failure++) all.failed(entry, own)
    expect(callers.breaker.isOpen).toBe(false)
    for (let failure = 0; failure < 5; failure++) all.failed(entry, callers)
    expect(own.breaker.waitMs(clock.monotonicMs())).toBe(30_000)
    all.worked(entry, own)
    expect(callers.breaker.isOpen).toBe(true)
    expect(reports).toHaveLength(1)
  },
)

test('retries are 20 % of the calls in flight, at least three', () => {
  const { lines: all } = lines()
  const line = all.of(entry, 'gateway')
  const most = (calls: number) => {
    line.calls = calls
    line.credit = Number.POSITIVE_INFINITY
    for (line.retries = 0; mayRetry(line, 0); ) line.retries++
    return line.retries
  }
  expect([0, 1, 15, 20, 200, 1000].map(most)).toEqual([3, 3, 3, 4, 40, 200])
})

test('a burst gets 20 % of its calls and three as retries, however fast they end', () => {
  const { lines: all } = lines()
  const line = all.of(entry, 'gateway')
  for (let call = 0; call < 200; call++) enterLine(line)
  let made = 0
  for (; mayRetry(line, 0); line.retries--) {
    startRetry(line)
    made++
  }
  expect(made).toBe(43)
  // A model that is called now and then has its three again.
  line.calls = 1
  expect(mayRetry(line, 1_000)).toBe(false)
  expect(mayRetry(line, 11_000)).toBe(true)
  expect(line.credit).toBe(3)
})

test('a flood of 200 calls/s that all fail gets 20 % of its calls and three as retries, for as long as it lasts', () => {
  const { lines: all } = lines()
  const line = all.of(entry, 'gateway')
  let seen = 0
  for (let call = 0; call < 60 * 200; call++) {
    enterLine(line)
    seen++
    for (let retry = 0; retry < 3 && mayRetry(line, call * 5); retry++) {
      startRetry(line)
      seen++
      line.retries--
    }
    line.calls--
  }
  expect(seen).toBeGreaterThan(60 * 200 * 1.2 - 1)
  expect(seen).toBeLessThanOrEqual(60 * 200 * 1.2 + 3)
})

test('a model that is called once a minute may be tried again three times each', () => {
  const { lines: all } = lines()
  const line = all.of(entry, 'gateway')
  for (let minute = 0; minute < 5; minute++) {
    enterLine(line)
    let retries = 0
    for (; mayRetry(line, minute * 60_000); retries++) {
      startRetry(line)
      line.retries--
    }
    expect(retries).toBe(3)
    line.calls--
  }
})

test('traffic of our own has its own share of calls and of retries', () => {
  const { lines: all } = lines()
  const callers = all.of(entry, 'gateway')
  const own = all.of(entry, 'experiment')
  callers.calls = 1000
  expect(isCrowded(callers)).toBe(false)
  expect(isCrowded(own)).toBe(false)
  own.calls = 32
  own.retries = 6
  expect(isCrowded(own)).toBe(true)
  expect(mayRetry(own, 0)).toBe(false)
  expect(mayRetry(callers, 0)).toBe(true)
})

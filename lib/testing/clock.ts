import type { Clock } from '#lib/core/clock.ts'

/** A clock that moves only when told to. */
export interface TestClock extends Clock {
  /** Moves wall and monotonic time on. */
  advance(ms: number): void
  /** Moves wall time alone, as a correction of the system's clock does. */
  setWall(nowMs: number): void
}

/** Starts at 1 January 2026, 00:00 UTC unless told otherwise. */
export function testClock(startMs: number = Date.UTC(2026, 0, 1)): TestClock {
  let wallMs = startMs
  let monotonicMs = 0
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    advance(ms) {
      if (ms < 0) throw new Error('time moves forward')
      wallMs += ms
      monotonicMs += ms
    },
    setWall(nowMs) {
      wallMs = nowMs
    },
  }
}

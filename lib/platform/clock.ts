import type { Clock } from '#lib/core/clock.ts'

/** The clock of every process; tests use `lib/testing/clock.ts`. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
}

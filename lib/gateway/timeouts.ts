import type { LeaveSignal } from '#lib/core/leave.ts'
import type { Timeouts } from '#lib/openai/upstream.ts'
import type { Extensions } from './extensions.ts'

/** What one attempt is given: the model's own times, the caller's where they are shorter, what is left of the deadline. */
export function timeoutsFor(own: Timeouts, asked: Extensions['timeout'], remainingMs: number): Timeouts {
  return {
    connectMs: own.connectMs,
    firstByteMs: Math.min(asked?.first_byte ?? own.firstByteMs, own.firstByteMs),
    idleMs: Math.min(asked?.idle ?? own.idleMs, own.idleMs),
    totalMs: Math.min(Math.max(1, remainingMs), own.totalMs),
  }
}

/** Less than the model gets by itself. */
export function isHurried(timeouts: Timeouts, own: Timeouts): boolean {
  return timeouts.firstByteMs < own.firstByteMs || timeouts.idleMs < own.idleMs || timeouts.totalMs < own.totalMs
}

/** Resolves after the time, or at once when the signal aborts. */
export function pause(ms: number, signal: LeaveSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}

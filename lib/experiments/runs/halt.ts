import type { RunReason } from './answers.ts'

/** Why a run stops before nothing is left of it. */
export type HaltReason =
  /** Something that it met. `forMs` null: until somebody resumes it. */
  | { kind: 'pause'; reason: RunReason; forMs: number | null }
  /** People paused or cancelled it. */
  | { kind: 'asked' }
  /** The process ends, or its time is up: somebody else goes on. */
  | { kind: 'leaving' }
  /** Another process has it. */
  | { kind: 'lost' }
  | { kind: 'error'; error: unknown }

/** Tells all parts of one execution to stop. The first reason counts. */
export class Halt {
  reason: HaltReason | null = null
  readonly #aborter = new AbortController()
  readonly #listeners: (() => void)[] = []

  /** Breaks off the calls under way. */
  get signal(): AbortSignal {
    return this.#aborter.signal
  }

  onHalt(listener: () => void): void {
    this.#listeners.push(listener)
    if (this.reason) listener()
  }

  stop(reason: HaltReason, { abort = false }: { abort?: boolean } = {}): void {
    if (abort) this.#aborter.abort()
    if (this.reason) return
    this.reason = reason
    for (const listener of this.#listeners) listener()
  }

  pause(reason: RunReason, forMs: number | null): void {
    this.stop({ kind: 'pause', reason, forMs })
  }

  fail(error: unknown): void {
    this.stop({ kind: 'error', error }, { abort: true })
  }
}

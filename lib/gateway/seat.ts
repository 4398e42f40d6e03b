import type { Clock } from '#lib/core/clock.ts'
import type { Aimed } from './aim.ts'
import type { Result } from './decide.ts'
import { enterLine, type Line, type Lines, mayRetry, startRetry } from './lines.ts'

/** Failures that speak of the server, not of what was asked of it. */
const blamed: ReadonlySet<Result['cause']> = new Set(['connect', 'timeout', 'server_error', 'broken'])
const unblamed: ReadonlySet<Result['cause']> = new Set(['misdirected', 'final'])

/** A call's place among those of one model: counted while it is there, and what it learns of the server is told. */
export class Seat {
  readonly #lines: Lines
  readonly #entry: Aimed['entry']
  readonly #line: Line
  #isTaken = true
  #isRetry = false

  constructor(lines: Lines, { entry, line }: Aimed) {
    this.#lines = lines
    this.#entry = entry
    this.#line = line
    enterLine(line)
  }

  /** The model's retry budget and its breaker let another attempt through. */
  mayRetry(clock: Clock): boolean {
    const nowMs = clock.monotonicMs()
    return mayRetry(this.#line, nowMs) && this.#line.breaker.waitMs(nowMs) === 0
  }

  startRetry(): void {
    startRetry(this.#line)
    this.#isRetry = true
  }

  /** After the wait. False: the breaker opened meanwhile. */
  retry(clock: Clock): boolean {
    if (this.#line.breaker.waitMs(clock.monotonicMs()) > 0) return false
    this.#line.breaker.entered()
    return true
  }

  /** The attempt is over; the call may make another. */
  endAttempt(): void {
    if (this.#isRetry) this.#line.retries--
    this.#isRetry = false
  }

  /** The answer has begun: a probe has what it wants to know, everything else is known at the end. */
  begun(): void {
    if (this.#line.breaker.isOpen) this.worked()
  }

  worked(): void {
    this.#lines.worked(this.#entry, this.#line)
  }

  /** `isHurried`: the caller allowed less time than the model gets, so a timeout says nothing. */
  failed(cause: Result['cause'], isHurried: boolean): void {
    if (unblamed.has(cause) || (cause === 'timeout' && isHurried)) this.unknown()
    else if (blamed.has(cause)) this.#lines.failed(this.#entry, this.#line)
    else this.worked()
  }

  /** Nothing was learned of the server. */
  unknown(): void {
    this.#line.breaker.left()
  }

  leave(): void {
    if (!this.#isTaken) return
    this.#isTaken = false
    this.endAttempt()
    this.#line.calls--
  }
}

const failuresMax = 5
const openMs = 30_000
const openMaxMs = 300_000
/** While a probe is under way nobody knows how long it takes. */
const probeWaitMs = 1_000

/**
 * Keeps calls away from a model that failed five times in a row: for 30 s, then one call is let through; where that fails,
 * too, for 60 s, and so on up to 300 s. Times are monotonic milliseconds.
 */
export class Breaker {
  #failures = 0
  /** How often it opened since the model last worked. */
  #times = 0
  #untilMs = 0
  #isProbing = false

  /** 0: it may be called. */
  waitMs(nowMs: number): number {
    if (this.#times === 0) return 0
    if (nowMs < this.#untilMs) return this.#untilMs - nowMs
    return this.#isProbing ? probeWaitMs : 0
  }

  /** A call goes out; the first after the pause is the probe. */
  entered(): void {
    if (this.#times > 0) this.#isProbing = true
  }

  /** The server answered. True: it was open and is no more. */
  worked(): boolean {
    const wasOpen = this.#times > 0
    this.#failures = 0
    this.#times = 0
    this.#isProbing = false
    return wasOpen
  }

  /** Returns for how long it opens; 0: it does not. What was under way when it opened says nothing new. */
  failed(nowMs: number): number {
    if (this.#times > 0 && nowMs < this.#untilMs) return 0
    this.#failures++
    if (this.#times === 0 && this.#failures < failuresMax) return 0
    this.#times++
    this.#isProbing = false
    const ms = Math.min(openMs * this.#times, openMaxMs)
    this.#untilMs = nowMs + ms
    return ms
  }

  /** The call ended in a way that says nothing of the server. */
  left(): void {
    this.#isProbing = false
  }

  /** Not closed: a probe at most is let through. */
  get isOpen(): boolean {
    return this.#times > 0
  }
}

/** The server's sense of time: every delay goes through it, scaled, and ends early when the client leaves or the server closes. */
export class Pace {
  readonly #scale: number
  #beats = 0

  constructor(scale: number) {
    this.#scale = scale
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    const delay = ms * this.#scale
    if (signal.aborted) return Promise.resolve()
    if (delay <= 0) {
      // Without delays the loop must still turn, or a client that leaves is never noticed.
      this.#beats += 1
      return this.#beats % 16 === 0 ? new Promise((resolve) => setImmediate(resolve)) : Promise.resolve()
    }
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, delay)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}

/** Until the client leaves or the server closes. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

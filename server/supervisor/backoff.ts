const firstMs = 250
const maxMs = 30_000
/** Who lived so many times what it would now wait, or a minute, was well: it is started again at once. */
const wellAfterWaits = 10
const wellAfterMs = 60_000

/** How long to wait before a process that died is started again. */
export interface Backoff {
  /** After a life of `livedMs`; 0: at once. */
  waitMs(livedMs: number): number
  reset(): void
}

export function createBackoff(): Backoff {
  let nextMs = firstMs
  return {
    waitMs(livedMs) {
      const wasWell = livedMs > Math.min(nextMs * wellAfterWaits, wellAfterMs)
      const waitMs = wasWell ? 0 : nextMs
      nextMs = wasWell ? firstMs : Math.min(nextMs * 2, maxMs)
      return waitMs
    },
    reset() {
      nextMs = firstMs
    },
  }
}

/** Time as an argument: real in processes, driven by hand in tests. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. */
  nowMs(): number
  /** Monotonic milliseconds; only differences mean anything. */
  monotonicMs(): number
}

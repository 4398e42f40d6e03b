import type { Bagged } from '#lib/core/bag.ts'
import { Leave, type LeaveSignal } from '#lib/core/leave.ts'

/** The signal of a call under way: aborts when its caller leaves, and when the call is cut. */
export class RunningCall extends Leave implements Bagged {
  place = -1
  #isCut = false
  readonly #caller: LeaveSignal | null

  /** `caller`: null for a call that goes on without. */
  constructor(caller: LeaveSignal | null) {
    super()
    this.#caller = caller
    if (caller?.aborted) this.abort()
    else caller?.addEventListener('abort', this)
  }

  get isCut(): boolean {
    return this.#isCut
  }

  cut(): void {
    if (this.aborted) return
    this.#isCut = true
    this.abort()
  }

  /** The caller left. */
  handleEvent(): void {
    this.abort()
  }

  /** The caller's signal may live on: it lets go of this call. */
  end(): void {
    this.#caller?.removeEventListener('abort', this)
  }
}

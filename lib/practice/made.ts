import type { Bill } from './account.ts'
import type { KnownModel } from './faults.ts'
import type { ResponseStore } from './response-store.ts'
import type { StreamEvent } from './stream.ts'

/** An answer that is ready to be sent, whole or as a stream. */
export interface Made {
  bill: Bill
  whole(): object
  /** Absent where the operation has no streams. */
  events?(): Iterable<StreamEvent>
  streamAsked: boolean
}

export interface Surroundings {
  nowMs: number
  /** Where this server is found: `http://127.0.0.1:4010`. */
  origin: string
  /** Whose call it is. */
  key: string
  stored: ResponseStore
}

export type Operation = (body: object, model: KnownModel, around: Surroundings) => Made

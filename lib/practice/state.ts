import type { Account } from './account.ts'
import type { Keys } from './keys.ts'
import type { Pace } from './pace.ts'
import type { ResponseStore } from './response-store.ts'

/** How many keys or models a table of the state holds before it begins anew. */
export const countersMax = 100_000

/** Everything that one running server remembers. All of it is bounded. */
export interface State {
  account: Account
  keys: Keys
  pace: Pace
  now: () => number
  origin: string
  /** Calls so far of a key and a model that fails a few times and then works. */
  counters: Map<string, number>
  /** Calls of a key in the present minute. */
  minutes: Map<string, { minute: number; calls: number }>
  requests: number
  stored: ResponseStore
}

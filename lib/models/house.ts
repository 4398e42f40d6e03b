import type { Clock } from '#lib/core/clock.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { Runs } from './validation/runs.ts'

/** Points one use of a model to another, in the transaction that also moves its claim. Of the room that owns the use. */
export type RepointUse = (tx: Tx, scope: Scope, refId: string, from: string, to: string) => Promise<void>

/** What the verbs of this room share. */
export interface House {
  readonly upstream: Upstream
  readonly meter: Meter
  readonly secrets: SecretBox
  readonly clock: Clock
  readonly logger: Logger
  readonly runs: Runs
  /** Where the worker finds what need not be done while somebody waits. */
  readonly queue: Pick<Queue, 'enqueue'>
  /** By kind of use. */
  readonly repoint: Readonly<Record<string, RepointUse>>
  /** The practice provider, where one runs: `http://127.0.0.1:4010/v1` and its key. */
  readonly practice: { url: string; key: string } | null
}

/** True where a Base URL leads to the practice provider, whatever its path. */
export function isPractice(house: Pick<House, 'practice'>, baseUrl: string): boolean {
  return house.practice !== null && new URL(house.practice.url).origin === new URL(baseUrl).origin
}

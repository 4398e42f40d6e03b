import type { Clock } from '#lib/core/clock.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Runs } from './validation/runs.ts'

/** What the verbs of this room share. */
export interface House {
  readonly upstream: Upstream
  readonly meter: Meter
  readonly secrets: SecretBox
  readonly clock: Clock
  readonly logger: Logger
  readonly runs: Runs
  /** The practice provider, where one runs: `http://127.0.0.1:4010/v1` and its key. */
  readonly practice: { url: string; key: string } | null
}

/** True where a Base URL leads to the practice provider, whatever its path. */
export function isPractice(house: Pick<House, 'practice'>, baseUrl: string): boolean {
  return house.practice !== null && new URL(house.practice.url).origin === new URL(baseUrl).origin
}

import type { Clock } from '#lib/core/clock.ts'
import type { PrismaClient } from '#lib/platform/generated/prisma/client.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Passwords } from './passwords.ts'
import type { Scope, ScopeParts } from './scope.ts'

/** What the verbs of this room share. */
export interface House {
  /** As `patchbay_system`: people, sign-in, and what is done before a workspace is known. */
  readonly system: PrismaClient
  readonly clock: Clock
  readonly secrets: SecretBox
  readonly passwords: Passwords
  readonly pepper: string
  /** The code of the banner's link; null where none was made. */
  readonly claimCode: string | null
  /** Entries of `PATCHBAY_ALLOWED_ENDPOINTS`, shown as fixed. */
  readonly fixedEndpoints: readonly string[]
  /** Entries must be readable by the egress guard; throws `invalid_input` where they are not. */
  readonly parseEntry: (text: string) => string
  toScope(parts: ScopeParts): Scope
}

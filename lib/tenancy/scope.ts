import type { Clock } from '#lib/core/clock.ts'
import type { Prisma, PrismaClient } from '#lib/platform/generated/prisma/client.ts'
import type { Actor, KeyScope, PersonView, Role } from './schema.ts'

/** A transaction as the role `patchbay_app` with this workspace set: row-level security sees to the rest. */
export type Tx = Prisma.TransactionClient

/** Which request something was done by, for the log and the audit. */
export interface RequestInfo {
  readonly id: string
  readonly address: string
}

/**
 * Authenticated, and in this workspace with this role. The only way to a tenant's tables.
 * A verb is `(scope, input) -> result`.
 */
export interface Scope {
  readonly workspaceId: string
  readonly workspace: {
    readonly slug: string
    readonly name: string
    readonly timeZone: string
    readonly demo: boolean
  }
  readonly actor: Actor
  readonly role: Role
  /** Empty for people; a key's scopes otherwise. */
  readonly keyScopes: readonly KeyScope[]
  /** True for a person who runs the installation. */
  readonly operator: boolean
  readonly request: RequestInfo
  now(): Date
  /** Runs `fn` in one transaction. No network call belongs inside. */
  tx<Result>(fn: (tx: Tx) => Promise<Result>): Promise<Result>
}

/** A signed-in person, in no workspace yet: for the account, the choice of a workspace and new workspaces. */
export interface Person extends Readonly<PersonView> {
  readonly sessionVersion: number
  readonly request: RequestInfo
  now(): Date
}

/** What a scope is made of once it is known who asks. */
export type ScopeParts = Omit<Scope, 'now' | 'tx'>

/** Makes scopes over the connections of the role `patchbay_app`. */
export function createScopes({ app, clock }: { app: PrismaClient; clock: Clock }): (parts: ScopeParts) => Scope {
  return (parts) => ({
    ...parts,
    now: () => new Date(clock.nowMs()),
    tx: (fn) =>
      app.$transaction(async (tx) => {
        // Local to the transaction: the next user of the connection starts with nothing set.
        await tx.$executeRaw`SELECT set_config('app.workspace_id', ${parts.workspaceId}, true)`
        return fn(tx)
      }),
  })
}

import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { Actor } from '#lib/tenancy/schema.ts'

/** Who pays for calls: a person, or a key with its own budgets, limits and models. */
export interface Caller {
  workspaceId: string
  actor: Actor
  keyId: string
  /** Empty: every model. */
  modelIds: readonly string[]
}

/** The scope as the gateway knows it: what a key may not call, it may not have called for it either. */
export async function callerOf(tx: Tx, { workspaceId, actor }: Scope): Promise<Caller> {
  if (actor.kind !== 'key') return { workspaceId, actor, keyId: '', modelIds: [] }
  const key = await tx.apiKey.findFirst({ where: { workspaceId, id: actor.id }, select: { modelIds: true } })
  return { workspaceId, actor, keyId: actor.id, modelIds: key?.modelIds ?? [] }
}

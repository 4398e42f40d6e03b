import type { Scope, Tx } from '#lib/tenancy/index.ts'

/** What this room asks of the one that owns evaluators. */
export interface Guardrails {
  /** Of these ids, those that name an evaluator of the workspace that may be used as a guardrail. */
  known(tx: Tx, scope: Scope, ids: readonly string[]): Promise<ReadonlySet<string>>
}

/** What the verbs of this room share. */
export interface House {
  readonly guardrails: Guardrails
}

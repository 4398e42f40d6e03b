import type { Source } from '#lib/metering/schema.ts'
import type { GroupEntry, ModelEntry, ModelType } from '#lib/models/schema.ts'
import type { Target } from '#lib/openai/upstream.ts'
import type { Actor, KeyScope } from '#lib/tenancy/schema.ts'
import type { RetryPolicy } from './decide.ts'

/** One call as a door hands it over: bytes, headers and a signal, nothing of Node's or Next's. */
export interface GatewayCall {
  method: string
  /** Without the query: nothing in a query changes a call. */
  path: string
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>
  body: Uint8Array | null
  /** Address of the caller. */
  peer: string
  /** Aborts when the caller leaves. */
  signal: AbortSignal
  /** Wall time at which the door saw the request. */
  receivedAtMs: number
}

/**
 * Gets the body of a call once it is known who calls, so that a stranger's is never read. A word in place of bytes says
 * why there are none; `gone`: the caller left.
 */
export type ReadBody = () => Promise<Uint8Array | null | 'too_large' | 'overloaded' | 'invalid_request' | 'gone'>

/**
 * The answer. A stream's `body` is read by the door at the caller's pace; a door that stops reading calls `return()` or
 * aborts the call's signal, and the call is settled either way.
 */
export interface GatewayReply {
  status: number
  headers: Record<string, string>
  body: Uint8Array | AsyncIterable<Uint8Array> | null
}

/** Who calls. `modelIds` empty: every model of the workspace. */
export interface GatewayIdentity {
  workspaceId: string
  actor: Actor
  /** Empty where a person calls from the studio. */
  keyId: string
  scopes: readonly KeyScope[]
  modelIds: readonly string[]
  source: Source
}

interface Refused {
  ok: false
  /** The key is well formed and unknown: it may be newer than what is in memory. */
  mayBeNew?: boolean
  status: number
  code: string
  message: string
}

/** Synchronous: keys are held in memory. 401 `invalid_api_key`, 400 on two keys, 503 when the keys are too old to trust. */
export type Authenticate = (headers: GatewayCall['headers'], peer: string) => ({ ok: true } & GatewayIdentity) | Refused

/** One way to answer a call. */
export interface PlanTarget {
  entry: ModelEntry
}

/** What an address stands for, compiled before the call. */
export interface Plan {
  /** Tried in order; several are peers, each as good as the first. */
  targets: readonly [PlanTarget, ...PlanTarget[]]
  /** Tried after them, unless the caller names others. */
  fallbacks?: readonly PlanTarget[]
  /** Unless the caller brings one; without it nothing is tried twice. */
  retry?: RetryPolicy
  checks?: PlanChecks
}

export interface PlanChecks {
  /** Before the first attempt. */
  input: readonly PlanCheck[]
  /** Before the first byte of an answer leaves: a stream is collected whole. */
  output: readonly PlanCheck[]
}

/** Looks at a request's body or at an answer's, whole or the events of a stream; a refusal is told as 422 with its name. */
export interface PlanCheck {
  name: string
  passes(body: Uint8Array, signal: AbortSignal): boolean | Promise<boolean>
}

export type PlanRefusal = 'model_not_found' | 'ambiguous_model' | 'model_disabled' | 'unsupported_for_model'

/**
 * `type` null: whatever the address names. `allowed`: the models that a group may choose among; empty, all of them. A
 * foreign address gives the same answer as one that does not exist.
 */
export type LoadPlan = (
  workspaceId: string,
  address: string,
  type: ModelType | null,
  allowed: readonly string[],
) => { ok: true; plan: Plan } | { ok: false; code: PlanRefusal; message: string }

/** Every active model of the workspace. */
export type ListModels = (workspaceId: string) => readonly ModelEntry[]

/** Every group of the workspace, with its active members. */
export type ListGroups = (workspaceId: string) => readonly GroupEntry[]

/** The upstream with its credential ready. Throws where the credential cannot be opened. */
export type OpenTarget = (entry: ModelEntry) => Target

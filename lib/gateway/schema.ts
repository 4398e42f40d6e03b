import type { LeaveSignal } from '#lib/core/leave.ts'
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
  signal: LeaveSignal
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

/** Who calls. Both lists of ids empty: everything of the workspace. */
export interface GatewayIdentity {
  workspaceId: string
  actor: Actor
  /** Empty where a person calls from the studio. */
  keyId: string
  scopes: readonly KeyScope[]
  modelIds: readonly string[]
  /** Deployments that it may call beside them; where both are empty, everything. */
  deploymentIds?: readonly string[]
  source: Source
}

interface Refused {
  ok: false
  /** The key is well formed and unknown: it may be newer than what is in memory. */
  mayBeNew?: boolean
  /** Whose key it is, where the key is good and may not do this: the call is on the workspace's record. */
  caller?: GatewayIdentity
  status: number
  code: string
  message: string
}

/** Synchronous: keys are held in memory. 401 `invalid_api_key`, 400 on two keys, 503 when the keys are too old to trust. */
export type Authenticate = (headers: GatewayCall['headers'], peer: string) => ({ ok: true } & GatewayIdentity) | Refused

/** One way to answer a call. */
export interface PlanTarget {
  entry: ModelEntry
  /** Of a deployment: what this model is sent beside the prompt, as names and JSON texts. */
  members?: readonly (readonly [name: string, json: string])[]
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
  /** Models whose turn would have been and who are out of the question at the moment. */
  skipped?: readonly { address: string; code: string }[]
}

export interface PlanChecks {
  /** Before the first attempt. */
  input: readonly PlanCheck[]
  /** Before the first byte of an answer leaves: a stream is collected whole, unless each of them is for afterwards. */
  output: readonly PlanCheck[]
  /** Once a call was answered: they refuse nothing, nobody waits for them, and what they say is kept as feedback. */
  later: readonly PlanCheck[]
}

/** An evaluator that looks at what is asked or answered. What it does not let pass is refused as 422 with its name. */
export interface PlanCheck {
  id: string
  name: string
  /** A stream is not held for it: it leaves as it comes and is judged before its end, a refusal being its last event. */
  isAfter?: boolean
  judge(seen: Seen, signal: AbortSignal): Verdict | Promise<Verdict>
}

export interface Seen {
  /** The body of the call. */
  request: Uint8Array
  /** The body of the answer, whole or the events of a stream; null before there is one. */
  answer: Uint8Array | null
}

export interface Verdict {
  /** Null: nobody could tell. */
  passed: boolean | null
  why: string
}

/** What a deployment is asked for. */
export interface DeploymentAsk {
  /** A key; after an `@` a version or an environment. */
  name: string
  context: Readonly<Record<string, unknown>>
  /** Identity or thread, or what is as good as a random number: splits go by its hash. */
  unit: string
  /** A variant by its name, in place of the one that the routing leads to. */
  variant: string | null
  /** People may call what is not published yet. */
  mayCallDraft: boolean
}

/** Texts of JSON, `{{variables}}` filled in. What was missing or unknown and let pass is told. */
export type FilledPrompt =
  | { ok: true; opening: string; rest: string; told: readonly string[] }
  | { ok: false; message: string; name: string }

/** The compiled prompt of a variant. */
export interface PlanPrompt {
  /** `messages` of chat; `prompt` or `input` elsewhere, null where the caller's own stands. */
  member: 'messages' | 'prompt' | 'input' | null
  /**
   * Elements of `messages` without their brackets: `opening` stands before the caller's prefix, `rest` after it. Else
   * `rest` is the one value. `mask`: what is personal is replaced by its name, for what is kept.
   */
  fill(values: Readonly<Record<string, unknown>>, mask?: boolean): FilledPrompt
  /** A value that is personal was given. */
  holdsPersonal(values: Readonly<Record<string, unknown>>): boolean
}

/** One call's way through a deployment: its version and variant, compiled before the call. */
export interface DeploymentPlan {
  id: string
  key: string
  /** `1.0`, or `draft`. */
  version: string
  variant: string
  /** Empty where the call names a version alone. */
  environment: string
  type: ModelType
  plan: Plan
  prompt: PlanPrompt
  /** Caller's own times that are shorter win. */
  timeouts: { call_timeout?: number; first_byte?: number; idle?: number } | null
  cacheSeconds: number | null
}

export type LoadedDeployment =
  | { ok: true; deployment: DeploymentPlan }
  | { ok: false; code: PlanRefusal | 'invalid_request' | 'unavailable'; message: string; deploymentId?: string }

/** A deployment as lists of what may be called show it. */
export interface DeploymentEntry {
  id: string
  key: string
  type: ModelType
  description: string
  createdAt: number
  /** By name, those that serve a version. */
  environments: Readonly<Record<string, string>>
}

export interface DeploymentDirectory {
  /** A promise only where the version is not in memory. A foreign key gives the same answer as one that does not exist. */
  load(workspaceId: string, ask: DeploymentAsk): LoadedDeployment | Promise<LoadedDeployment>
  list(workspaceId: string): readonly DeploymentEntry[]
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

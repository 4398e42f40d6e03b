import type { MoneyView } from '#lib/core/money.ts'
import type { FieldFix } from './form/price.ts'
import type { CapabilityCard, CapabilityKey, ModelType, Region, WireProfile } from './vocabulary.ts'

/** One row of a running or finished validation. */
export interface CheckView {
  /** `address`, `listing`, `authentication`, `model`, or a group of capabilities: `streaming`, `tools` ... */
  key: CheckKey
  label: string
  group: 'connection' | 'capabilities'
  /** Must pass before the model may be saved. */
  required: boolean
  /** warned: passed, with something to know. absent: the server does not offer it. skipped: not run, `summary` says why. */
  state: 'waiting' | 'running' | 'passed' | 'warned' | 'failed' | 'absent' | 'skipped'
  /** Short, for the row. */
  summary: string
  ms: number | null
  /** Set where it failed: the field to mark, the cause and what to do. */
  problem: CheckProblem | null
  evidence: EvidenceView[]
}

export const checkKeys = [
  'address',
  'listing',
  'authentication',
  'model',
  'streaming',
  'tools',
  'structured',
  'vision',
  'reasoning',
  'roles',
  'parameters',
  'vector',
  'image',
] as const
export type CheckKey = (typeof checkKeys)[number]

export interface CheckProblem {
  /** Machine-readable, snake_case: `key_refused`, `model_not_served`, `private_address` ... */
  code: string
  /** The field of the form to mark. */
  field: string
  /** Cause and fix, for the line below the field. */
  message: string
  /** What buttons set. */
  fixes: FieldFix[]
  /** `host:port` that an operator may allow with one click, where the person is one. */
  allow: string | null
}

/** One exchange with the server, without secrets, shortened. */
export interface EvidenceView {
  name: string
  request: string
  status: number | null
  response: string
  ms: number
  inputTokens: number
  outputTokens: number
  cost: MoneyView | null
  at: string
}

export type ValidationStatus = 'running' | 'passed' | 'failed' | 'cancelled'

export interface ValidationView {
  id: string
  status: ValidationStatus
  /** True as soon as address, authentication and model have passed: **Save now**. */
  savable: boolean
  modelId: string | null
  /** Without secrets. */
  subject: { type: ModelType; name: string; baseUrl: string; modelId: string }
  checks: CheckView[]
  capabilities: CapabilityCard
  profile: WireProfile
  /** What the listing told about this model. */
  offered: OfferedModel | null
  /** Where calls really go, when a missing `/v1` was found by trying. */
  baseUrl: string
  limits: ValidationLimits
  calls: number
  cost: MoneyView
  startedAt: string
  finishedAt: string | null
  startedBy: string
}

export interface ValidationLimits {
  calls: number
  ms: number
  inputTokens: number
  outputTokens: number
  /** The most it can cost at the prices given; null without prices. */
  cost: MoneyView | null
}

/** One event of a validation's stream; `seq` rises by one, so that a reader can resume after what it has seen. */
export type ValidationEvent = { seq: number } & (
  | { type: 'started'; validation: ValidationView }
  | { type: 'check'; check: CheckView }
  | { type: 'progress'; calls: number; cost: MoneyView; savable: boolean }
  | { type: 'finished'; validation: ValidationView }
)

/** One model of a server's own listing. Prices as decimal USD per 1M tokens or per image. */
export interface OfferedModel {
  id: string
  contextTokens: number | null
  inputPrice: string | null
  outputPrice: string | null
  cachedInputPrice: string | null
  imagePrice: string | null
}

export interface PriceView {
  id: string
  effectiveFrom: string
  inputPrice: string | null
  outputPrice: string | null
  cachedInputPrice: string | null
  imagePrice: string | null
  createdBy: string
}

export interface AddressView {
  address: string
  kind: 'slug' | 'alias' | 'former'
}

/** A model as it leaves the room: named fields only, no secret among them. */
export interface ModelView {
  id: string
  /** To be sent back with an edit. */
  version: number
  type: ModelType
  name: string
  slug: string
  aliases: string[]
  addresses: AddressView[]
  modelId: string
  region: Region
  description: string
  baseUrl: string
  host: string
  /** Null = the server needs no key. */
  key: { header: string; lastFour: string; fingerprint: string; setAt: string } | null
  headerNames: string[]
  queryNames: string[]
  ca: string
  paths: Partial<Record<ModelType, string>>
  timeouts: Partial<{ connectMs: number; firstByteMs: number; idleMs: number; totalMs: number }>
  maxTokens: number | null
  temperature: number | null
  contextTokens: number | null
  inputPrice: string | null
  outputPrice: string | null
  cachedInputPrice: string | null
  imagePrice: string | null
  priced: boolean
  state: 'active' | 'disabled'
  capabilities: CapabilityCard
  profile: WireProfile
  practice: boolean
  validationId: string | null
  validatedAt: string | null
  addedBy: string
  createdAt: string
  updatedAt: string
}

export interface ModelUseView {
  kind: string
  refId: string
  label: string
}

/** What the form of a copy is filled with: everything but the secrets. */
export interface ModelDraftView {
  type: ModelType
  baseUrl: string
  noKey: boolean
  name: string
  modelId: string
  region: Region
  description: string
  maxTokens: number | null
  temperature: number | null
  inputPrice: string | null
  outputPrice: string | null
  cachedInputPrice: string | null
  imagePrice: string | null
  contextTokens: number | null
  keyHeader: string
  ca: string
  timeouts: ModelView['timeouts']
  paths: ModelView['paths']
  /** Present for the practice provider only, whose key is no secret of anybody. */
  apiKey?: string
}

/** Groups of the capability card, in the order of the page. */
export const capabilityLabels: Readonly<Record<CapabilityKey, string>> = {
  streaming: 'Streaming',
  stream_usage: 'Usage in streams',
  tools: 'Function calling',
  tools_required: 'Required function',
  tools_named: 'Named function',
  tools_parallel: 'Parallel functions',
  tools_streamed: 'Streamed arguments',
  json_schema: 'Structured output',
  json_object: 'JSON mode',
  vision: 'Vision',
  reasoning: 'Reasoning',
  system_role: 'System role',
  developer_role: 'Developer role',
  temperature: 'temperature',
  stop: 'stop',
  seed: 'seed',
  logprobs: 'logprobs',
  n: 'n',
  embedding_base64: 'base64',
  embedding_dimensions: 'dimensions',
  embedding_batch: 'Batches',
  image_b64: 'b64_json',
  image_url: 'url',
}

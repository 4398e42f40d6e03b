import type { CapabilityKey } from './vocabulary.ts'

// What routes answer are schemas, in answers.ts, where new fields go. Browsers take their types alone.
export type {
  AddressView,
  BulkResult,
  CheckProblem,
  CheckView,
  EvidenceView,
  HealthWindow,
  KeyRetry,
  ModelDraftView,
  ModelHealth,
  ModelUseView,
  ModelView,
  OfferedModel,
  PriceView,
  ProfileView,
  RotationMember,
  RotationResult,
  RoutingView,
  ValidationEvent,
  ValidationLimits,
  ValidationStatus,
  ValidationView,
} from './answers.ts'

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
  'responses',
  'vector',
  'image',
] as const
export type CheckKey = (typeof checkKeys)[number]

/** Why a validation ran: a new draft, an edit, by hand, a new key, a refused key tried again, or the worker's watch. */
export const validationReasons = ['form', 'edit', 'hand', 'rotation', 'retry', 'drift'] as const
export type ValidationReason = (typeof validationReasons)[number]

/**
 * What traffic tells of a model. failing: its breaker is open, or over 20 % errors in 5 minutes. slow: p95 of the first byte in 15 minutes over
 * 3 times its 7-day median. idle: no call in 24 h. Validation and drift are left out.
 */
export const healthWords = ['healthy', 'slow', 'failing', 'key_refused', 'idle'] as const
export type HealthWord = (typeof healthWords)[number]

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
  responses: 'Responses API',
  embedding_base64: 'base64',
  embedding_dimensions: 'dimensions',
  embedding_batch: 'Batches',
  image_b64: 'b64_json',
  image_url: 'url',
}

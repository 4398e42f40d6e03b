import type { AttemptRecord, CacheUse, CallIdentity, LeaseCharge, Outcome, UsageSource } from './schema.ts'

/** One column of `ledger.records`: its type, and what stands there when a record leaves it out. */
interface Column {
  name: string
  type: string
  fallback?: string
}

const text = (name: string, fallback = "''"): Column => ({ name, type: 'text', fallback })
const number = (name: string, type = 'bigint'): Column => ({ name, type, fallback: '0' })

/** The columns of `ledger.records`, as the writer reads them from a record's JSON. */
export const recordColumns: readonly Column[] = [
  { name: 'started_at', type: 'timestamptz' },
  { name: 'id', type: 'text' },
  { name: 'workspace_id', type: 'text' },
  { name: 'source', type: 'text' },
  { name: 'actor_kind', type: 'text' },
  text('actor_id'),
  text('key_id'),
  text('model_id'),
  text('address'),
  text('deployment_id'),
  text('version'),
  text('variant'),
  text('environment'),
  { name: 'endpoint', type: 'text' },
  { name: 'stream', type: 'boolean', fallback: 'false' },
  { name: 'outcome', type: 'text' },
  number('status', 'smallint'),
  text('error_code'),
  text('error_message'),
  number('input_tokens'),
  number('cached_tokens'),
  number('output_tokens'),
  number('reasoning_tokens'),
  number('images', 'integer'),
  text('usage_source', "'none'"),
  text('usage_flags'),
  text('price_id'),
  { name: 'priced', type: 'boolean', fallback: 'false' },
  number('cost_nano_usd'),
  number('bound_nano_usd'),
  number('overrun_nano_usd'),
  { name: 'charges', type: 'jsonb' },
  number('latency_ms', 'integer'),
  { name: 'first_byte_ms', type: 'integer' },
  number('gateway_us', 'integer'),
  { name: 'attempts', type: 'jsonb' },
  text('adapted'),
  text('cache'),
  text('finish_reason'),
  text('upstream_request_id'),
  text('identity'),
  text('thread'),
  text('name'),
  { name: 'metadata', type: 'jsonb' },
  text('payload'),
  text('trace'),
]

/** What is known before the call: the part that its begin and its end have in common. */
export interface RecordHead extends CallIdentity {
  requestId: string
  startedAtMs: number
  priceId: string
  boundNanoUsd: bigint
}

export interface RecordTail {
  outcome: Outcome
  status: number
  errorCode?: string
  errorMessage?: string
  inputTokens: number
  cachedTokens: number
  outputTokens: number
  reasoningTokens: number
  images: number
  usageSource: UsageSource
  usageFlags: readonly string[]
  priced: boolean
  costNanoUsd: bigint
  overrunNanoUsd: bigint
  charges?: readonly LeaseCharge[]
  latencyMs?: number
  firstByteMs?: number
  gatewayUs?: number
  attempts?: readonly AttemptRecord[]
  adapted?: string
  cache?: CacheUse
  finishReason?: string
  upstreamRequestId?: string
}

/** Attempts and those who were passed over. */
const attemptsMax = 24

/** The JSON of the head, without its closing brace: a tail follows. It begins with the id (see `idOfFrame`). */
export function writeHead(head: RecordHead): string {
  const json = JSON.stringify({
    id: head.requestId,
    started_at: isoOf(head.startedAtMs),
    workspace_id: head.workspaceId,
    source: head.source,
    actor_kind: head.actorKind,
    actor_id: short(head.actorId, 100),
    key_id: short(head.keyId, 100),
    model_id: short(head.modelId, 100),
    address: short(head.address, 300),
    deployment_id: short(head.deploymentId, 100),
    version: short(head.version, 100),
    variant: short(head.variant, 100),
    environment: short(head.environment, 100),
    endpoint: short(head.endpoint, 100) ?? '',
    stream: head.stream || undefined,
    price_id: head.priceId || undefined,
    bound_nano_usd: whole(head.boundNanoUsd),
    identity: short(head.identity, 256),
    thread: short(head.thread, 256),
    name: short(head.name, 256),
    metadata: head.metadata === undefined ? undefined : toMetadata(head.metadata),
    payload: head.payload || undefined,
    trace: head.trace || undefined,
  })
  return json.slice(0, -1)
}

/** The whole record: a head and how the call ended. */
export function writeRecord(head: string, tail: RecordTail): string {
  const json = JSON.stringify({
    outcome: tail.outcome,
    status: tail.status,
    error_code: short(tail.errorCode, 100),
    error_message: short(tail.errorMessage, 500),
    input_tokens: tail.inputTokens || undefined,
    cached_tokens: tail.cachedTokens || undefined,
    output_tokens: tail.outputTokens || undefined,
    reasoning_tokens: tail.reasoningTokens || undefined,
    images: tail.images || undefined,
    usage_source: tail.usageSource,
    usage_flags: tail.usageFlags.length > 0 ? short(tail.usageFlags.join(' '), 300) : undefined,
    priced: tail.priced,
    cost_nano_usd: whole(tail.costNanoUsd),
    overrun_nano_usd: whole(tail.overrunNanoUsd),
    charges: tail.charges && tail.charges.length > 0 ? tail.charges.map(toCharge) : undefined,
    latency_ms: count(tail.latencyMs),
    first_byte_ms: tail.firstByteMs === undefined ? undefined : (count(tail.firstByteMs) ?? 0),
    gateway_us: count(tail.gatewayUs),
    attempts:
      tail.attempts && tail.attempts.length > 0 ? tail.attempts.slice(0, attemptsMax).map(toAttempt) : undefined,
    adapted: short(tail.adapted, 500),
    cache: tail.cache,
    finish_reason: short(tail.finishReason, 64),
    upstream_request_id: short(tail.upstreamRequestId, 200),
  })
  return `${head},${json.slice(1)}`
}

/** Text as Postgres takes it: no NUL, no half of a surrogate pair, at most `max` characters. Empty text is left out. */
function short(value: string | undefined, max: number): string | undefined {
  if (value === undefined || value === '') return undefined
  const bounded = value.length > max ? value.slice(0, max) : value
  const whole = bounded.isWellFormed() ? bounded : bounded.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\ufffd') : whole
}

/** A bigint as JSON holds it: text, which Postgres reads as a number. */
function whole(value: bigint): string | undefined {
  return value === 0n ? undefined : value.toString()
}

/** A duration as a whole, non-negative 32-bit number. */
function count(value: number | undefined): number | undefined {
  if (value === undefined || !(value > 0)) return undefined
  return Math.min(Math.round(value), 2_147_483_647) || undefined
}

function toCharge({ lease, rule, units }: LeaseCharge): { lease?: string; rule: string; units: string } {
  return { lease: lease || undefined, rule, units: units.toString() }
}

function toAttempt(attempt: AttemptRecord): AttemptRecord {
  return {
    modelId: short(attempt.modelId, 100) ?? '',
    startedAtMs: Math.round(attempt.startedAtMs),
    status: attempt.status,
    code: short(attempt.code, 100) ?? '',
    connectMs: tenths(attempt.connectMs),
    firstByteMs: tenths(attempt.firstByteMs),
    totalMs: tenths(attempt.totalMs) ?? 0,
    skipped: attempt.skipped,
    inputTokens: attempt.inputTokens,
    outputTokens: attempt.outputTokens,
    costNanoUsd: attempt.costNanoUsd,
  }
}

function tenths(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10
}

function toMetadata(metadata: Record<string, string>): Record<string, string> {
  const pairs = Object.entries(metadata).slice(0, 16)
  return Object.fromEntries(pairs.map(([key, value]) => [short(key, 64) ?? '', short(value, 512) ?? '']))
}

let isoAtMs = Number.NaN
let iso = ''
/** Many calls begin in one millisecond. */
function isoOf(ms: number): string {
  if (ms !== isoAtMs) {
    iso = new Date(ms).toISOString()
    isoAtMs = ms
  }
  return iso
}

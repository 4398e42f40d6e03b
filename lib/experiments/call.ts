import type { Clock } from '#lib/core/clock.ts'
import type { Gateway } from '#lib/gateway/index.ts'
import type { GatewayIdentity, GatewayReply } from '#lib/gateway/schema.ts'
import type { Caller } from './caller.ts'

/** Where calls of experiments and judges go: the engine that answers callers. */
export interface CallPorts {
  gateway: Pick<Gateway, 'handleAs'>
  clock: Clock
}

export interface CallRequest extends Caller {
  source: GatewayIdentity['source']
  path: '/v1/chat/completions' | '/v1/completions' | '/v1/embeddings' | '/v1/images/generations'
  body: Record<string, unknown>
  /** Groups what belongs together on the record: the id of a run. */
  thread?: string
  /** What the record is found by: a cell of the run. */
  name?: string
  signal: AbortSignal
}

/** What one call came to. */
export interface CallResult {
  requestId: string
  status: number
  /** Parsed; null where it is no JSON. */
  body: unknown
  /** Null: unpriced, or not known. */
  costNanoUsd: bigint | null
  latencyMs: number
  /** Null where the answer came whole. */
  firstTokenMs: number | null
  /** Calls to servers that were made for it; 0: it was refused before. */
  attempts: number
  /** Of a refusal or an error; empty where all went well. */
  code: string
  message: string
  /** As the answer asks; null where it does not. */
  retryAfterMs: number | null
}

/** One whole answer through the gateway: authenticated as the actor, limited, paid for and on the record. Never throws. */
export async function callModel(ports: CallPorts, request: CallRequest): Promise<CallResult> {
  const { workspaceId, actor, keyId, modelIds, source, path, thread, name, signal } = request
  const body = { ...request.body, ...(thread && { thread: { id: thread } }), ...(name && { name }) }
  const startedMs = ports.clock.monotonicMs()
  const reply = await ports.gateway.handleAs(
    { workspaceId, actor, keyId, modelIds, scopes: ['inference'], source },
    {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
      peer: '',
      signal,
      receivedAtMs: ports.clock.nowMs(),
    },
  )
  const latencyMs = ports.clock.monotonicMs() - startedMs
  const parsed = await readReply(reply)
  const { headers, status } = reply
  const error = status >= 200 && status < 300 ? null : errorOf(parsed)
  const cost = headers['x-patchbay-cost-usd']
  const after = Number(headers['retry-after'])
  return {
    requestId: headers['x-request-id'] ?? '',
    status,
    body: parsed,
    costNanoUsd: cost === undefined ? null : toNanoUsd(cost),
    latencyMs,
    firstTokenMs: null,
    attempts: Number(headers['x-patchbay-attempts'] ?? 0),
    code: error?.code ?? '',
    message: error?.message ?? '',
    retryAfterMs: Number.isFinite(after) && after > 0 ? after * 1_000 : null,
  }
}

async function readReply({ body }: GatewayReply): Promise<unknown> {
  if (body === null) return null
  const chunks: Uint8Array[] = []
  if (body instanceof Uint8Array) chunks.push(body)
  else for await (const chunk of body) chunks.push(chunk)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return null
  }
}

function errorOf(body: unknown): { code: string; message: string } {
  const error = (body as { error?: { code?: unknown; message?: unknown } } | null)?.error
  return {
    code: typeof error?.code === 'string' ? error.code.slice(0, 100) : 'error',
    message: typeof error?.message === 'string' ? error.message.slice(0, 1_000) : 'The call failed.',
  }
}

/** Exact dollars, as `formatNanoUsd` writes them. */
function toNanoUsd(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0')
}

import { readTrace, spanIdOf, traceIdOf } from '#lib/platform/trace-context.ts'
import type { CallContent } from './content.ts'
import { attributes, nanos, type OtlpSpan } from './otlp.ts'
import type { TelemetryRecord } from './record.ts'

/** What a model of ours is called at its server, and where that is. */
export interface ModelPlace {
  modelId: string
  host: string
  port: number
}

/** By the id of the model; undefined where it is gone. */
export type FindPlace = (workspaceId: string, modelId: string) => ModelPlace | undefined

/** By the endpoint on the record; names of the GenAI conventions where they have one. */
export const operationNames: Readonly<Record<string, string>> = {
  'chat/completions': 'chat',
  responses: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
  'images/generations': 'generate_content',
}
/** The flavour of the API that is spoken, whoever runs the server: what the conventions ask for. */
export const providerName = 'openai'

const kindServer = 2
const kindClient = 3
const statusError = 2

/**
 * The spans of one record, by OpenTelemetry's conventions for generative AI: the request as it came to us, below it each
 * attempt at a server with what it used. Prompt and answer are at the last one, where they are given. Who the end user is
 * is in none.
 */
export function toSpans(record: TelemetryRecord, find: FindPlace, content?: CallContent): OtlpSpan[] {
  const { id, workspace_id: workspaceId, endpoint } = record
  const context = readTrace(record.trace ?? '')
  const traceId = traceIdOf(id, context)
  const startedMs = Date.parse(record.started_at)
  const attempts = (record.attempts ?? []).filter(({ skipped }) => !skipped)
  const root: OtlpSpan = {
    traceId,
    spanId: spanIdOf(id),
    ...(context && { parentSpanId: context.parentId }),
    name: `POST /v1/${endpoint}`,
    kind: kindServer,
    startTimeUnixNano: nanos(startedMs),
    endTimeUnixNano: nanos(startedMs + (record.latency_ms ?? 0)),
    attributes: attributes({
      'http.request.method': 'POST',
      'http.route': `/v1/${endpoint}`,
      'http.response.status_code': record.status || undefined,
      'error.type': record.error_code || undefined,
      'patchbay.request.id': id,
      'patchbay.workspace.id': workspaceId,
      'patchbay.source': record.source,
      'patchbay.address': record.address,
      'patchbay.outcome': record.outcome,
      'patchbay.deployment.id': record.deployment_id,
      'patchbay.deployment.version': record.version,
      'patchbay.deployment.variant': record.variant,
      'patchbay.deployment.environment': record.environment,
      'patchbay.cache': record.cache,
      'patchbay.adapted': record.adapted,
      'patchbay.attempts': attempts.length,
      'patchbay.cost.usd': record.priced ? Number(record.cost_nano_usd ?? 0) / 1e9 : undefined,
      'gen_ai.conversation.id': record.thread,
    }),
    events: (record.attempts ?? [])
      .filter(({ skipped }) => skipped)
      .map(({ startedAtMs, modelId, code }) => ({
        name: 'patchbay.model_skipped',
        timeUnixNano: nanos(startedAtMs),
        attributes: attributes({ 'patchbay.model.id': modelId, 'error.type': code }),
      })),
    status: statusOf(record.outcome === 'ok' ? '' : record.error_code || record.outcome),
  }
  const spans = attempts.map((attempt, index) => toAttemptSpan(record, root, attempt, index, attempts.length, find))
  spans.at(-1)?.attributes.push(...contentAttributes(record.endpoint, content))
  return [root, ...spans]
}

/** What an embedding is made of is no message. */
function contentAttributes(endpoint: string, content: CallContent | undefined) {
  if (!content || endpoint === 'embeddings' || !operationNames[endpoint]) return []
  return attributes({
    'gen_ai.system_instructions': content.instructions,
    'gen_ai.input.messages': content.input,
    'gen_ai.output.messages': content.output,
    'patchbay.content.cut': content.cut ? 'true' : undefined,
  })
}

function toAttemptSpan(
  record: TelemetryRecord,
  root: OtlpSpan,
  attempt: NonNullable<TelemetryRecord['attempts']>[number],
  index: number,
  count: number,
  find: FindPlace,
): OtlpSpan {
  const operation = operationNames[record.endpoint] ?? record.endpoint
  const place = find(record.workspace_id, attempt.modelId)
  const isLast = index === count - 1
  const used = isLast ? usedByLast(record) : attempt
  const code = isLast && record.outcome === 'ok' ? '' : attempt.code
  return {
    traceId: root.traceId,
    spanId: spanIdOf(record.id, index),
    parentSpanId: root.spanId,
    name: `${operation} ${place?.modelId ?? record.address ?? ''}`.trim(),
    kind: kindClient,
    startTimeUnixNano: nanos(attempt.startedAtMs),
    endTimeUnixNano: nanos(attempt.startedAtMs + attempt.totalMs),
    attributes: attributes({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerName,
      'gen_ai.request.model': place?.modelId ?? record.address,
      'gen_ai.usage.input_tokens': used.inputTokens,
      'gen_ai.usage.output_tokens': used.outputTokens,
      'gen_ai.usage.cache_read.input_tokens': isLast ? record.cached_tokens : undefined,
      ...(isLast && record.finish_reason && { 'gen_ai.response.finish_reasons': [record.finish_reason] }),
      'gen_ai.conversation.id': record.thread,
      'server.address': place?.host,
      'server.port': place?.port,
      'http.response.status_code': attempt.status || undefined,
      'error.type': code || undefined,
      'patchbay.model.id': attempt.modelId,
      'patchbay.first_byte_ms': attempt.firstByteMs,
    }),
    events: [],
    status: statusOf(code),
  }
}

/** The record has the sum of all attempts; what others used is theirs. */
function usedByLast(record: TelemetryRecord): { inputTokens?: number | undefined; outputTokens?: number | undefined } {
  if (record.usage_source === 'none') return {}
  const others = (record.attempts ?? []).slice(0, -1)
  const rest = (total: number | undefined, read: 'inputTokens' | 'outputTokens') =>
    Math.max(0, (total ?? 0) - others.reduce((sum, attempt) => sum + (attempt[read] ?? 0), 0))
  return {
    inputTokens: rest(record.input_tokens, 'inputTokens'),
    outputTokens: rest(record.output_tokens, 'outputTokens'),
  }
}

function statusOf(code: string): OtlpSpan['status'] {
  return code === '' ? {} : { code: statusError, message: code }
}

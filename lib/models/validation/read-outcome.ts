import type { AttemptOutcome } from '#lib/openai/upstream.ts'
import { type ErrorBody, holdsError, parseErrorBody } from '#lib/openai/wire/error-body.ts'
import { isDone, SseReader } from '#lib/openai/wire/sse.ts'
import { findUsage, UsageWatch } from '#lib/openai/wire/usage.ts'
import type { ProbeCall, ProbeReply } from './probe.ts'

/** Of a request or an answer this much is kept as evidence. */
export const evidenceTextMax = 1_500
/** A request is kept whole, so that it can be sent again by hand. */
const requestTextMax = 4_000

/** A reply before it is settled: with what only the account and the evidence need. */
export type Read = Omit<ProbeReply, 'ms' | 'evidence'> & {
  text: string
  retryAfterMs: number | undefined
  imagesSeen: number
}

/** One outcome in the words of a validation. Never throws: a stream that breaks is a broken reply. */
export async function readOutcome(outcome: AttemptOutcome, shown: (text: string) => string): Promise<Read> {
  const empty: Read = {
    kind: 'broken',
    status: 0,
    json: undefined,
    chunks: undefined,
    done: false,
    usage: null,
    error: null,
    failure: null,
    contentType: '',
    location: '',
    firstByteMs: outcome.timings.firstByteMs ?? null,
    text: '',
    retryAfterMs: undefined,
    imagesSeen: 0,
  }
  if (outcome.kind === 'failure')
    return { ...empty, failure: outcome.code, location: outcome.location ?? '', text: outcome.message }
  const base = { ...empty, status: outcome.status, contentType: headerOf(outcome.headers, 'content-type') }
  if (outcome.kind === 'stream') return readStream(base, outcome)
  const text = outcome.body.toString('utf8')
  const json = parse(text)
  const failed = outcome.status >= 400 || holdsError(json)
  const retryAfter = Number(headerOf(outcome.headers, 'retry-after'))
  return {
    ...base,
    json,
    usage: failed ? null : findUsage(json),
    error: failed ? readError(text, shown) : null,
    kind: kindOf(outcome.status, failed || json === undefined),
    text,
    retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1_000 : undefined,
    imagesSeen: countImages(json),
  }
}

async function readStream(base: Read, outcome: Extract<AttemptOutcome, { kind: 'stream' }>): Promise<Read> {
  const reader = new SseReader()
  const watch = new UsageWatch()
  const chunks: unknown[] = []
  let done = false
  let text = ''
  let failure: string | null = null
  let broken = false
  const take = (bytes: Uint8Array) => {
    for (const event of reader.push(bytes)) {
      if (text.length < evidenceTextMax) text += Buffer.from(event.raw).toString('utf8')
      if (!event.data) continue
      if (isDone(event.data)) done = true
      else {
        const chunk = parse(Buffer.from(event.data).toString('utf8'))
        if (chunk === undefined || holdsError(chunk)) broken = true
        watch.see(chunk)
        if (chunks.length < 5_000) chunks.push(chunk)
      }
    }
  }
  try {
    for (const bytes of outcome.first) take(bytes)
    for await (const bytes of outcome.body) {
      take(bytes)
      if (chunks.length >= 5_000) {
        outcome.abort()
        failure = 'upstream_too_large'
        break
      }
    }
  } catch (error) {
    failure = error instanceof Error && 'code' in error ? String(error.code) : 'upstream_reset'
  }
  return {
    ...base,
    chunks,
    done,
    usage: watch.usage,
    failure,
    kind: failure || broken || chunks.length === 0 ? 'broken' : 'answered',
    text,
  }
}

function readError(text: string, shown: (text: string) => string): ErrorBody {
  const error = parseErrorBody(text)
  return {
    message: shown(error.message),
    ...(error.type && { type: shown(error.type) }),
    ...(error.param && { param: shown(error.param) }),
    ...(error.code && { code: shown(error.code) }),
  }
}

function kindOf(status: number, failed: boolean): ProbeReply['kind'] {
  if (status >= 200 && status < 300) return failed ? 'broken' : 'answered'
  if (status === 401 || status === 403) return 'denied'
  if (status === 429 || status === 402) return 'limited'
  if (status >= 400 && status < 500 && status !== 408) return 'rejected'
  // 501 and its like say "not offered" as a 400 does, but a plain 500 is a fault of the moment.
  return status === 501 ? 'rejected' : 'broken'
}

function countImages(json: unknown): number {
  const data = (json as { data?: unknown } | undefined)?.data
  return Array.isArray(data)
    ? data.filter((item) => item && (typeof item.b64_json === 'string' || typeof item.url === 'string')).length
    : 0
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string {
  const value = headers[name]
  return Array.isArray(value) ? (value[0] ?? '') : (value ?? '')
}

/** The request as evidence: method, path and body, long texts shortened. No header: the key is in one. */
export function requestText(spec: ProbeCall): string {
  const body = spec.body === undefined ? '' : JSON.stringify(spec.body, (_key, value) => shorten(value))
  const line = `${spec.method} ${spec.path}${credentialNote(spec.key)}`
  return (body ? `${line}\n${body}` : line).slice(0, requestTextMax)
}

function credentialNote(key: ProbeCall['key']): string {
  if (key === undefined || key === 'own') return ''
  if (key === 'wrong') return '   (with a wrong key)'
  return key === 'none' ? '   (without a key)' : `   (with the key as ${key})`
}

function shorten(value: unknown): unknown {
  return typeof value === 'string' && value.length > 2_000
    ? `${value.slice(0, 80)}… (${value.length} characters)`
    : value
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { toBuffer } from '#lib/openai/scan.ts'
import { parseErrorBody, redact } from '#lib/openai/wire/error-body.ts'
import { isDone } from '#lib/openai/wire/sse.ts'
import type { GatewayError } from './errors.ts'
import { bytesAfter, type EventKind, StreamWatch } from './stream-watch.ts'

interface ResponsesEvent {
  type?: unknown
  sequence_number?: unknown
  response?: { status?: unknown; error?: unknown; incomplete_details?: { reason?: unknown } | null } | null
}

/** Events that end a stream, as values of `type`: inside of a string the quotes would be escaped. */
const endings = /"response\.(?:completed|incomplete|failed)"|"type"\s*:\s*"error"/
/** How the last event begins where it is too large to be read. */
const largeEnding =
  /^(?:event: ?response\.(?:completed|incomplete)\s|data: ?\{\s*"type"\s*:\s*"response\.(?:completed|incomplete)")/
const headBytes = 128

/** Reads along with a stream of the Responses API: it ends with an event of its own, which holds the whole response. */
export class ResponsesWatch extends StreamWatch {
  override readonly passesErrors = true
  #last = ''
  #isLargeEnding = false

  override see(data: Uint8Array): EventKind {
    if (isDone(data)) {
      this.done = true
      return 'done'
    }
    const text = toBuffer(data).toString('latin1')
    this.#last = text
    this.outputBytes += bytesAfter(text, '"delta"')
    if (!endings.test(text)) return 'other'
    const event = parse(data)
    if (event.type === 'error') return this.#fail(data)
    if (event.type === 'response.failed')
      return this.#fail(Buffer.from(JSON.stringify({ error: event.response?.error ?? {} })), event)
    if (event.type !== 'response.completed' && event.type !== 'response.incomplete') return 'other'
    this.usage.see(event)
    this.finishReason = finishReasonOf(event.response)
    this.done = true
    return 'done'
  }

  override seeLarge(bytes: Uint8Array): void {
    this.#isLargeEnding = largeEnding.test(toBuffer(bytes).toString('latin1', 0, headBytes))
  }

  override endLarge(): void {
    this.done ||= this.#isLargeEnding
  }

  /** For clients that know OpenAI's event and for those that know the shape of its errors. */
  override toErrorEvent({ message, type, param, code }: GatewayError): string {
    const number = /"sequence_number"\s*:\s*(\d{1,15})/.exec(this.#last)?.[1]
    const sequence_number = number === undefined ? 0 : Number(number) + 1
    const error = { message, type, param, code }
    return `event: error\ndata: ${JSON.stringify({ type: 'error', sequence_number, code, message, param, error })}\n\n`
  }

  #fail(body: Uint8Array, event?: ResponsesEvent): EventKind {
    if (event) this.usage.see(event)
    this.error = parseErrorBody(body, this.secrets)
    return 'error'
  }
}

/** Why it ended: `completed`, or what was in the way. */
export function finishReasonOf(response: ResponsesEvent['response']): string {
  const reason = response?.incomplete_details?.reason ?? response?.status
  return typeof reason === 'string' ? reason.slice(0, 64) : ''
}

/** The event as it came, without a secret in it. */
export function withoutSecrets(raw: Uint8Array, secrets: readonly string[]): Uint8Array {
  const text = toBuffer(raw).toString('utf8')
  const clean = redact(text, secrets)
  return clean === text ? raw : Buffer.from(clean)
}

function parse(data: Uint8Array): ResponsesEvent {
  try {
    const value: unknown = JSON.parse(toBuffer(data).toString('utf8'))
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

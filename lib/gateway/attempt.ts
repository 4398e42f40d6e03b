import { formatNanoUsd } from '#lib/core/money.ts'
import type { CallEnd, Cost, Ticket } from '#lib/metering/index.ts'
import type { AttemptRecord } from '#lib/metering/schema.ts'
import type { ModelEntry } from '#lib/models/schema.ts'
import { readString } from '#lib/openai/scan.ts'
import { type StreamAnswer, StreamBroken, type Target, type WholeAnswer } from '#lib/openai/upstream.ts'
import { redact } from '#lib/openai/wire/error-body.ts'
import { type Encoding, readAnswer, recodeEmbeddings } from './answer.ts'
import type { CallContext } from './call.ts'
import { errorReply, failureError, type GatewayError, gatewayError } from './errors.ts'
import type { GatewayPorts } from './index.ts'
import type { ReadRequest } from './read-request.ts'
import { StreamRelay } from './relay.ts'
import type { PreparedRequest } from './request-edit.ts'
import type { GatewayReply } from './schema.ts'
import { StreamWatch } from './stream-watch.ts'
import { ToolIndexes } from './tool-index.ts'
import { statusInside, type ToldError, upstreamError } from './upstream-error.ts'

/** Nobody reads the answer to a caller who left; proxies log it under this status. */
const statusLeft = 499

/** What the server told of an answer that the caller does not get. */
type Used = Pick<CallEnd, 'usage' | 'usageFlags'>

interface AttemptParts {
  request: ReadRequest
  prepared: PreparedRequest
  entry: ModelEntry
  target: Target
  ticket: Ticket
  startedMs: number
}

/** An admitted call: sends it, relays what comes back, settles it exactly once. */
export class Attempt {
  readonly #ports: GatewayPorts
  readonly #context: CallContext
  readonly #parts: AttemptParts
  readonly #adapted: string[]
  #record: AttemptRecord | null = null
  /** Our own share of the time, milliseconds. */
  #ownMs = 0
  #sentMs = 0
  #firstByteMs: number | undefined
  #upstreamMs = 0
  #upstreamRequestId = ''

  constructor(ports: GatewayPorts, context: CallContext, parts: AttemptParts) {
    this.#ports = ports
    this.#context = context
    this.#parts = parts
    this.#adapted = parts.prepared.adapted
  }

  async run(): Promise<GatewayReply> {
    const { clock, upstream } = this.#ports
    const { call, endpoint } = this.#context
    const { request, prepared, entry, target, startedMs } = this.#parts
    this.#sentMs = clock.monotonicMs()
    const sentAtMs = clock.nowMs()
    const outcome = await upstream.send(
      target,
      {
        method: 'POST',
        path: entry.paths[entry.type] ?? endpoint.upstreamPath,
        body: prepared.bytes,
        contentType: 'application/json',
        answer: request.stream ? 'stream' : 'whole',
        answerBytesMax: endpoint.answerBytesMax,
      },
      call.signal,
    )
    this.#upstreamMs = clock.monotonicMs() - this.#sentMs
    this.#ownMs = this.#sentMs - startedMs
    const { timings } = outcome
    if (timings.firstByteMs !== undefined) this.#firstByteMs = this.#ownMs + timings.firstByteMs
    this.#record = {
      modelId: entry.id,
      startedAtMs: sentAtMs,
      status: outcome.status ?? 0,
      code: '',
      connectMs: timings.connectMs,
      firstByteMs: timings.firstByteMs,
      totalMs: this.#upstreamMs,
    }
    if (outcome.kind === 'failure') {
      if (call.signal.aborted) return this.#left(outcome.sent)
      return this.#failed(failureError(outcome))
    }
    this.#upstreamRequestId = redact(headerOf(outcome.headers, 'x-request-id') ?? '', target.secrets)
    if (outcome.kind === 'stream') return this.#stream(outcome)
    return call.signal.aborted ? this.#leftLate(outcome) : this.#whole(outcome)
  }

  #whole(outcome: WholeAnswer): GatewayReply {
    const { endpoint } = this.#context
    const { request, target } = this.#parts
    const { status, body } = outcome
    if (status < 200 || status >= 300)
      return this.#told(upstreamError(status, headerOf(outcome.headers, 'retry-after'), body, target))
    const answer = readAnswer(body, endpoint.type)
    if (answer.kind === 'error') return this.#told(upstreamError(statusInside(body), undefined, body, target))
    if (answer.kind === 'nonsense') return this.#failed(gatewayError('upstream_bad_answer'))
    // The caller cannot use it, the server charges for it.
    if (request.stream)
      return this.#failed(
        gatewayError('upstream_bad_answer', {
          message: "The model's server answered in one piece although a stream was asked for.",
        }),
        answer,
      )
    let bytes: Uint8Array = body
    if (endpoint.type === 'embedding' && answer.object) {
      const asked = this.#askedEncoding()
      const recoded = recodeEmbeddings(answer.object, asked)
      if (recoded) {
        bytes = recoded
        this.#adapted.push(`embedding:${asked === 'float' ? 'base64' : 'float'}>${asked}`)
      }
    }
    const cost = this.#settle({
      outcome: 'ok',
      status,
      usage: answer.usage,
      usageFlags: answer.usageFlags,
      outputBytes: answer.outputBytes,
      finishReason: answer.finishReason,
    })
    const headers = this.#headers('application/json')
    if (cost.priced) headers['x-patchbay-cost-usd'] = formatNanoUsd(cost.costNanoUsd)
    return { status, headers, body: bytes }
  }

  #stream(outcome: StreamAnswer): GatewayReply {
    const { call } = this.#context
    const { prepared, entry, target } = this.#parts
    const watch = new StreamWatch(target.secrets)
    const relay = new StreamRelay({
      first: outcome.first,
      source: outcome.body[Symbol.asyncIterator](),
      abort: () => outcome.abort(),
      signal: call.signal,
      watch,
      cutUsage: prepared.injectedUsage,
      toolIndexes: entry.profile.toolIndexMissing ? new ToolIndexes() : null,
      toError: (error) =>
        error instanceof StreamBroken ? failureError(error.failure) : gatewayError('internal_error'),
      settle: (end) => {
        if (this.#record) {
          this.#record.totalMs = this.#ports.clock.monotonicMs() - this.#sentMs
          this.#record.code = end.error?.code ?? ''
        }
        this.#settle({
          outcome: end.outcome,
          status: outcome.status,
          errorCode: end.error?.code,
          errorMessage: end.error?.message,
          usage: watch.usage.usage,
          usageFlags: watch.usage.flags,
          outputBytes: watch.outputBytes,
          finishReason: watch.finishReason,
        })
      },
    })
    const headers = this.#headers('text/event-stream; charset=utf-8')
    headers['x-accel-buffering'] = 'no'
    return { status: outcome.status, headers, body: relay }
  }

  #askedEncoding(): Encoding {
    const { request } = this.#parts
    const member = request.member('encoding_format')
    return member && readString(request.object, member) === 'base64' ? 'base64' : 'float'
  }

  #failed(error: GatewayError, used: Used = {}): GatewayReply {
    return this.#told({ error, reply: errorReply(error) }, used)
  }

  #told({ error, reply }: ToldError, { usage, usageFlags }: Used = {}): GatewayReply {
    if (this.#record) this.#record.code = error.code
    const { status, code: errorCode, message: errorMessage } = error
    this.#settle({ outcome: 'error', status, errorCode, errorMessage, usage, usageFlags })
    return { ...reply, headers: { ...this.#headers('application/json'), ...reply.headers } }
  }

  /** `sent` false: the upstream never saw the call, or answered with an error, so it cost nothing. */
  #left(sent = true): GatewayReply {
    this.#settle({ outcome: 'aborted', status: statusLeft, usageSource: sent ? undefined : 'none' })
    return { status: statusLeft, headers: {}, body: null }
  }

  /** The answer came in when the caller was gone: what it told is what it cost, an error costs nothing. */
  #leftLate({ status, body }: WholeAnswer): GatewayReply {
    const answer = status >= 200 && status < 300 ? readAnswer(body, this.#context.endpoint.type) : null
    if (answer?.kind !== 'good') return this.#left(false)
    const { usage, usageFlags, outputBytes, finishReason } = answer
    this.#settle({ outcome: 'aborted', status: statusLeft, usage, usageFlags, outputBytes, finishReason })
    return { status: statusLeft, headers: {}, body: null }
  }

  /** `run` threw: the call is on the record all the same, unless it was before. */
  breakOff(): void {
    const { code, status, message } = gatewayError('internal_error')
    this.#settle({ outcome: 'error', status, errorCode: code, errorMessage: message })
  }

  #settle(
    end: Omit<CallEnd, 'attempts' | 'latencyMs' | 'firstByteMs' | 'gatewayUs' | 'adapted' | 'upstreamRequestId'>,
  ): Cost {
    const latencyMs = this.#ports.clock.monotonicMs() - this.#parts.startedMs
    const isStream = this.#parts.request.stream
    const cost = this.#parts.ticket.settle({
      ...end,
      attempts: this.#record ? [this.#record] : [],
      latencyMs,
      firstByteMs: this.#firstByteMs,
      gatewayUs: (isStream ? this.#ownMs : latencyMs - this.#upstreamMs) * 1000,
      adapted: this.#adapted.join(', '),
      upstreamRequestId: this.#upstreamRequestId,
    })
    this.#context.onSettled()
    return cost
  }

  #headers(contentType: string): Record<string, string> {
    const { entry, startedMs } = this.#parts
    const ownMs = this.#ports.clock.monotonicMs() - startedMs - this.#upstreamMs
    const headers: Record<string, string> = {
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-patchbay-model': entry.slug,
      'x-patchbay-attempts': '1',
      'x-patchbay-cache': 'off',
      'server-timing': `gateway;dur=${ownMs.toFixed(1)}, upstream;dur=${this.#upstreamMs.toFixed(1)}`,
    }
    if (this.#adapted.length > 0) headers['x-patchbay-adapted'] = this.#adapted.join(', ').replace(/[^\x20-\x7e]/g, '?')
    return headers
  }
}

function headerOf(headers: WholeAnswer['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

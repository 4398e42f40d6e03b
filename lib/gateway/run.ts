import { formatNanoUsd } from '#lib/core/money.ts'
import type { CallEnd, Cost, Ticket } from '#lib/metering/index.ts'
import type { AttemptRecord, Refusal } from '#lib/metering/schema.ts'
import { toBuffer } from '#lib/openai/scan.ts'
import type { AttemptOutcome, StreamAnswer, WholeAnswer } from '#lib/openai/upstream.ts'
import { redact } from '#lib/openai/wire/error-body.ts'
import { parseTraceparent, traceHeaders } from '#lib/platform/trace-context.ts'
import type { Aimed } from './aim.ts'
import { readAnswer, recodeAnswer } from './answer.ts'
import { type CachedCall, RememberedStream } from './cached-call.ts'
import type { CallContext } from './call.ts'
import { callHeaders } from './call-headers.ts'
import type { Candidates } from './candidates.ts'
import { checkAnswer } from './checks.ts'
import { decide, noRetries, policyOf, type RetryPolicy } from './decide.ts'
import { errorReply, foreignError, gatewayError, statusLeft } from './errors.ts'
import type { EnginePorts } from './index.ts'
import { type Failed, type GoodAnswer, headerOf, judge, mayHaveRun } from './judge.ts'
import type { ReadRequest } from './read-request.ts'
import type { GatewayReply, Plan } from './schema.ts'
import { Seat } from './seat.ts'
import { streamReply } from './stream-reply.ts'
import { isHurried, pause, timeoutsFor } from './timeouts.ts'

const wholeToStream = 'answer:whole>stream'

export interface RunParts {
  request: ReadRequest
  plan: Plan
  /** The first one to be called. */
  aimed: Aimed
  /** Who else may be; null for a call of one model. */
  candidates: Candidates | null
  /** Where answers are kept; null where they are not. */
  cached: CachedCall | null
  ticket: Ticket
  startedMs: number
}

/** An admitted call: sends it, again where that helps, relays what comes back, settles it exactly once. */
export class Run {
  readonly #ports: EnginePorts
  readonly #context: CallContext
  readonly #parts: RunParts
  readonly #policy: RetryPolicy
  readonly #deadlineMs: number
  readonly #records: AttemptRecord[]
  #aimed: Aimed
  #seat: Seat
  #record: AttemptRecord | null = null
  #attempts = 0
  #onTarget = 0
  /** The caller allowed the attempt under way less time than its model gets. */
  #isHurried = false
  #sentMs = 0
  /** With servers, and waiting between attempts. */
  #awayMs = 0
  /** Of it, what had passed when the last attempt was sent. */
  #awayBeforeMs = 0
  #firstByteMs: number | undefined
  #upstreamRequestId = ''
  /** A server may have done what was asked. */
  #ran = false
  /** The ledger had no room for the call when it should have been sent. */
  #unrecorded: Refusal | null = null

  constructor(ports: EnginePorts, context: CallContext, parts: RunParts) {
    this.#ports = ports
    this.#context = context
    this.#parts = parts
    this.#aimed = parts.aimed
    this.#records = parts.candidates?.records ?? []
    const { retry, timeout } = parts.request.extensions
    this.#policy = retry ? policyOf(retry.count, retry.on_codes) : (parts.plan.retry ?? noRetries)
    const { totalMs } = parts.aimed.target.timeouts
    this.#deadlineMs = parts.startedMs + Math.min(timeout?.call_timeout ?? totalMs, totalMs)
    this.#seat = new Seat(ports.lines, parts.aimed)
  }

  /** False: nothing was sent, and there was no room for a record of that. */
  get isRecorded(): boolean {
    return this.#unrecorded === null
  }

  async run(): Promise<GatewayReply> {
    const { call, endpoint, fate } = this.#context
    const { request, plan } = this.#parts
    for (;;) {
      if (fate) fate.mayHaveRun = true
      const outcome = await this.#send()
      if (this.#unrecorded) return this.#turnAway(this.#unrecorded)
      this.#sent(outcome)
      if (call.signal.aborted && outcome.kind !== 'stream') return this.#leftWith(outcome)
      let judged = judge(outcome, request, endpoint, this.#aimed.target)
      if (plan.checks && judged.kind !== 'failed') {
        const { answerBytesMax, form } = endpoint
        const { secrets } = this.#aimed.target
        const bounds = { request: request.object.bytes, answerBytesMax, form, secrets, signal: call.signal }
        judged = await checkAnswer(plan.checks.output, judged, bounds)
        if (call.signal.aborted) return this.#left()
      }
      this.#ran ||= mayHaveRun(outcome, judged)
      if (fate) fate.mayHaveRun = this.#ran
      if (judged.kind === 'whole') return this.#whole(judged.outcome, judged.answer)
      if (judged.kind === 'stream') return this.#stream(judged.outcome)
      const reply = await this.#failed(judged)
      if (reply) return reply
    }
  }

  #send(): Promise<AttemptOutcome> {
    const { entry, prepared, target } = this.#aimed
    const { call, endpoint, requestId } = this.#context
    const trace = parseTraceparent(call.headers.traceparent)
    const { stream, extensions } = this.#parts.request
    this.#attempts++
    this.#onTarget++
    this.#sentMs = this.#ports.clock.monotonicMs()
    this.#awayBeforeMs = this.#awayMs
    // The first attempt of a call that says nothing has its model's own times.
    const timeouts =
      extensions.timeout || this.#attempts > 1
        ? timeoutsFor(target.timeouts, extensions.timeout, this.#deadlineMs - this.#sentMs)
        : undefined
    this.#isHurried = timeouts !== undefined && isHurried(timeouts, target.timeouts)
    return this.#ports.upstream.send(
      target,
      {
        method: 'POST',
        path: (endpoint.form === 'responses' ? undefined : entry.paths[entry.type]) ?? endpoint.upstreamPath,
        body: prepared.bytes,
        contentType: 'application/json',
        headers: trace ? traceHeaders(trace, requestId, this.#attempts - 1, call.headers.tracestate) : undefined,
        answer: stream ? 'stream' : 'whole',
        answerBytesMax: endpoint.answerBytesMax,
        timeouts,
        onSend: this.#onSend,
      },
      call.signal,
    )
  }

  readonly #onSend = (): boolean => {
    this.#unrecorded = this.#parts.ticket.commit()
    return this.#unrecorded === null
  }

  #sent(outcome: AttemptOutcome): void {
    const { clock } = this.#ports
    const totalMs = clock.monotonicMs() - this.#sentMs
    this.#awayMs += totalMs
    const { timings } = outcome
    this.#firstByteMs =
      timings.firstByteMs === undefined ? undefined : this.#sentMs - this.#parts.startedMs + timings.firstByteMs
    this.#record = {
      modelId: this.#aimed.entry.id,
      startedAtMs: timings.startedAtMs,
      status: outcome.status ?? 0,
      code: '',
      connectMs: timings.connectMs,
      firstByteMs: timings.firstByteMs,
      totalMs,
    }
    this.#records.push(this.#record)
    this.#upstreamRequestId =
      outcome.kind === 'failure'
        ? ''
        : redact(headerOf(outcome.headers, 'x-request-id') ?? '', this.#aimed.target.secrets)
  }

  #whole({ status, body }: WholeAnswer, answer: GoodAnswer): GatewayReply {
    const { entry, prepared } = this.#aimed
    this.#ports.keyWatch.accepted(entry)
    this.#seat.worked()
    const mended = this.#context.endpoint.type === 'embedding' ? recodeAnswer(answer, this.#parts.request) : null
    if (mended) prepared.adapted.push(mended.adapted)
    const { stream } = this.#parts.request
    if (stream) prepared.adapted.push(wholeToStream)
    const { usage, usageFlags, outputBytes, finishReason } = answer
    const cost = this.#settle({ outcome: 'ok', status, usage, usageFlags, outputBytes, finishReason })
    const headers = this.#headers(stream ? 'text/event-stream; charset=utf-8' : 'application/json')
    if (cost.priced) headers['x-patchbay-cost-usd'] = formatNanoUsd(cost.costNanoUsd)
    const told = mended?.bytes ?? body
    const adapted = [...(mended ? [mended.adapted] : []), ...(stream ? [wholeToStream] : [])]
    this.#parts.cached?.keep(this.#aimed, { status, body: toBuffer(told), adapted })
    return { status, headers, body: told }
  }

  #stream(outcome: StreamAnswer): GatewayReply {
    const { cached } = this.#parts
    const { status } = outcome
    const aimed = this.#aimed
    let isGood = false
    this.#ports.keyWatch.accepted(aimed.entry)
    const relay = streamReply(outcome, {
      aimed,
      form: this.#context.endpoint.form,
      seat: this.#seat,
      signal: this.#context.call.signal,
      isHurried: this.#isHurried,
      settle: (end) => {
        isGood = end.outcome === 'ok'
        const record = this.#record!
        record.totalMs = this.#ports.clock.monotonicMs() - this.#sentMs
        record.code = end.errorCode ?? ''
        this.#settle(end)
        // Who reads a stream takes its last bytes at once.
        this.#ports.meter.flush()
      },
    })
    const headers = this.#headers('text/event-stream; charset=utf-8')
    headers['x-accel-buffering'] = 'no'
    const body = cached
      ? new RememberedStream(relay, (bytes) => isGood && cached.keep(aimed, { status, body: bytes, adapted: [] }))
      : relay
    return { status, headers, body }
  }

  /** Null: there is another attempt to make. */
  async #failed(failure: Failed): Promise<GatewayReply | null> {
    const { clock, random } = this.#ports
    const { entry } = this.#aimed
    const { candidates, ticket } = this.#parts
    const { signal } = this.#context.call
    this.#tellFailure(failure)
    this.#seat.endAttempt()
    const decision = decide(
      failure.result,
      {
        attempts: this.#attempts,
        onTarget: this.#onTarget,
        remainingMs: this.#deadlineMs - clock.monotonicMs(),
        next: candidates?.left(entry) ?? 'none',
        mayRetry: this.#seat.mayRetry(clock),
        random: random(),
      },
      this.#policy,
    )
    if (decision.act === 'return' || decision.act === 'give_up') return this.#giveUp(failure)
    if (decision.act === 'retry') {
      this.#seat.startRetry()
      const fromMs = clock.monotonicMs()
      await pause(decision.afterMs, signal)
      this.#awayMs += clock.monotonicMs() - fromMs
      if (signal.aborted) return this.#left(false)
      if (this.#seat.retry(clock)) {
        const refusal = await ticket.attempt(this.#aimed.cost)
        if (signal.aborted) return this.#left(false)
        if (!refusal) return null
        this.#seat.unknown()
      }
    }
    if (await this.#advance(decision.act === 'next' && decision.larger)) return null
    return signal.aborted ? this.#left(false) : this.#giveUp(failure)
  }

  #tellFailure({ result, error, usage }: Failed): void {
    const record = this.#record!
    record.code = error.code
    // 403 may be about the model alone; a refusal inside of a 200 is told by its code.
    if (error.code === 'upstream_auth_failed')
      this.#ports.keyWatch.refused(this.#aimed.entry, record.status === 403 ? 403 : 401)
    this.#seat.failed(result.cause, this.#isHurried)
    const charge = this.#parts.ticket.charge(usage ?? null)
    if (!charge) return
    record.inputTokens = charge.inputTokens
    record.outputTokens = charge.outputTokens
    record.costNanoUsd = String(charge.costNanoUsd)
  }

  /** Aims at the next model that can be called and paid for. */
  async #advance(larger: boolean): Promise<boolean> {
    const { candidates, ticket } = this.#parts
    if (!candidates) return false
    for (;;) {
      const aimed = candidates.take(larger ? this.#aimed.entry : null)
      if (!aimed) return false
      const refusal = await ticket.attempt(aimed.cost)
      if (this.#context.call.signal.aborted) return false
      if (refusal) {
        candidates.skip(aimed.entry, refusal.code)
        continue
      }
      this.#seat.leave()
      this.#aimed = aimed
      this.#onTarget = 0
      this.#seat = new Seat(this.#ports.lines, aimed)
      return true
    }
  }

  #giveUp({ error, reply, usageFlags }: Failed): GatewayReply {
    const { status, code: errorCode, message: errorMessage } = error
    this.#settle({ outcome: 'error', status, errorCode, errorMessage, usageFlags })
    const headers = { ...this.#headers('application/json'), ...reply.headers }
    // It was tried again here; a client that does the same multiplies it.
    if (this.#attempts > 1) headers['x-should-retry'] = 'false'
    return { ...reply, headers }
  }

  /**
   * The caller left, or the call is cut. `sent` false: the upstream never saw the call, or answered with an error, so it
   * cost nothing. `told`: what an answer said that came too late.
   */
  #left(sent = true, told: Pick<CallEnd, 'usage' | 'usageFlags' | 'outputBytes' | 'finishReason'> = {}): GatewayReply {
    const { call, fate } = this.#context
    const used = { usageSource: sent ? ('estimated' as const) : ('none' as const), ...told }
    this.#seat.unknown()
    if (!call.signal.isCut) {
      this.#settle({ outcome: 'aborted', status: statusLeft, ...used })
      return { status: statusLeft, headers: {}, body: null }
    }
    if (fate) fate.isCut = true
    const error = gatewayError('shutting_down')
    const { status, code: errorCode, message: errorMessage } = error
    this.#settle({ outcome: 'error', status, errorCode, errorMessage, ...used })
    const reply = errorReply(error)
    return { ...reply, headers: { ...this.#headers('application/json'), ...reply.headers } }
  }

  /** What came in when nobody waited any more: what it told is what it cost, an error costs nothing. */
  #leftWith(outcome: Exclude<AttemptOutcome, StreamAnswer>): GatewayReply {
    if (outcome.kind === 'failure') return this.#left(outcome.sent)
    const { status, body } = outcome
    const answer = status >= 200 && status < 300 ? readAnswer(body, this.#context.endpoint.form) : null
    if (answer?.kind !== 'good') return this.#left(false)
    const { usage, usageFlags, outputBytes, finishReason } = answer
    return this.#left(true, { usage, usageFlags, outputBytes, finishReason })
  }

  /** Nothing was sent, and there is no room for a record of that. */
  #turnAway(refusal: Refusal): GatewayReply {
    this.#seat.unknown()
    this.#seat.leave()
    if (this.#context.fate) this.#context.fate.mayHaveRun = this.#ran
    this.#context.onSettled()
    return errorReply(foreignError(refusal))
  }

  /** `run` threw: the call is on the record all the same, unless it was before. */
  breakOff(): void {
    const { code, status, message } = gatewayError('internal_error')
    this.#settle({ outcome: 'error', status, errorCode: code, errorMessage: message })
  }

  #settle(
    end: Omit<CallEnd, 'attempts' | 'latencyMs' | 'firstByteMs' | 'gatewayUs' | 'adapted' | 'upstreamRequestId'>,
  ): Cost {
    this.#seat.leave()
    const { startedMs, request, ticket, cached } = this.#parts
    const latencyMs = this.#ports.clock.monotonicMs() - startedMs
    // A stream goes on after its headers have left: what counts there is the time until it was asked for.
    const ownMs = request.stream ? this.#sentMs - startedMs - this.#awayBeforeMs : latencyMs - this.#awayMs
    const cost = ticket.settle({
      ...end,
      attempts: this.#records,
      latencyMs,
      firstByteMs: this.#firstByteMs,
      gatewayUs: Math.max(0, ownMs) * 1000,
      adapted: this.#aimed.prepared.adapted.join(', '),
      cache: cached ? 'miss' : undefined,
      upstreamRequestId: this.#upstreamRequestId,
    })
    this.#context.onSettled()
    return cost
  }

  #headers(contentType: string): Record<string, string> {
    const { candidates, cached, ticket, startedMs } = this.#parts
    return callHeaders(contentType, {
      aimed: this.#aimed,
      attempts: this.#attempts,
      skipped: candidates?.skipped ?? '',
      rates: ticket.rates(),
      cache: cached ? 'miss' : 'off',
      ownMs: this.#ports.clock.monotonicMs() - startedMs - this.#awayMs,
      upstreamMs: this.#awayMs,
    })
  }
}

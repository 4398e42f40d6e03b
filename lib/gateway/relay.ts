import type { LeaveSignal } from '#lib/core/leave.ts'
import { holdEvents } from '#lib/openai/held-events.ts'
import { toBuffer } from '#lib/openai/scan.ts'
import { type SseEvent, SseReader, sseEventBytesMax } from '#lib/openai/wire/sse.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { withoutSecrets } from './responses-watch.ts'
import { mayHoldError, type StreamWatch } from './stream-watch.ts'
import type { ToolIndexes } from './tool-index.ts'

const keepAliveAfterMs = 15_000
export const keepAlive = Buffer.from(': keep-alive\n\n')
/** After `[DONE]` the upstream has this long to end its answer, so that its socket can serve the next call. */
const lingerMs = 1000
/** An unfinished event up to this long may be a `[DONE]` whose last line end is still to come. */
const doneBytesMax = 20
const nothing = Buffer.alloc(0)

export interface StreamEnd {
  outcome: 'ok' | 'aborted' | 'truncated'
  error: GatewayError | null
}

export interface RelayOptions {
  /** What was read up to and with the first valid event. */
  first: readonly Uint8Array[]
  source: AsyncIterator<Uint8Array>
  /** Stops the upstream. */
  abort(): void
  signal: LeaveSignal
  watch: StreamWatch
  /** True where we asked for usage and the caller did not: that event alone is left out. */
  cutUsage: boolean
  toolIndexes: ToolIndexes | null
  /** What the failure of a read means to the caller. */
  toError(error: unknown): GatewayError
  /** Called once, before the bytes that end the stream leave. */
  settle(end: StreamEnd): void
}

/**
 * The bytes of a stream on their way to the caller, as they were read. Whole events go out at once and the unfinished one
 * waits: it may turn out to be an error, whose text must not leave as it is, or usage that is left out. Where nothing is
 * cut or mended, an event too large to be kept goes out in pieces. Nothing is read before it is asked for, so a slow
 * caller pauses the upstream.
 */
export class StreamRelay implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #options: RelayOptions
  readonly #reader = new SseReader()
  readonly #editing: boolean
  #queued: Uint8Array | null = null
  #waiting: ((step: IteratorResult<Uint8Array>) => void) | null = null
  #reading = false
  #ended = false
  #settled = false
  #held = 0
  /** All streams together hold too much. */
  #isFull = false
  /** What is there of the unfinished event has left already. */
  #isOut = false
  #timer: NodeJS.Timeout | null = null
  #lingering: NodeJS.Timeout | null = null

  constructor(options: RelayOptions) {
    this.#options = options
    this.#editing = options.cutUsage || options.toolIndexes !== null
    options.signal.addEventListener('abort', this.#onAbort)
    if (options.signal.aborted) {
      this.#onAbort()
      return
    }
    const { first } = options
    this.#queued = this.#take(first.length === 1 ? first[0]! : Buffer.concat(first))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const queued = this.#queued
    if (queued !== null && queued.length > 0) {
      this.#queued = null
      return Promise.resolve({ done: false, value: queued })
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting = resolve
      if (this.#timer !== null) this.#timer.refresh()
      else if (!this.#settled) this.#timer = setTimeout(this.#onQuiet, keepAliveAfterMs)
      this.#pull()
    })
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    if (!this.#ended) this.#onAbort()
    return Promise.resolve({ done: true, value: undefined })
  }

  #pull(): void {
    if (this.#reading) return
    this.#reading = true
    this.#options.source.next().then(this.#onStep, this.#onFailure)
  }

  readonly #onStep = (step: IteratorResult<Uint8Array>): void => {
    this.#reading = false
    if (this.#ended) return
    let out: Uint8Array
    try {
      out = step.done ? this.#finish() : this.#take(step.value)
    } catch (error) {
      // Nobody waits for this but us: unseen it would take the process down, and every other call with it.
      this.#onFailure(error)
      return
    }
    if (out.length > 0) this.#deliver(out)
    else if (this.#ended) this.#deliverEnd()
    else this.#pull()
  }

  readonly #onFailure = (error: unknown): void => {
    this.#reading = false
    if (this.#ended) return
    if (!this.#settled) {
      this.#deliver(this.#fail(this.#options.toError(error)))
      return
    }
    // Everything that matters was there.
    this.#close()
    this.#deliverEnd()
  }

  /** The caller left, or the call is cut: the upstream is stopped and what was used is settled. */
  readonly #onAbort = (): void => {
    if (this.#ended) return
    if (this.#options.signal.isCut && !this.#settled) {
      this.#deliver(this.#fail(gatewayError('shutting_down')))
      return
    }
    this.#settle({ outcome: 'aborted', error: null })
    this.#stop()
  }

  readonly #stop = (): void => {
    this.#close()
    this.#options.abort()
    this.#deliverEnd()
  }

  readonly #onQuiet = (): void => {
    // A comment may stand only between events. The timer starts anew with the next wait.
    if (this.#waiting !== null && !this.#isOut && !this.#settled) this.#deliver(keepAlive)
    else this.#timer?.refresh()
  }

  #deliver(value: Uint8Array): void {
    const resolve = this.#waiting
    this.#waiting = null
    if (resolve) resolve({ done: false, value })
    else this.#queued = this.#queued ? Buffer.concat([this.#queued, value]) : value
  }

  #deliverEnd(): void {
    const resolve = this.#waiting
    this.#waiting = null
    resolve?.({ done: true, value: undefined })
  }

  /** What of these bytes goes out now. */
  #take(chunk: Uint8Array): Uint8Array {
    return this.#editing ? this.#edit(chunk) : this.#pass(chunk)
  }

  /** Everything but the unfinished event. */
  #pass(chunk: Uint8Array): Uint8Array {
    const reader = this.#reader
    const wasOut = this.#isOut
    const waits = this.#held > 0 && !wasOut
    // The reader forgets an event that grows too large: what waits of it is copied before.
    const kept = waits && this.#held + chunk.length > sseEventBytesMax ? Buffer.from(reader.held()) : nothing
    const events = this.#push(chunk)
    if (kept.length > 0) this.#options.watch.seeLarge(kept)
    if (events.length > 0) this.#isOut = false
    for (let index = 0; index < events.length; index++) {
      const { data, raw } = events[index]!
      if (raw.length === 0) this.#options.watch.endLarge()
      if (data === null || this.#options.watch.see(data) !== 'error') continue
      if (!wasOut) return this.#endWithError(join(events.slice(0, index)), true, raw)
      const end = reader.isSkipping ? 0 : chunk.length - this.#held
      const at = Math.max(
        events.slice(index).reduce((from, { raw }) => from - raw.length, end),
        0,
      )
      return this.#endWithError(chunk.subarray(0, at), at > 0, raw)
    }
    const isDone = this.#held > 0 && this.#held <= doneBytesMax && isDoneLine(reader.held())
    this.#mayEnd(isDone)
    if (this.#isOut) return chunk
    if (isDone || reader.isSkipping || this.#isFull) {
      const out = !waits
        ? chunk
        : reader.isSkipping
          ? join([kept, chunk])
          : join([...events, Buffer.from(reader.held())])
      this.#isOut = this.#held > 0
      if (isDone || !mayHoldError(out)) return out
      this.#isOut = wasOut
      return join([wasOut ? nothing : join(events), this.#fail(gatewayError('event_too_large'))])
    }
    if (waits) return join(events)
    return this.#held === 0 ? chunk : chunk.subarray(0, chunk.length - this.#held)
  }

  /** The same where events are left out or mended: each goes out on its own. */
  #edit(chunk: Uint8Array): Uint8Array {
    const { watch, cutUsage, toolIndexes } = this.#options
    const out: Uint8Array[] = []
    for (const event of this.#push(chunk)) {
      let { raw } = event
      if (event.data !== null) {
        const kind = watch.see(event.data)
        if (kind === 'usage' && cutUsage) continue
        if (kind === 'error') return this.#endWithError(join(out), true, raw)
        if (toolIndexes !== null && kind === 'other') raw = toolIndexes.apply(raw, event.data)
      }
      out.push(raw)
    }
    if (this.#reader.oversize || this.#isFull) {
      out.push(this.#fail(gatewayError('event_too_large')))
      return join(out)
    }
    this.#mayEnd(false)
    return join(out)
  }

  #push(chunk: Uint8Array): SseEvent[] {
    const events = this.#reader.push(chunk)
    this.#isFull = !holdEvents(this.#reader.heldBytes - this.#held)
    this.#held = this.#reader.heldBytes
    return events
  }

  /** Settles the call before the bytes that hold `[DONE]` leave. */
  #mayEnd(isDone: boolean): void {
    if (this.#settled || !(isDone || this.#options.watch.done)) return
    this.#settle({ outcome: 'ok', error: null })
    // What still follows goes out too, for a moment.
    this.#lingering = setTimeout(this.#stop, lingerMs)
  }

  /** The upstream's own error event ends the stream; our stored key does not leave with it. */
  #endWithError(before: Uint8Array, isBetweenEvents: boolean, raw: Uint8Array): Uint8Array {
    const { watch } = this.#options
    const told = watch.error!
    const error = {
      ...gatewayError('upstream_error', { message: told.message, param: told.param }),
      code: told.code ?? 'upstream_error',
    }
    this.#settle({ outcome: 'truncated', error })
    this.#close()
    this.#options.abort()
    if (watch.passesErrors && raw.length > 0) return join([before, withoutSecrets(raw, watch.secrets)])
    return join([before, this.#errorEvent({ ...error, type: told.type ?? error.type }, isBetweenEvents)])
  }

  /** The upstream ended its answer; without `[DONE]` this is where the call is settled. */
  #finish(): Uint8Array {
    const { watch, cutUsage } = this.#options
    const last = this.#reader.end()
    const kind = last?.data ? watch.see(last.data) : 'other'
    if (kind === 'error') return this.#endWithError(nothing, !this.#isOut, this.#isOut ? nothing : last!.raw)
    const whole = watch.done || watch.finishReason !== '' || watch.usage.usage !== null
    this.#settle({
      outcome: whole ? 'ok' : 'truncated',
      error: whole ? null : gatewayError('upstream_bad_answer', { message: 'The stream ended before the answer did.' }),
    })
    this.#close()
    return last && !this.#isOut && !(cutUsage && kind === 'usage') ? last.raw : nothing
  }

  /** After the first byte an error is an event of the stream. What waits of an unfinished event goes nowhere. */
  #fail(error: GatewayError): Uint8Array {
    this.#settle({ outcome: 'truncated', error })
    this.#close()
    this.#options.abort()
    return this.#errorEvent(error, !this.#isOut)
  }

  /** An event that was cut off is ended first, so that this one stands alone. */
  #errorEvent(error: GatewayError, isBetweenEvents: boolean): Uint8Array {
    return Buffer.from(`${isBetweenEvents ? '' : '\n\n'}${this.#options.watch.toErrorEvent(error)}`)
  }

  #settle(end: StreamEnd): void {
    if (this.#settled) return
    this.#settled = true
    this.#options.settle(end)
  }

  #close(): void {
    this.#ended = true
    holdEvents(-this.#held)
    this.#held = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#lingering !== null) clearTimeout(this.#lingering)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
  }
}

/** True for a whole `data: [DONE]` line whose event is not ended yet. */
function isDoneLine(bytes: Uint8Array): boolean {
  return /^data: ?\[DONE\]\s*$/.test(toBuffer(bytes).toString('latin1'))
}

function join(parts: readonly (Uint8Array | SseEvent)[]): Uint8Array {
  const bytes = parts.map((part) => ('raw' in part ? part.raw : part))
  return bytes.length === 1 ? bytes[0]! : Buffer.concat(bytes)
}

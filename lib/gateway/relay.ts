import { toBuffer } from '#lib/openai/scan.ts'
import { openAiError } from '#lib/openai/wire/error-body.ts'
import { SseReader, sseEvent } from '#lib/openai/wire/sse.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import type { StreamWatch } from './stream-watch.ts'
import type { ToolIndexes } from './tool-index.ts'

const keepAliveAfterMs = 15_000
const keepAlive = Buffer.from(': keep-alive\n\n')
/** Unfinished events held by all streams of a process. */
const heldBytesMax = 64 * 1024 * 1024
/** After `[DONE]` the upstream has this long to end its answer, so that its socket can serve the next call. */
const lingerMs = 1000
/** An unfinished event up to this long may be a `[DONE]` whose last line end is still to come. */
const doneBytesMax = 20

let heldBytes = 0

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
  signal: AbortSignal
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
 * The bytes of a stream on their way to the caller. Untouched bytes go out as they were read. Where events may have to be
 * cut or mended, whole events go out at once and the unfinished one waits. Nothing is read before it is asked for, so a
 * slow caller pauses the upstream.
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
  /** The last bytes that went out, as long as they may be the beginning of `[DONE]`. */
  #tail = ''
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

  /** The caller left: the upstream is stopped and what was used is settled. */
  readonly #onAbort = (): void => {
    if (this.#ended) return
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
    if (this.#waiting !== null && this.#reader.heldBytes === 0 && !this.#settled) this.#deliver(keepAlive)
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
    const { watch, cutUsage, toolIndexes } = this.#options
    // Where the next event begins, counted from the start of this chunk: below 0, part of it has left already.
    let at = -this.#held
    const events = this.#reader.push(chunk)
    heldBytes += this.#reader.heldBytes - this.#held
    this.#held = this.#reader.heldBytes
    const out: Uint8Array[] = []
    for (const event of events) {
      let { raw } = event
      if (event.data !== null) {
        const kind = watch.see(event.data)
        if (kind === 'usage' && cutUsage) {
          at += raw.length
          continue
        }
        if (kind === 'error')
          return this.#endWithError(this.#editing ? Buffer.concat(out) : chunk.subarray(0, Math.max(at, 0)), at)
        if (toolIndexes !== null && kind === 'other') raw = toolIndexes.apply(raw, event.data)
      }
      if (this.#editing) out.push(raw)
      at += event.raw.length
    }
    if (this.#editing && (this.#reader.oversize || heldBytes > heldBytesMax)) {
      out.push(this.#fail(gatewayError('event_too_large')))
      return Buffer.concat(out)
    }
    if (!this.#settled && (watch.done || this.#mayBeDone(chunk))) {
      this.#settle({ outcome: 'ok', error: null })
      // What still follows goes out too, for a moment.
      this.#lingering = setTimeout(this.#stop, lingerMs)
    }
    if (!this.#editing) return chunk
    return out.length === 1 ? out[0]! : Buffer.concat(out)
  }

  /** The upstream's own error event ends the stream; our stored key does not leave with it. */
  #endWithError(before: Uint8Array, at: number): Uint8Array {
    const told = this.#options.watch.error!
    const error = {
      ...gatewayError('upstream_error', { message: told.message, param: told.param }),
      code: told.code ?? 'upstream_error',
    }
    this.#settle({ outcome: 'truncated', error })
    this.#close()
    this.#options.abort()
    const isBetweenEvents = this.#editing || at >= 0
    return Buffer.concat([before, errorEvent({ ...error, type: told.type ?? error.type }, isBetweenEvents)])
  }

  /** The upstream ended its answer; without `[DONE]` this is where the call is settled. */
  #finish(): Uint8Array {
    const { watch, cutUsage } = this.#options
    const last = this.#reader.end()
    const kind = last?.data ? watch.see(last.data) : 'other'
    const whole = watch.done || watch.finishReason !== '' || watch.usage.usage !== null
    this.#settle({
      outcome: whole ? 'ok' : 'truncated',
      error: whole ? null : gatewayError('upstream_bad_answer', { message: 'The stream ended before the answer did.' }),
    })
    this.#close()
    return this.#editing && last && !(cutUsage && kind === 'usage') ? last.raw : Buffer.alloc(0)
  }

  /** After the first byte an error is an event of the stream. */
  #fail(error: GatewayError): Uint8Array {
    const isBetweenEvents = this.#editing || this.#reader.heldBytes === 0
    this.#settle({ outcome: 'truncated', error })
    this.#close()
    this.#options.abort()
    return errorEvent(error, isBetweenEvents)
  }

  /** True where these bytes end in a whole `data: [DONE]` line whose event is not ended yet. */
  #mayBeDone(chunk: Uint8Array): boolean {
    if (this.#editing || this.#held === 0 || this.#held > doneBytesMax) {
      this.#tail = ''
      return false
    }
    this.#tail = (this.#tail + toBuffer(chunk).toString('latin1', Math.max(0, chunk.length - this.#held))).slice(
      -this.#held,
    )
    return /^data: ?\[DONE\]\s*$/.test(this.#tail)
  }

  #settle(end: StreamEnd): void {
    if (this.#settled) return
    this.#settled = true
    this.#options.settle(end)
  }

  #close(): void {
    this.#ended = true
    heldBytes -= this.#held
    this.#held = 0
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#lingering !== null) clearTimeout(this.#lingering)
    this.#options.signal.removeEventListener('abort', this.#onAbort)
  }
}

/** An event that was cut off is ended first, so that this one stands alone. */
function errorEvent(error: GatewayError, isBetweenEvents: boolean): Uint8Array {
  return Buffer.from(`${isBetweenEvents ? '' : '\n\n'}${sseEvent(openAiError(error))}`)
}

import { Buffer } from 'node:buffer'
import type { Transform } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { Bag, Bagged } from '#lib/core/bag.ts'
import type { Clock } from '#lib/core/clock.ts'
import type { LeaveSignal } from '#lib/core/leave.ts'
import type { DialFailure, DialTimings } from '#lib/platform/dial.ts'
import { ChunkQueue } from './chunk-queue.ts'
import { CommentWatch } from './comment-watch.ts'
import { createDecoder, decompress, type Encoding, encodingOf, textOf, withoutEncoding } from './decompression.ts'
import { explain, megabytes, seconds } from './failure-words.ts'
import {
  type AnswerHeaders,
  type AttemptOutcome,
  StreamBroken,
  type Target,
  type Timeouts,
  type Timings,
  type UpstreamFailure,
  type UpstreamFailureCode,
  type UpstreamRequest,
} from './outcome.ts'
import { type Opening, StreamOpening } from './stream-opening.ts'
import { redact } from './wire/error-body.ts'

/** What all attempts of an upstream share. */
export interface Shared {
  clock: Clock
  /** Attempts that the sweep watches. */
  live: Bag<Attempt>
  /** Bytes of whole answers that are being collected now. */
  answerBytes: number
  answerBytesMax: number
  logUnknown(code: string, stage: string): void
}

/** What an attempt needs to know of the pool that carries it. */
export interface Line {
  /** Attempts in flight on it. */
  running: number
  /** How long its newest connection took to open, and when it stood. */
  dialled: { timings: DialTimings; atMs: number } | null
}

/** An error of our connector on its way through undici. */
export class DialError extends Error {
  readonly failure: DialFailure

  constructor(failure: DialFailure) {
    super(failure.message)
    this.failure = failure
  }
}

type Phase = 'connect' | 'firstByte' | 'idle' | 'paused' | 'over'

const headersMax = 256
const sseType = /^text\/event-stream\b/i
const aborted = new Error('aborted')

/**
 * One call, from its dispatch to the last byte: undici's handler, the watch over its time, and the decision what the
 * answer is. Settles once; afterwards a stream lives on in its queue.
 */
export class Attempt implements Dispatcher.DispatchHandler, Bagged {
  place = -1
  readonly timings: Timings
  readonly #shared: Shared
  readonly #line: Line
  readonly #target: Target
  readonly #request: UpstreamRequest
  readonly #timeouts: Timeouts
  readonly #signal: LeaveSignal
  readonly #settle: (outcome: AttemptOutcome) => void
  readonly #startMs: number
  #controller: Dispatcher.DispatchController | null = null
  #phase: Phase = 'connect'
  #phaseEndsMs: number
  #isSettled = false
  #status = 0
  #headers: AnswerHeaders = {}
  #encoding: Encoding = ''
  #decoder: Transform | null = null
  #isEventStream = false
  #chunks: Buffer[] = []
  #bytes = 0
  /** Of those, what stands in the shared count. */
  #counted = 0
  /** A stream until its first event. */
  #opening: StreamOpening | null = null
  #queue: ChunkQueue | null = null
  readonly #comments = new CommentWatch()

  constructor(
    shared: Shared,
    line: Line,
    target: Target,
    request: UpstreamRequest,
    signal: LeaveSignal,
    settle: (outcome: AttemptOutcome) => void,
  ) {
    this.#shared = shared
    this.#line = line
    this.#target = target
    this.#request = request
    this.#timeouts = request.timeouts ?? target.timeouts
    this.#signal = signal
    this.#settle = settle
    this.#startMs = shared.clock.monotonicMs()
    this.timings = { startedAtMs: shared.clock.nowMs() }
    this.#phaseEndsMs = this.#startMs + this.#timeouts.connectMs
    shared.live.add(this)
    line.running++
    signal.addEventListener('abort', this)
  }

  /** The caller's signal. */
  handleEvent(): void {
    this.#fail('aborted', 'The call was aborted.', 'aborted by the caller')
  }

  /** Called every few milliseconds with the time. */
  sweep(nowMs: number): void {
    const timeouts = this.#timeouts
    if (nowMs - this.#startMs >= timeouts.totalMs) {
      this.#fail('upstream_total_timeout', `The answer took longer than ${seconds(timeouts.totalMs)} in all.`)
    } else if (nowMs < this.#phaseEndsMs || this.#phase === 'paused') {
      return
    } else if (this.#phase === 'connect') {
      // The connection's own timer says which stage was slow; this one is for a call that waits for a connection.
      if (nowMs >= this.#phaseEndsMs + 500) {
        this.#fail('upstream_connect_timeout', `No connection within ${seconds(timeouts.connectMs)}.`)
      }
    } else if (this.#phase === 'firstByte') {
      this.#fail('upstream_first_byte_timeout', `The server sent nothing within ${seconds(timeouts.firstByteMs)}.`)
    } else if (this.#phase === 'idle') {
      this.#fail('upstream_idle_timeout', `The server sent nothing more for ${seconds(timeouts.idleMs)}.`)
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#phase === 'over') {
      controller.abort(aborted)
      return
    }
    if (this.#request.onSend?.() === false) {
      this.#fail('aborted', 'The call was not sent.', 'not sent by its owner')
      controller.abort(aborted)
      return
    }
    this.#controller = controller
    const { dialled } = this.#line
    if (dialled && dialled.atMs >= this.#startMs) {
      Object.assign(this.timings, dialled.timings)
      this.#line.dialled = null
    }
    this.#enter('firstByte', this.#timeouts.firstByteMs)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (status < 200 || this.#phase === 'over') return
    this.#status = status
    this.#headers = headers
    const { rawHeaders } = controller
    if (Array.isArray(rawHeaders) && rawHeaders.length > headersMax * 2) {
      this.#fail('upstream_headers_too_large', `The answer has more than ${headersMax} headers.`)
      return
    }
    if (status >= 300 && status < 400) {
      const message = `The server answered with a redirect (${status}). Redirects are not followed.`
      const location = redact(textOf(headers.location).slice(0, 300), this.#target.secrets)
      this.#end({ ...this.#failure('upstream_redirect', message, `location ${location}`), location }, true)
      return
    }
    const encoding = encodingOf(headers['content-encoding'])
    if (encoding === 'unknown') {
      this.#fail('upstream_bad_answer', 'The server used a compression that was not asked for.')
      return
    }
    this.#encoding = encoding
    this.#isEventStream =
      this.#request.answer === 'stream' && status < 300 && sseType.test(textOf(headers['content-type']))
    if (this.#isEventStream) {
      this.#opening = new StreamOpening()
      if (this.#encoding) this.#openDecoder()
    } else {
      this.timings.firstByteMs = this.#shared.clock.monotonicMs() - this.#startMs
      if (Number(headers['content-length']) > this.#request.answerBytesMax) this.#tooLarge()
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'over') return
    if (!this.#isEventStream) this.#collect(chunk)
    else if (this.#decoder) {
      if (!this.#decoder.write(chunk)) this.#pause()
    } else this.#takeStream(chunk)
  }

  onResponseEnd(): void {
    if (this.#phase === 'over') return
    if (!this.#isEventStream) this.#finishWhole()
    else if (this.#decoder) this.#decoder.end()
    else this.#finishStream()
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#phase === 'over') return
    if (error instanceof DialError) {
      const { code, stage, message, internal, allowableEntry, timings } = error.failure
      Object.assign(this.timings, timings)
      this.#end({ ...this.#failure(code, message, internal), stage, ...(allowableEntry && { allowableEntry }) })
      return
    }
    // A parser's error has no code, only its name.
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
    const { failure, message, isKnown } = explain(code, this.#status > 0)
    if (!isKnown) this.#shared.logUnknown(code, this.#stage())
    this.#fail(failure, message, code)
  }

  #enter(phase: Phase, ms: number): void {
    this.#phase = phase
    this.#phaseEndsMs = this.#shared.clock.monotonicMs() + ms
  }

  #collect(chunk: Buffer): void {
    if (this.#phase === 'firstByte') this.#phase = 'idle'
    this.#phaseEndsMs = this.#shared.clock.monotonicMs() + this.#timeouts.idleMs
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    this.#counted += chunk.length
    this.#shared.answerBytes += chunk.length
    if (this.#bytes > this.#request.answerBytesMax) this.#tooLarge()
    else if (this.#shared.answerBytes > this.#shared.answerBytesMax) {
      this.#fail('upstream_busy', 'Too many large answers are in flight at this moment.')
    }
  }

  #finishWhole(): void {
    const chunks = this.#chunks
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, this.#bytes)
    if (!this.#encoding || body.length === 0) {
      this.#endWhole(body)
      return
    }
    // The answer is complete: only the total time still counts.
    this.#phase = 'paused'
    decompress(this.#encoding, body, this.#request.answerBytesMax, (result) => {
      if (this.#phase === 'over') return
      if (result.ok) this.#endWhole(result.plain, true)
      else if (result.isTooLarge) this.#tooLarge()
      else this.#fail('upstream_bad_answer', 'The answer could not be decompressed.')
    })
  }

  #endWhole(body: Buffer, isDecoded = false): void {
    const headers = isDecoded ? withoutEncoding(this.#headers) : this.#headers
    this.#end({ kind: 'whole', status: this.#status, headers, body, timings: this.timings })
  }

  #openDecoder(): void {
    const decoder = createDecoder(this.#encoding)
    this.#headers = withoutEncoding(this.#headers)
    this.#decoder = decoder
    decoder.on('data', (chunk: Buffer) => this.#takeStream(chunk))
    decoder.on('drain', () => this.#resume())
    decoder.on('end', () => {
      if (this.#phase !== 'over') this.#finishStream()
    })
    decoder.on('error', () => this.#fail('upstream_bad_answer', 'The answer could not be decompressed.'))
  }

  #takeStream(chunk: Buffer): void {
    if (this.#phase === 'over') return
    const holdsData = this.#comments.sees(chunk)
    if (this.#queue) {
      if (holdsData && this.#phase === 'idle') this.#enter('idle', this.#timeouts.idleMs)
      if (!this.#queue.push(chunk)) {
        this.#decoder?.pause()
        this.#pause()
      }
      return
    }
    this.#decide(this.#opening!.push(chunk))
  }

  #decide(opening: Opening): void {
    if (!opening) return
    if (opening.kind === 'commit') this.#commit()
    else if (opening.kind === 'failure') this.#fail(opening.code, opening.message, opening.internal)
    else {
      // The same to whoever decides as a whole answer that holds an error.
      const { body } = opening
      this.#end({ kind: 'whole', status: this.#status, headers: this.#headers, body, timings: this.timings }, true)
    }
  }

  #commit(): void {
    this.timings.firstByteMs = this.#shared.clock.monotonicMs() - this.#startMs
    const first = this.#opening!.chunks
    this.#opening!.close()
    this.#opening = null
    this.#queue = new ChunkQueue(
      () => {
        this.#decoder?.resume()
        this.#resume()
      },
      () => this.#fail('aborted', 'The call was aborted.', 'the reader left'),
    )
    this.#enter('idle', this.#timeouts.idleMs)
    this.#isSettled = true
    this.#settle({
      kind: 'stream',
      status: this.#status,
      headers: this.#headers,
      first,
      body: this.#queue,
      timings: this.timings,
      abort: () => this.#fail('aborted', 'The call was aborted.', 'aborted by its owner'),
    })
  }

  #finishStream(): void {
    if (this.#opening) this.#decide(this.#opening.end())
    if (this.#queue) this.#end(null)
  }

  #pause(): void {
    this.#controller?.pause()
    if (this.#phase === 'idle') this.#phase = 'paused'
  }

  #resume(): void {
    if (this.#phase === 'over') return
    if (this.#phase === 'paused') this.#enter('idle', this.#timeouts.idleMs)
    this.#controller?.resume()
  }

  #tooLarge(): void {
    this.#fail('upstream_too_large', `The answer is larger than ${megabytes(this.#request.answerBytesMax)}.`)
  }

  #stage(): UpstreamFailure['stage'] {
    return this.#controller === null ? 'connect' : this.#status === 0 ? 'headers' : 'body'
  }

  #failure(code: UpstreamFailureCode, message: string, internal: string): UpstreamFailure {
    return {
      kind: 'failure',
      code,
      stage: code === 'upstream_redirect' || code === 'upstream_headers_too_large' ? 'headers' : this.#stage(),
      message,
      internal: redact(internal, this.#target.secrets),
      sent: this.#controller !== null,
      ...(this.#status > 0 && { status: this.#status }),
      timings: this.timings,
    }
  }

  #fail(code: UpstreamFailureCode, message: string, internal: string = code): void {
    if (this.#phase !== 'over') this.#end(this.#failure(code, message, internal), true)
  }

  /** The end of the network's part: `null` and a failure end a stream that is being read. */
  #end(outcome: AttemptOutcome | null, isCut = false): void {
    const { clock, live } = this.#shared
    this.#phase = 'over'
    this.timings.totalMs = clock.monotonicMs() - this.#startMs
    live.delete(this)
    this.#line.running--
    this.#shared.answerBytes -= this.#counted
    this.#chunks = []
    this.#signal.removeEventListener('abort', this)
    // The socket is destroyed with it: what else comes in on it belongs to nobody.
    if (isCut) this.#controller?.abort(aborted)
    this.#decoder?.destroy()
    this.#opening?.close()
    if (this.#queue) this.#queue.finish(outcome?.kind === 'failure' ? new StreamBroken(outcome) : null)
    if (this.#isSettled || !outcome) return
    this.#isSettled = true
    this.#settle(outcome)
  }
}

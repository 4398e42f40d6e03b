import { createHash } from 'node:crypto'
import type { ModelEntry } from '#lib/models/schema.ts'
import { readString } from '#lib/openai/scan.ts'
import type { Aimed } from './aim.ts'
import type { CachedAnswer, CachePlace } from './answer-cache.ts'
import type { CallContext } from './call.ts'
import type { EnginePorts } from './index.ts'
import type { ReadRequest } from './read-request.ts'
import { keepAlive } from './relay.ts'

/** Of one answer; a longer one is not kept. */
const keptBytesMax = 1024 * 1024
/** A call waits no longer than this for what may be kept: it is a short cut, not a condition. */
const findMs = 250
/** Of a process, at one time. */
const asksMax = 256
const keepsMax = 32
let asks = 0
let keeps = 0

/** One call's way to answers that were kept: looked up before it is paid for, kept once it was answered. */
export class CachedCall {
  readonly #ports: EnginePorts
  readonly #context: CallContext
  readonly #request: ReadRequest
  readonly #ttlSeconds: number

  constructor(ports: EnginePorts, context: CallContext, request: ReadRequest, ttlSeconds: number) {
    this.#ports = ports
    this.#context = context
    this.#request = request
    this.#ttlSeconds = ttlSeconds
  }

  /** Null also where nobody can be asked. */
  async find(aimed: Aimed): Promise<CachedAnswer | null> {
    if (asks >= asksMax) return null
    asks++
    const late = Promise.withResolvers<null>()
    const timer = setTimeout(() => late.resolve(null), findMs)
    const found = this.#ports.cache
      .find(this.#placeOf(aimed), this.#ttlSeconds)
      .catch((error: unknown) => {
        this.#tell(error, 'A cached answer could not be looked up.')
        return null
      })
      .finally(() => asks--)
    const answer = await Promise.race([found, late.promise])
    clearTimeout(timer)
    return answer
  }

  /** Off the call's path. */
  keep(aimed: Aimed, answer: CachedAnswer): void {
    if (keeps >= keepsMax || answer.body.length > keptBytesMax) return
    keeps++
    this.#ports.cache
      .keep(this.#placeOf(aimed), answer, this.#ttlSeconds)
      .catch((error: unknown) => this.#tell(error, 'An answer could not be cached.'))
      .finally(() => keeps--)
  }

  #placeOf({ entry, prepared }: Aimed): CachePlace {
    const hash = createHash('sha256')
      // What becomes of the same answer on its way to the caller.
      .update(
        JSON.stringify([
          entry.id,
          entry.version,
          this.#context.endpoint.name,
          ...this.#forms(entry, prepared.injectedUsage),
        ]),
      )
      .update('\n')
      .update(prepared.bytes)
    return { workspaceId: entry.workspaceId, modelId: entry.id, digest: hash.digest('hex') }
  }

  #forms(entry: ModelEntry, injectedUsage: boolean): unknown[] {
    const request = this.#request.of?.(entry) ?? this.#request
    const { stream, object } = request
    const encoding = this.#context.endpoint.type === 'embedding' ? request.member('encoding_format') : undefined
    return [stream, injectedUsage, encoding && readString(object, encoding)]
  }

  #tell(error: unknown, message: string): void {
    this.#ports.logger.error({ err: error, requestId: this.#context.requestId }, message)
  }
}

/** Passes a stream on and remembers what left, but for what was only to keep the connection alive. */
export class RememberedStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #onEnd: (bytes: Buffer) => void
  #chunks: Uint8Array[] = []
  #bytes = 0

  /** `onEnd`: told of all bytes where the stream came to its end and is not too long to be kept. */
  constructor(source: AsyncIterator<Uint8Array>, onEnd: (bytes: Buffer) => void) {
    this.#source = source
    this.#onEnd = onEnd
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const step = await this.#source.next()
    if (step.done) {
      if (this.#bytes <= keptBytesMax) this.#onEnd(Buffer.concat(this.#chunks))
    } else if (step.value !== keepAlive) {
      this.#bytes += step.value.length
      if (this.#bytes <= keptBytesMax) this.#chunks.push(step.value)
      else this.#chunks = []
    }
    return step
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#source.return?.()
    return { done: true, value: undefined }
  }
}

import type { AttemptRecord } from '#lib/metering/schema.ts'
import type { ModelEntry } from '#lib/models/schema.ts'
import { type Aimed, type AimResult, aimAt } from './aim.ts'
import type { CallContext } from './call.ts'
import type { EnginePorts } from './index.ts'
import type { ReadRequest } from './read-request.ts'
import type { CallRoute } from './route.ts'

/** The models of a call whose turn is still to come. Who is passed over is told: in a header and on the record. */
export class Candidates {
  /** Attempts and those who were passed over, in their order. */
  readonly records: AttemptRecord[] = []
  readonly #ports: EnginePorts
  readonly #context: CallContext
  readonly #request: ReadRequest
  readonly #route: CallRoute
  readonly #skipped: string[]
  /** Why the first of them could not be called. */
  #refused: Extract<AimResult, { ok: false }> | null = null
  #next = 0

  constructor(ports: EnginePorts, context: CallContext, request: ReadRequest, route: CallRoute) {
    this.#ports = ports
    this.#context = context
    this.#request = request
    this.#route = route
    this.#skipped = route.skipped.map(({ address, code }) => `${address} (${code})`)
  }

  /** `than`: whose context was too small. */
  left(than: ModelEntry): 'none' | 'any' | 'larger' {
    const rest = this.#route.entries.slice(this.#next)
    if (rest.length === 0) return 'none'
    return rest.some((entry) => isLarger(entry, than)) ? 'larger' : 'any'
  }

  /** The one that the call begins with; where none can be called, why the first one cannot. */
  first(): AimResult {
    const aimed = this.take(null)
    return aimed ? { ok: true, aimed } : this.#refused!
  }

  /** The next model that can be called now. Null: none is left, or the request itself is wrong. */
  take(largerThan: ModelEntry | null): Aimed | null {
    const { entries, peers } = this.#route
    while (this.#next < entries.length) {
      const index = this.#next++
      const entry = entries[index]!
      if (largerThan && !isLarger(entry, largerThan)) {
        this.skip(entry, 'context_length_exceeded')
        continue
      }
      const result = aimAt(this.#ports, this.#context.identity, this.#request, entry, this.#context.requestId)
      if (result.ok) return result.aimed
      this.#refused ??= result
      // The model that was asked for cannot do it at all: nobody else is asked in its name.
      const isAsked = index === 0 && peers === 1
      if (index === 0 && (result.because === 'caller' || (isAsked && result.because === 'capability'))) return null
      this.skip(entry, result.error.code)
    }
    return null
  }

  skip(entry: ModelEntry, code: string): void {
    this.#skipped.push(`${entry.slug} (${code})`)
    const startedAtMs = this.#ports.clock.nowMs()
    this.records.push({ modelId: entry.id, startedAtMs, status: 0, code, totalMs: 0, skipped: true })
  }

  /** For the header; empty where nobody was passed over. */
  get skipped(): string {
    return this.#skipped.join(', ')
  }
}

/** Known to take more context; where one of both is unknown nobody knows. */
function isLarger(entry: ModelEntry, than: ModelEntry): boolean {
  const size = contextOf(entry)
  const other = contextOf(than)
  return size !== null && other !== null && size > other
}

function contextOf(entry: ModelEntry): number | null {
  return entry.contextTokens ?? entry.capabilities.contextTokens
}

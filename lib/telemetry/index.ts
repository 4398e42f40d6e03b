import type { Clock } from '#lib/core/clock.ts'
import type { Target, Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { type CallContent, type KeptWords, toContent } from './content.ts'
import { Metrics } from './metrics.ts'
import { attributes, metricsBody, type OtlpSpan, tracesBody } from './otlp.ts'
import type { TelemetryRecord } from './record.ts'
import { type FindPlace, toSpans } from './spans.ts'

export { createProcessMetrics, joinMetrics } from './prometheus.ts'
export { readRecords } from './record.ts'
export type { FindPlace, ModelPlace } from './spans.ts'

export interface TelemetryOptions {
  /** Of an OTLP collector over HTTP, without `/v1/traces`. */
  endpoint: URL
  headers: Readonly<Record<string, string>>
  serviceName: string
  /** studio, gateway, worker */
  process: string
  find: FindPlace
  upstream: Pick<Upstream, 'send'>
  clock: Clock
  logger: Logger
  /** Prompts and answers are told, too, of workspaces that keep them. Left out: never. */
  content?: { keeps(workspaceId: string): boolean } | undefined
  /** How often what came together is sent; 5 s. */
  everyMs?: number
}

/** Tells a collector of every call that is on the record. The ledger is the truth; this may lose what a collector refuses. */
export interface Telemetry {
  /** Calls that are on the record. */
  take(records: readonly TelemetryRecord[]): void
  /** Prompt and answer of a call, before or after it is on the record. Nothing where content is not told. */
  keep(workspaceId: string, words: KeptWords): void
  /** Sends what is there. Never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Waiting to be sent; what comes then is dropped and counted. */
const waitingMax = 20_000
const batchMax = 500
/** Of prompts and answers: in a batch, in characters, and waiting, in bytes; beyond it calls are told without. */
const batchContentMax = 2 * 1024 * 1024
const heldBytesMax = 32 * 1024 * 1024
/** A stream may end for its caller later than on the record: its span waits so long for its words. */
const wordsMaxMs = 10_000
/** Tries of one batch, with pauses. */
const pausesMs = [0, 1_000, 5_000]

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { endpoint, headers, find, upstream, clock, logger } = options
  const resource = attributes({
    'service.name': options.serviceName,
    'service.namespace': 'patchbay',
    'patchbay.process': options.process,
  })
  const metrics = new Metrics(find, clock.nowMs())
  const target: Target = {
    id: 'telemetry',
    baseUrl: endpoint.href,
    headers,
    timeouts: { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 15_000 },
    secrets: Object.values(headers),
  }
  const closing = new AbortController()
  let waiting: { record: TelemetryRecord; sinceMs: number }[] = []
  const words = new Map<string, { sinceMs: number; bytes: number; read: () => CallContent }>()
  let held = 0
  let dropped = 0
  let sending: Promise<void> | undefined
  const timer = setInterval(() => void flush(), options.everyMs ?? 5_000).unref()

  async function post(path: string, body: string): Promise<void> {
    for (const afterMs of pausesMs) {
      if (afterMs > 0) await pause(afterMs, closing.signal)
      const outcome = await upstream.send(
        target,
        { method: 'POST', path, body: Buffer.from(body), answer: 'whole', answerBytesMax: 1_048_576 },
        AbortSignal.timeout(20_000),
      )
      const status = outcome.status ?? 0
      if (outcome.kind === 'whole' && status >= 200 && status < 300) return
      const mayPass = outcome.kind === 'failure' || [429, 502, 503, 504].includes(status)
      const isOver = !mayPass || afterMs === pausesMs.at(-1) || closing.signal.aborted
      if (!isOver) continue
      const code = outcome.kind === 'failure' ? outcome.code : String(status)
      logger.warn({ code, stage: path }, 'The collector did not take telemetry; it is dropped.')
      return
    }
  }

  async function sendAll(): Promise<void> {
    if (dropped > 0) {
      logger.warn({ count: dropped }, 'Telemetry was dropped: the collector is too slow.')
      dropped = 0
    }
    const late: typeof waiting = []
    while (waiting.length > 0) {
      const spans: OtlpSpan[] = []
      let characters = 0
      for (let count = 0; count < batchMax && characters < batchContentMax && waiting.length > 0; count++) {
        const one = waiting.shift()!
        if (isEarly(one)) {
          late.push(one)
          continue
        }
        const content = takeWords(one.record)
        characters += (content?.input?.length ?? 0) + (content?.output?.length ?? 0)
        spans.push(...toSpans(one.record, find, content))
      }
      if (spans.length > 0) await post('/v1/traces', tracesBody(resource, spans))
    }
    waiting.unshift(...late)
    const oldMs = clock.monotonicMs() - 6 * wordsMaxMs
    for (const [id, { sinceMs }] of words) if (sinceMs < oldMs) forget(id)
    const sums = metrics.take(clock.nowMs())
    if (sums.length > 0) await post('/v1/metrics', metricsBody(resource, sums))
  }

  /** Its words are on their way. */
  function isEarly({ record, sinceMs }: (typeof waiting)[number]): boolean {
    if (!options.content || record.payload !== 'kept' || words.has(record.id)) return false
    return !closing.signal.aborted && clock.monotonicMs() - sinceMs < wordsMaxMs
  }

  /** Not where a workspace has just decided to keep none. */
  function takeWords({ id, workspace_id }: TelemetryRecord): CallContent | undefined {
    const content = options.content?.keeps(workspace_id) ? words.get(id)?.read() : undefined
    forget(id)
    return content
  }

  function forget(id: string): void {
    held -= words.get(id)?.bytes ?? 0
    words.delete(id)
  }

  function flush(): Promise<void> {
    sending ??= sendAll()
      .catch((error: unknown) => logger.error({ error }, 'Telemetry could not be made.'))
      .finally(() => {
        sending = undefined
      })
    return sending
  }

  return {
    take(records) {
      for (const record of records) {
        metrics.add(record)
        if (waiting.length < waitingMax) waiting.push({ record, sinceMs: clock.monotonicMs() })
        else dropped++
      }
    },
    keep(workspaceId, kept) {
      const bytes = kept.request.kept.length + (kept.answer?.kept.length ?? 0)
      if (!options.content?.keeps(workspaceId) || held + bytes > heldBytesMax) return
      let content: CallContent | undefined
      const read = () => (content ??= toContent(kept))
      words.set(kept.requestId, { sinceMs: clock.monotonicMs(), bytes, read })
      held += bytes
      // The answer goes out first.
      setImmediate(read)
    },
    flush,
    async close() {
      clearInterval(timer)
      closing.abort()
      await sending
      await flush()
      waiting = []
      words.clear()
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}

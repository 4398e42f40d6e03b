import type { Clock } from '#lib/core/clock.ts'
import type { Target, Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { Metrics } from './metrics.ts'
import { attributes, metricsBody, tracesBody } from './otlp.ts'
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
  /** How often what came together is sent; 5 s. */
  everyMs?: number
}

/** Tells a collector of every call that is on the record. The ledger is the truth; this may lose what a collector refuses. */
export interface Telemetry {
  /** Calls that are on the record. */
  take(records: readonly TelemetryRecord[]): void
  /** Sends what is there. Never rejects. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Waiting to be sent; what comes then is dropped and counted. */
const waitingMax = 20_000
const batchMax = 500
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
  let waiting: TelemetryRecord[] = []
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
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax)
      await post(
        '/v1/traces',
        tracesBody(
          resource,
          batch.flatMap((record) => toSpans(record, find)),
        ),
      )
    }
    const sums = metrics.take(clock.nowMs())
    if (sums.length > 0) await post('/v1/metrics', metricsBody(resource, sums))
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
        if (waiting.length < waitingMax) waiting.push(record)
        else dropped++
      }
    },
    flush,
    async close() {
      clearInterval(timer)
      closing.abort()
      await sending
      await flush()
      waiting = []
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
  })
}

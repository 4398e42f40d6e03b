import { attributes, nanos, type OtlpHistogram } from './otlp.ts'
import type { TelemetryRecord } from './record.ts'
import { type FindPlace, operationNames, providerName } from './spans.ts'

interface Instrument {
  name: string
  unit: string
  description: string
  /** As the GenAI conventions advise. */
  bounds: readonly number[]
}

const seconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const instruments = {
  tokens: {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Number of input and output tokens used.',
    bounds: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
  operation: {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'Time of one attempt at a model.',
    bounds: seconds,
  },
  request: {
    name: 'gen_ai.server.request.duration',
    unit: 's',
    description: 'Time of a request, all of its attempts included.',
    bounds: seconds,
  },
  firstToken: {
    name: 'gen_ai.server.time_to_first_token',
    unit: 's',
    description: 'Time until the first event of a stream.',
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
} satisfies Record<string, Instrument>

interface Series {
  labels: Record<string, string>
  count: number
  sum: number
  buckets: number[]
}

/** Series of one instrument; more would be labels that nobody bounded. What comes then is counted under `_other`. */
const seriesMax = 2_000

/** Sums of what was recorded since the last time they were taken. */
export class Metrics {
  readonly #find: FindPlace
  readonly #series = new Map<Instrument, Map<string, Series>>()
  #sinceMs: number

  constructor(find: FindPlace, nowMs: number) {
    this.#find = find
    this.#sinceMs = nowMs
  }

  add(record: TelemetryRecord): void {
    const operation = operationNames[record.endpoint] ?? record.endpoint
    const labels = (modelId: string | undefined) => ({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerName,
      'gen_ai.request.model': (modelId && this.#find(record.workspace_id, modelId)?.modelId) || 'unknown',
    })
    const own = labels(record.model_id)
    const failed = (code: string | undefined): Record<string, string> => (code ? { 'error.type': code } : {})
    this.#record(instruments.request, { ...own, ...failed(record.error_code) }, (record.latency_ms ?? 0) / 1_000)
    if (record.stream && record.first_byte_ms !== undefined && record.outcome === 'ok')
      this.#record(instruments.firstToken, own, record.first_byte_ms / 1_000)
    for (const attempt of record.attempts ?? []) {
      if (attempt.skipped) continue
      this.#record(
        instruments.operation,
        { ...labels(attempt.modelId), ...failed(attempt.code) },
        attempt.totalMs / 1_000,
      )
    }
    // What was told, never what was estimated: the conventions ask for it.
    if (record.usage_source !== 'provider') return
    this.#record(instruments.tokens, { ...own, 'gen_ai.token.type': 'input' }, record.input_tokens ?? 0)
    if (record.endpoint !== 'embeddings')
      this.#record(instruments.tokens, { ...own, 'gen_ai.token.type': 'output' }, record.output_tokens ?? 0)
  }

  #record(instrument: Instrument, labels: Record<string, string>, value: number): void {
    const all = this.#series.get(instrument) ?? new Map<string, Series>()
    this.#series.set(instrument, all)
    let key = JSON.stringify(labels)
    let kept = labels
    if (!all.has(key) && all.size >= seriesMax) {
      kept = { ...labels, 'gen_ai.request.model': '_other' }
      key = JSON.stringify(kept)
    }
    let series = all.get(key)
    if (!series) {
      series = { labels: kept, count: 0, sum: 0, buckets: new Array(instrument.bounds.length + 1).fill(0) }
      all.set(key, series)
    }
    series.count++
    series.sum += value
    const bucket = instrument.bounds.findIndex((bound) => value <= bound)
    series.buckets[bucket < 0 ? instrument.bounds.length : bucket]!++
  }

  /** What came together since the last time, and begins anew. */
  take(nowMs: number): OtlpHistogram[] {
    const [startTimeUnixNano, timeUnixNano] = [nanos(this.#sinceMs), nanos(nowMs)]
    const taken = [...this.#series].map(([{ name, unit, description, bounds }, all]) => ({
      ...{ name, unit, description },
      histogram: {
        aggregationTemporality: 1 as const,
        dataPoints: [...all.values()].map(({ labels, count, sum, buckets }) => ({
          startTimeUnixNano,
          timeUnixNano,
          attributes: attributes(labels),
          count: String(count),
          sum,
          bucketCounts: buckets.map(String),
          explicitBounds: bounds,
        })),
      },
    }))
    this.#series.clear()
    this.#sinceMs = nowMs
    return taken
  }
}

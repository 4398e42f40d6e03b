import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { TelemetryRecord } from './record.ts'

/** What a process tells of itself at the moment it is asked. */
export interface Gauges {
  inFlight: number
  spoolRecords: number
  spoolBytes: number
  rejectedRecords: number
}

export interface ProcessMetrics {
  /** End frames that were written to Postgres. */
  take(records: readonly TelemetryRecord[]): void
  breaker(model: { workspaceId: string; modelId: string; isOpen: boolean }): void
  /** For `joinMetrics`. */
  read(): Promise<object[]>
}

/** Names of models are the one label that people make: what is beyond this is counted together. */
const modelsMax = 500
const other = '_other'
const durations = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
const overheads = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25]

/**
 * Counters and histograms of one process, made from what it wrote into the ledger. Labels are bounded: the upstream's name
 * of the model, endpoint, outcome, code; never a workspace, a key or an address.
 */
export function createProcessMetrics(options: {
  /** studio, gateway, worker */
  process: string
  nameOf(workspaceId: string, modelId: string): string | undefined
  gauges(): Gauges
}): ProcessMetrics {
  const registry = new Registry()
  const registers = [registry]
  registry.setDefaultLabels({ process: options.process })
  collectDefaultMetrics({ register: registry })
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers })
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers })
  const requests = counter('patchbay_requests_total', 'Calls on the record.', ['model', 'endpoint', 'outcome'])
  const attempts = counter('patchbay_attempts_total', 'Attempts at servers; code "" is success.', [
    'model',
    'attempt',
    'code',
  ])
  const refusals = counter('patchbay_refusals_total', 'Calls that were not let in.', ['reason'])
  const aborted = counter('patchbay_aborted_total', 'Calls whose caller left.', ['model'])
  const lost = counter('patchbay_lost_total', 'Calls whose end nobody saw.', ['model'])
  const tokens = counter('patchbay_tokens_total', 'Tokens used.', ['model', 'type'])
  const cost = counter('patchbay_cost_usd_total', 'What calls cost.', ['model'])
  const duration = histogram('patchbay_request_duration_seconds', 'Whole calls.', ['model'], durations)
  const firstByte = histogram('patchbay_first_byte_seconds', 'Until the first byte.', ['model'], durations)
  const overhead = histogram('patchbay_overhead_seconds', "The gateway's own time in a call.", [], overheads)
  const breakers = new Gauge({
    ...{ name: 'patchbay_breaker_open', help: '1 where a model is not called because it failed.', registers },
    ...{ labelNames: ['model'], aggregator: 'max' as const },
  })
  const read: Record<string, [string, keyof Gauges]> = {
    patchbay_in_flight: ['Calls that are not settled yet.', 'inFlight'],
    patchbay_spool_records: ['Ended calls that are not in Postgres yet.', 'spoolRecords'],
    patchbay_spool_bytes: ['Bytes of the spool.', 'spoolBytes'],
    patchbay_rejected_records: ['Records that Postgres refused.', 'rejectedRecords'],
  }
  for (const [name, [help, key]] of Object.entries(read)) {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(options.gauges()[key])
      },
    })
  }

  const names = new Set<string>()
  function modelOf(workspaceId: string, modelId: string | undefined): string {
    if (!modelId) return ''
    const name = options.nameOf(workspaceId, modelId) ?? other
    if (!names.has(name) && names.size >= modelsMax) return other
    names.add(name)
    return name
  }

  function take(record: TelemetryRecord): void {
    const { workspace_id: workspaceId, endpoint, outcome } = record
    const model = modelOf(workspaceId, record.model_id)
    requests.inc({ model, endpoint, outcome })
    if (outcome === 'refused') refusals.inc({ reason: record.error_code ?? '' })
    if (outcome === 'aborted') aborted.inc({ model })
    if (outcome === 'lost') lost.inc({ model })
    for (const [index, attempt] of (record.attempts ?? []).filter(({ skipped }) => !skipped).entries())
      attempts.inc({ model: modelOf(workspaceId, attempt.modelId), attempt: String(index + 1), code: attempt.code })
    if (record.input_tokens) tokens.inc({ model, type: 'input' }, record.input_tokens)
    if (record.cached_tokens) tokens.inc({ model, type: 'cached' }, record.cached_tokens)
    if (record.output_tokens) tokens.inc({ model, type: 'output' }, record.output_tokens)
    if (record.cost_nano_usd) cost.inc({ model }, Number(record.cost_nano_usd) / 1e9)
    if (outcome === 'refused') return
    duration.observe({ model }, (record.latency_ms ?? 0) / 1_000)
    if (record.first_byte_ms !== undefined) firstByte.observe({ model }, record.first_byte_ms / 1_000)
    if (record.gateway_us !== undefined) overhead.observe(record.gateway_us / 1e6)
  }

  return {
    take: (records) => records.forEach(take),
    breaker: ({ workspaceId, modelId, isOpen }) =>
      breakers.set({ model: modelOf(workspaceId, modelId) }, isOpen ? 1 : 0),
    read: () => registry.getMetricsAsJSON(),
  }
}

/** What several processes told, as one page in Prometheus's text form. */
export function joinMetrics(told: readonly object[][]): Promise<string> {
  // Its type says that it wants single metrics; it takes what each registry told.
  return AggregatorRegistry.aggregate(told as unknown as object[]).metrics()
}

import type { AttemptRecord } from '#lib/metering/schema.ts'

/** A record of the ledger as it stands in the spool: what is empty or zero is left out. */
export interface TelemetryRecord {
  id: string
  started_at: string
  workspace_id: string
  source: string
  endpoint: string
  outcome: string
  usage_source: string
  priced: boolean
  status?: number
  model_id?: string
  address?: string
  deployment_id?: string
  version?: string
  variant?: string
  environment?: string
  stream?: boolean
  error_code?: string
  input_tokens?: number
  cached_tokens?: number
  output_tokens?: number
  cost_nano_usd?: string
  latency_ms?: number
  first_byte_ms?: number
  gateway_us?: number
  attempts?: AttemptRecord[]
  adapted?: string
  cache?: string
  finish_reason?: string
  /** What became of the words: `kept`, or why they are not. */
  payload?: string
  thread?: string
  /** As `writeTrace` writes it. */
  trace?: string
}

/** End frames as the ledger writes them. */
export function readRecords(frames: readonly Buffer[]): TelemetryRecord[] {
  return frames.map((bytes) => JSON.parse(bytes.toString()) as TelemetryRecord)
}

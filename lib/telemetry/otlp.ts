/** OTLP as JSON: 64-bit integers are text, ids hexadecimal. */

export type AnyValue =
  | { stringValue: string }
  | { intValue: string }
  | { doubleValue: number }
  | { arrayValue: { values: AnyValue[] } }

export interface Attribute {
  key: string
  value: AnyValue
}

export interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  startTimeUnixNano: string
  endTimeUnixNano: string
  attributes: Attribute[]
  events: { name: string; timeUnixNano: string; attributes: Attribute[] }[]
  status: { code?: number; message?: string }
}

export interface OtlpHistogram {
  name: string
  unit: string
  description: string
  histogram: {
    /** 1: delta. */
    aggregationTemporality: 1
    dataPoints: {
      startTimeUnixNano: string
      timeUnixNano: string
      attributes: Attribute[]
      count: string
      sum: number
      bucketCounts: string[]
      explicitBounds: readonly number[]
    }[]
  }
}

const scope = { name: 'patchbay' }

/** What is undefined or empty is left out. */
export function attributes(values: Record<string, string | number | readonly string[] | undefined>): Attribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [{ key, value: toValue(value) }],
  )
}

function toValue(value: string | number | readonly string[]): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value !== 'number') return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Nanoseconds of a time in milliseconds, which may have a fraction. */
export function nanos(ms: number): string {
  return (BigInt(Math.round(ms * 1_000)) * 1_000n).toString()
}

export function tracesBody(resource: readonly Attribute[], spans: readonly OtlpSpan[]): string {
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans }] }] })
}

export function metricsBody(resource: readonly Attribute[], metrics: readonly OtlpHistogram[]): string {
  return JSON.stringify({
    resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ scope, metrics }] }],
  })
}

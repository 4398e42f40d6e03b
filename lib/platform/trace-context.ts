import { hash } from 'node:crypto'

/*
 * W3C Trace Context. Ids of our own spans follow from the request's id, so that whoever calls a server and whoever exports the
 * record later name the same span without having talked to each other.
 */

/** What a caller said of its trace. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string
  /** 16: the caller's span. */
  parentId: string
  /** Two, as they came. */
  flags: string
}

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const stateMax = 512

/** The `traceparent` header; null where there is none, or one that the standard has us ignore. */
export function parseTraceparent(header: string | undefined): TraceContext | null {
  if (header === undefined) return null
  const [, version, traceId = '', parentId = '', flags = '', rest] = shape.exec(header.trim()) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null
  return { traceId, parentId, flags }
}

/** As it stands on a record; empty where there is none. */
export function writeTrace(context: TraceContext | null): string {
  return context ? `${context.traceId}-${context.parentId}-${context.flags}` : ''
}

/** Reads what `writeTrace` wrote. */
export function readTrace(text: string): TraceContext | null {
  return text === '' ? null : parseTraceparent(`00-${text}`)
}

/** The trace of a request: the caller's, else one of its own. */
export function traceIdOf(requestId: string, context: TraceContext | null): string {
  return context?.traceId ?? hash('sha256', `trace ${requestId}`).slice(0, 32)
}

/** The span of a request, or of its attempt by number from 0. */
export function spanIdOf(requestId: string, attempt?: number): string {
  return hash('sha256', `span ${requestId}${attempt === undefined ? '' : ` ${attempt}`}`).slice(0, 16)
}

/** What an attempt's server is told: the caller's trace with our span as the parent, and its state as it came. */
export function traceHeaders(
  context: TraceContext,
  requestId: string,
  attempt: number,
  state: string | undefined,
): Readonly<Record<string, string>> {
  const traceparent = `00-${context.traceId}-${spanIdOf(requestId, attempt)}-${context.flags}`
  const keepsState = state !== undefined && state.length > 0 && state.length <= stateMax && /^[\x20-\x7e]+$/.test(state)
  return keepsState ? { traceparent, tracestate: state } : { traceparent }
}

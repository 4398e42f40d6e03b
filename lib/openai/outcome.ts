import type { Buffer } from 'node:buffer'

/** How to reach one model's server, credential included. */
export interface Target {
  /** The pool's key, model id and credential version: connections are shared within it and never across. */
  id: string
  /** Without query and fragment, with or without a slash at the end. */
  baseUrl: string
  /** Lower-case names. The credential is one of them. */
  headers: Readonly<Record<string, string>>
  query?: Readonly<Record<string, string>>
  /** A PEM certificate that is trusted besides the usual authorities. */
  ca?: string
  timeouts: Timeouts
  /** Cut out of everything that is shown. */
  secrets: readonly string[]
}

export interface Timeouts {
  /** Until the request can be sent: waiting for a connection, DNS, TCP and TLS. */
  connectMs: number
  /** From then on until the first byte of a whole answer's body, or a stream's first event. */
  firstByteMs: number
  /** Between two pieces of data. Comments in a stream are not data; time in which the reader is slow does not count. */
  idleMs: number
  totalMs: number
}

export interface UpstreamRequest {
  method: 'GET' | 'POST'
  /** Appended to the base URL, begins with a slash. */
  path: string
  body?: Uint8Array
  /** `application/json` unless given. */
  contentType?: string
  /** Beside the target's own, for this call alone; lower-case names. */
  headers?: Readonly<Record<string, string>> | undefined
  answer: 'whole' | 'stream'
  /** The most of a whole answer, decompressed. A stream has no limit. */
  answerBytesMax: number
  /** Asked before the first byte leaves. False: nothing is sent, and the outcome is `aborted`. */
  onSend?: () => boolean
  /** For this call alone; by default the target's. A connection of its own is still opened within the target's time. */
  timeouts?: Timeouts
}

export interface Timings {
  /** Wall time of the start; all others are durations since, or of their stage. */
  startedAtMs: number
  dnsMs?: number
  connectMs?: number
  tlsMs?: number
  /** Whole answers: until the headers were there. Streams: until the first event. */
  firstByteMs?: number
  totalMs?: number
}

/** What failed below HTTP. Kept on the record; doors map them to their own codes. */
export const upstreamFailureCodes = [
  'egress_refused',
  'egress_loop',
  'upstream_dns',
  'upstream_unreachable',
  'upstream_tls',
  'upstream_connect_timeout',
  'upstream_first_byte_timeout',
  'upstream_idle_timeout',
  'upstream_total_timeout',
  'upstream_reset',
  'upstream_redirect',
  'upstream_bad_answer',
  'upstream_headers_too_large',
  'upstream_too_large',
  'event_too_large',
  'upstream_busy',
  'upstream_bad_target',
  'aborted',
] as const
export type UpstreamFailureCode = (typeof upstreamFailureCodes)[number]

export interface UpstreamFailure {
  kind: 'failure'
  code: UpstreamFailureCode
  stage: 'egress' | 'dns' | 'connect' | 'tls' | 'headers' | 'body'
  /** Safe to show: our words only. */
  message: string
  /** For the log, secrets cut out. */
  internal: string
  /** The request may have reached the server: it may have cost something. */
  sent: boolean
  /** Where the server got as far as a status. */
  status?: number
  /** Where a redirect leads, as the server wrote it; secrets cut out. */
  location?: string
  /** What an operator can allow, where the address was refused. */
  allowableEntry?: string
  timings: Timings
}

export type AnswerHeaders = Record<string, string | string[] | undefined>

export interface WholeAnswer {
  kind: 'whole'
  /** Any final status but 3xx. */
  status: number
  headers: AnswerHeaders
  body: Buffer
  timings: Timings
}

export interface StreamAnswer {
  kind: 'stream'
  /** 2xx. */
  status: number
  headers: AnswerHeaders
  /** The bytes so far as they came in: up to the first event with data and what arrived together with it. */
  first: Buffer[]
  /**
   * What follows, one piece a read, to be read once. Ends where the server ended the answer; throws `StreamBroken` where
   * it did not. Leaving the loop early aborts the call. Not reading pauses the server.
   */
  body: AsyncIterable<Buffer>
  /** `totalMs` is there once the body has ended. */
  timings: Timings
  abort(): void
}

export type AttemptOutcome = WholeAnswer | StreamAnswer | UpstreamFailure

/** A stream that failed after its first event. */
export class StreamBroken extends Error {
  override readonly name = 'StreamBroken'
  readonly code: UpstreamFailureCode
  readonly failure: UpstreamFailure

  constructor(failure: UpstreamFailure) {
    super(failure.message)
    this.code = failure.code
    this.failure = failure
  }
}

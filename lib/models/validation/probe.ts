import type { ErrorBody } from '#lib/openai/wire/error-body.ts'
import type { Usage } from '#lib/openai/wire/usage.ts'
import type { EvidenceView } from '../views.ts'

export type ProbeKey = 'own' | 'wrong' | 'none' | 'authorization' | 'api-key' | 'x-api-key'

/** One question to the server. */
export interface ProbeCall {
  /** What it asks, for the evidence: `Streaming with usage`. */
  name: string
  method: 'GET' | 'POST'
  path: string
  body?: Record<string, unknown>
  stream?: boolean
  /**
   * The wrong key is a negative control; it holds nothing of the real one. `none` sends none, a header's name sends the
   * own key there: to find out where this server wants it.
   */
  key?: ProbeKey
  baseUrl?: string
  /** Tells images from tokens in the account. */
  images?: number
  answerBytesMax?: number
}

/**
 * What came back.
 * answered: a 2xx whose body is no error. rejected: the server refuses the request as such (4xx but 401, 403, 408, 429).
 * denied: 401 or 403. limited: 429 or 402, never a *no*. broken: 5xx, no valid answer, no connection, out of time.
 */
export interface ProbeReply {
  kind: 'answered' | 'rejected' | 'denied' | 'limited' | 'broken'
  /** 0 without an answer. */
  status: number
  /** The parsed body; of a stream undefined. */
  json: unknown
  /** Parsed events of a stream; undefined where the server answered whole. */
  chunks: unknown[] | undefined
  done: boolean
  usage: Usage | null
  error: ErrorBody | null
  /** Sub-code of a failure below HTTP, for example `upstream_unreachable`. */
  failure: string | null
  contentType: string
  /** Where a redirect leads; '' without one. */
  location: string
  ms: number
  firstByteMs: number | null
  evidence: EvidenceView
}

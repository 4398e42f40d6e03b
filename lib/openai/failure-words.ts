import type { UpstreamFailureCode } from './outcome.ts'

/** Codes that plainly say that the connection went away. */
const resets = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/** What the codes (without one, the names) of undici's and Node's errors mean. `isKnown` is false where the meaning is a guess. */
export function explain(
  code: string,
  hadHead: boolean,
): { failure: UpstreamFailureCode; message: string; isKnown: boolean } {
  const known = (failure: UpstreamFailureCode, message: string) => ({ failure, message, isKnown: true })
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return known('upstream_headers_too_large', 'The headers of the answer are larger than 16 KB.')
  }
  // Before there was a head, a wrong length is a head that contradicts itself.
  const isBadHead = code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' && !hadHead
  if (isBadHead || code === 'HTTPParserError' || code.startsWith('HPE_')) {
    return known('upstream_bad_answer', 'The server did not answer with valid HTTP.')
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return known('upstream_bad_target', 'A header or path of this model cannot be sent.')
  }
  if (code === 'UND_ERR_CLOSED' || code === 'UND_ERR_DESTROYED') return known('aborted', 'The connections were closed.')
  const message = 'The server broke the connection before its answer was complete.'
  return { failure: 'upstream_reset', message, isKnown: resets.has(code) }
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

export function megabytes(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.round(bytes / 1024 / 102.4) / 10} MB` : `${bytes} bytes`
}

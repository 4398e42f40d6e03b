import { Buffer } from 'node:buffer'
import { holdEvents } from './held-events.ts'
import type { UpstreamFailureCode } from './outcome.ts'
import { findMember, readJson, readString, type ScannedObject, scanObject, toBuffer } from './scan.ts'
import { holdsError } from './wire/error-body.ts'
import { isDone, type SseEvent, SseReader, sseEventBytesMax } from './wire/sse.ts'

/**
 * What the beginning of a stream is. commit: an event of an answer. error: an event that holds an error in place of an
 * answer; its data is the body. Null: not decided yet.
 */
export type Opening =
  | { kind: 'commit' }
  | { kind: 'error'; body: Buffer }
  | { kind: 'failure'; code: UpstreamFailureCode; message: string; internal: string }
  | null

/** Reads a stream up to its first event with data, keeping the bytes as they came. */
export class StreamOpening {
  readonly chunks: Buffer[] = []
  readonly #reader = new SseReader()
  #bytes = 0

  push(chunk: Buffer): Opening {
    this.chunks.push(chunk)
    this.#bytes += chunk.length
    const hasRoom = holdEvents(chunk.length)
    const events = this.#reader.push(chunk)
    for (let index = 0; index < events.length; index++) {
      const opening = judge(events[index]!)
      if (opening) return opening
    }
    if (this.#reader.oversize) {
      return fail('event_too_large', 'An event of the stream is larger than 1 MB.', 'first event too large')
    }
    if (!hasRoom) return fail('event_too_large', 'Too much of unfinished events is held.', 'held events')
    return this.#bytes > sseEventBytesMax ? bad('The stream began with more than 1 MB without data.') : null
  }

  /** Its bytes are held no more. */
  close(): void {
    holdEvents(-this.#bytes)
    this.#bytes = 0
  }

  /** The stream is over. A last event without its empty line counts: some servers forget it. */
  end(): NonNullable<Opening> {
    const last = this.#reader.end()
    return (last && judge(last)) ?? bad('The stream ended without an answer.')
  }
}

function judge({ data }: SseEvent): Opening {
  if (!data || data.length === 0) return null
  if (isDone(data)) return bad('The stream ended without an answer.')
  const scan = scanObject(data)
  if (!scan.ok) {
    return bad('The stream began with something that is no event of an answer.', `first event ${scan.reason}`)
  }
  const type = findMember(scan.object, 'type')
  const name = type && readString(scan.object, type)
  // Events of the Responses API.
  if (name === 'error') return { kind: 'error', body: toBuffer(data) }
  if (name === 'response.failed') return { kind: 'error', body: failureOf(scan.object) }
  const error = findMember(scan.object, 'error')
  return error && holdsError({ error: readJson(scan.object, error) })
    ? { kind: 'error', body: toBuffer(data) }
    : { kind: 'commit' }
}

/** The error in a response that failed, as a body. */
function failureOf(object: ScannedObject): Buffer {
  const member = findMember(object, 'response')
  const response = member && (readJson(object, member) as { error?: unknown } | null)
  return Buffer.from(JSON.stringify({ error: response?.error ?? { message: 'The response failed.' } }))
}

function bad(message: string, internal = message): NonNullable<Opening> {
  return fail('upstream_bad_answer', message, internal)
}

function fail(code: UpstreamFailureCode, message: string, internal: string): NonNullable<Opening> {
  return { kind: 'failure', code, message, internal }
}

/*
 * Server-sent events as bytes: finds the events in a stream without printing anything anew. Lines end with LF, CRLF or
 * CR (WHATWG, "Server-sent events"), and a stream may be cut into chunks anywhere.
 */

export interface SseEvent {
  /**
   * Every byte of the event with the empty line that ends it. The `raw` of all events one after the other, the one from
   * `end()` included, are the stream.
   */
  raw: Uint8Array
  /** The joined `data` fields; null for comments, stray blank lines, and events without data. */
  data: Uint8Array | null
}

/** An unfinished event may hold this many bytes. */
export const sseEventBytesMax = 1024 * 1024

const lf = 0x0a
const cr = 0x0d
const none: SseEvent[] = []

/**
 * Takes a stream chunk by chunk and gives back its events. Every cut of the same bytes gives the same data, and the same
 * `raw` for each event with data.
 */
export class SseReader {
  /** An event was longer than allowed: its bytes are dropped and it comes out without `raw` and data. Stays true. */
  oversize = false
  readonly #eventBytesMax: number
  #held = new Uint8Array(0)
  #length = 0
  /** Where the search for line ends goes on, and where the line begins in which it does. */
  #at = 0
  #lineStart = 0
  #hasContent = false
  #lastWasLoneCr = false
  #isFirst = true
  #isSkipping = false

  constructor(eventBytesMax: number = sseEventBytesMax) {
    this.#eventBytesMax = eventBytesMax
  }

  /** Bytes of the event that is not finished yet. */
  get heldBytes(): number {
    return this.#length
  }

  /** An event that was too large goes on: its bytes are not kept. */
  get isSkipping(): boolean {
    return this.#isSkipping
  }

  /** The bytes of the event that is not finished yet, until the next call. Not what came where it was too large. */
  held(): Uint8Array {
    return this.#held.subarray(0, this.#length)
  }

  /** The events that this chunk finishes. Their bytes may share the chunk's memory. */
  push(chunk: Uint8Array): SseEvent[] {
    if (chunk.length === 0) return none
    const isFresh = this.#length === 0
    if (!isFresh) this.#append(chunk)
    const bytes = isFresh ? chunk : this.#held.subarray(0, this.#length)
    const events: SseEvent[] = []
    const start = this.#scan(bytes, events, isFresh)
    const tail = bytes.length - start
    if (isFresh) {
      if (tail > 0) this.#append(start === 0 ? chunk : chunk.subarray(start))
    } else if (start > 0) {
      this.#held.copyWithin(0, start, this.#length)
      this.#length = tail
    }
    if (this.#length > this.#eventBytesMax) this.#skip()
    return events
  }

  /** What is left when the stream ends: an event without its closing empty line, or null. */
  end(): SseEvent | null {
    if (this.#length === 0) return null
    const raw = this.#held.slice(0, this.#length)
    this.#length = 0
    return this.#event(raw)
  }

  /** Fills `events` and returns where the unfinished event begins. */
  #scan(bytes: Uint8Array, events: SseEvent[], isFresh: boolean): number {
    const hasCr = bytes.indexOf(cr, this.#at) >= 0
    let start = 0
    let at = this.#at
    let lineStart = this.#lineStart
    for (;;) {
      const end = lineEnd(bytes, at, hasCr)
      if (end < 0) {
        at = bytes.length
        break
      }
      const isEmpty = end === lineStart
      const isCr = bytes[end] === cr
      let next = end + 1
      // After a lone CR, a CR on an empty line ends the event at once: waiting for an LF that such a stream never sends
      // would hold every event back. An LF that comes all the same is a stray blank line.
      if (isCr && !(isEmpty && this.#lastWasLoneCr)) {
        if (next === bytes.length) {
          at = end
          break
        }
        if (bytes[next] === lf) next++
      }
      if (!isEmpty) {
        if (!this.#hasContent && lineStart > start) {
          events.push({ raw: cut(bytes, start, lineStart, isFresh), data: null })
          start = lineStart
        }
        this.#hasContent = true
        this.#lastWasLoneCr = isCr && next === end + 1
      } else if (this.#hasContent) {
        events.push(this.#event(cut(bytes, start, next, isFresh)))
        start = next
        this.#hasContent = false
        this.#lastWasLoneCr = false
      }
      at = lineStart = next
    }
    // Blank lines at the end of a chunk go out with it.
    if (!this.#hasContent && lineStart > start && at === lineStart && at === bytes.length) {
      events.push({ raw: cut(bytes, start, lineStart, isFresh), data: null })
      start = lineStart
    }
    this.#at = at - start
    this.#lineStart = lineStart - start
    return start
  }

  #event(raw: Uint8Array): SseEvent {
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (this.#isSkipping) {
      this.#isSkipping = false
      return { raw: new Uint8Array(0), data: null }
    }
    return { raw, data: dataOf(raw, isFirst && raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0) }
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#held.length) {
      const grown = new Uint8Array(Math.max(length, this.#held.length * 2, 1024))
      grown.set(this.#held.subarray(0, this.#length))
      this.#held = grown
    }
    this.#held.set(chunk, this.#length)
    this.#length = length
  }

  /** Forgets the event but for a stand-in for its content and its last bytes, which decide where it ends. */
  #skip(): void {
    const end = this.#held.slice(this.#length - 4, this.#length)
    this.#held = new Uint8Array(1024)
    this.#held[0] = 0x78
    this.#held.set(end, 1)
    this.#length = 5
    this.#at = 0
    this.#lineStart = 0
    this.#hasContent = false
    this.#isSkipping = true
    this.oversize = true
    // No event can end in there: the bytes were searched before.
    this.#scan(this.#held.subarray(0, 5), [], true)
  }
}

/** True for the `[DONE]` that ends an OpenAI stream. */
export function isDone(data: Uint8Array): boolean {
  // Trailing spaces have been seen; anything longer is not it.
  if (data.length < 6 || data.length > 8 || data[0] !== 0x5b || data[5] !== 0x5d) return false
  return new TextDecoder().decode(data).trim() === '[DONE]'
}

/** One event with the JSON text as its data. */
export function sseEvent(json: string): string {
  return `data: ${json}\n\n`
}

/** Bytes of a chunk may be shared, bytes of the reader's own memory are about to be overwritten. */
function cut(bytes: Uint8Array, start: number, end: number, isFresh: boolean): Uint8Array {
  return isFresh ? bytes.subarray(start, end) : bytes.slice(start, end)
}

function lineEnd(bytes: Uint8Array, from: number, hasCr: boolean): number {
  if (!hasCr) return bytes.indexOf(lf, from)
  for (let at = from; at < bytes.length; at++) if (bytes[at] === lf || bytes[at] === cr) return at
  return -1
}

function dataOf(raw: Uint8Array, from: number): Uint8Array | null {
  const hasCr = raw.indexOf(cr) >= 0
  let parts: Uint8Array[] | undefined
  let single: Uint8Array | null = null
  for (let at = from; at < raw.length; ) {
    const found = lineEnd(raw, at, hasCr)
    const end = found < 0 ? raw.length : found
    // "data" alone on a line is the field with an empty value.
    if (raw[at] === 0x64 && raw[at + 1] === 0x61 && raw[at + 2] === 0x74 && raw[at + 3] === 0x61) {
      const isBare = end === at + 4
      if (isBare || raw[at + 4] === 0x3a) {
        const valueStart = isBare ? end : raw[at + 5] === 0x20 ? at + 6 : at + 5
        const value = raw.subarray(Math.min(valueStart, end), end)
        if (single === null) single = value
        else if (parts) parts.push(value)
        else parts = [single, value]
      }
    }
    at = end + 1
  }
  return parts ? joinLines(parts) : single
}

function joinLines(parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length + 1, -1)).fill(lf)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length + 1
  }
  return joined
}

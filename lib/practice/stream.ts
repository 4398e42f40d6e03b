import type { ServerResponse } from 'node:http'
import type { Behaviour } from './behaviour.ts'
import { type Pace, untilAborted } from './pace.ts'

/** One event of a stream: what stands in its `data`, and how many output tokens it brings. */
export interface StreamEvent {
  data: object
  /** The event's own name, of APIs whose events have one: their streams end without `[DONE]`. */
  name?: string
  tokens: number
  reasoningTokens?: number
}

/** What a client has been sent. */
export interface Sent {
  events: number
  tokens: number
  reasoningTokens: number
  /** False where the client left or this server broke the stream on purpose. */
  complete: boolean
}

export const firstTokenMs = 20
export const tokenMs = 3

const breakAfterEvents = 2
const pieceSize = 11

/**
 * Writes server-sent events at the model's pace, with the faults of its behaviour, and waits where the client is slow. Returns when the
 * stream has ended, or the client has left.
 */
export async function writeStream(
  response: ServerResponse,
  events: Iterable<StreamEvent>,
  behaviour: Behaviour,
  pace: Pace,
  signal: AbortSignal,
): Promise<Sent> {
  const line = behaviour.lineEnd ?? '\n'
  const sent: Sent = { events: 0, tokens: 0, reasoningTokens: 0, complete: false }
  const fault = behaviour.stream
  let held = ''
  let isNamed = false
  const write = async (text: string) => {
    if (fault === 'one-block') held += text
    else if (fault === 'split-bytes') await writeInPieces(response, Buffer.from(text), signal)
    else await send(response, text, signal)
  }

  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  for (const event of fault === 'endless' ? forever(events) : events) {
    const gap = behaviour.eventGapMs ?? (sent.events === 0 ? firstTokenMs : event.tokens * tokenMs)
    await pace.wait(gap, signal)
    if (signal.aborted) return sent
    isNamed = event.name !== undefined
    const text = `${isNamed ? `event: ${event.name}${line}` : ''}data: ${JSON.stringify(event.data)}${line}${line}`
    if (sent.events === breakAfterEvents) {
      if (fault === 'stall') {
        await untilAborted(signal)
        return sent
      }
      if (fault === 'truncated') {
        // The half must reach the network before the connection breaks.
        await new Promise<void>((resolve) => response.write(text.slice(0, text.length / 2), () => resolve()))
        response.socket?.destroy()
        return sent
      }
      if (fault === 'error-event') {
        const message = 'The server had an error while processing your request.'
        const error = { message, type: 'server_error', param: null, code: null }
        const data = isNamed ? { ...error, type: 'error', sequence_number: sent.events } : { error }
        await write(`${isNamed ? `event: error${line}` : ''}data: ${JSON.stringify(data)}${line}${line}`)
        response.end()
        return sent
      }
      if (fault === 'bad-json')
        await write(`data: {"id":"chatcmpl-broken","choices":[{"index":0,"delta":{"content":"bro${line}${line}`)
    }
    await write(behaviour.comments ? `: PRACTICE PROCESSING${line}${line}${text}` : text)
    sent.events += 1
    sent.tokens += event.tokens
    sent.reasoningTokens += event.reasoningTokens ?? 0
  }
  if (fault !== 'no-done' && !isNamed) await write(`data: [DONE]${line}${line}`)
  if (held !== '') await send(response, held, signal)
  if (signal.aborted) return sent
  sent.complete = true
  response.end()
  return sent
}

function* forever(events: Iterable<StreamEvent>): Generator<StreamEvent> {
  const known = [...events]
  const body = known.find((event) => event.tokens > 0) ?? known[0]!
  yield known[0]!
  while (true) yield body
}

async function writeInPieces(response: ServerResponse, bytes: Buffer, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < bytes.length && !signal.aborted; at += pieceSize) {
    await send(response, bytes.subarray(at, at + pieceSize), signal)
    // One turn of the loop, so that the pieces leave as packets of their own.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Writes, and waits while the client does not read. */
function send(response: ServerResponse, bytes: string | Buffer, signal: AbortSignal): Promise<void> | undefined {
  if (signal.aborted || response.write(bytes)) return undefined
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    response.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
  })
}

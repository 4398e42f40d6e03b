import { newId } from '#lib/core/ids.ts'
import { doorReply } from './errors.ts'
import type { GatewayCall, GatewayReply, ReadBody } from './schema.ts'

const bodyBytesMax = 20 * 1024 * 1024
/** Request bodies held by a process at one time. */
const heldBytesMax = 512 * 1024 * 1024
/** Of a body that is not wanted so much is still taken, so long, so that who sends it reads the answer. */
const drainedBytesMax = 64 * 1024 * 1024
const drainMs = 5_000

let heldBytes = 0

/**
 * The engine behind web `Request` and `Response`, for doors that have nothing else. The signal of the request is what
 * tells that the caller left.
 */
export async function handleFetch(
  handle: (call: GatewayCall, readBody: ReadBody) => Promise<GatewayReply>,
  request: Request,
): Promise<Response> {
  const receivedAtMs = Date.now()
  let held = 0
  const hold = (bytes: number) => {
    held += bytes
    heldBytes += bytes
    return heldBytes <= heldBytesMax
  }
  try {
    const call: GatewayCall = {
      method: request.method,
      path: pathOf(request.url),
      headers: Object.fromEntries(request.headers),
      body: null,
      peer: '',
      signal: request.signal,
      receivedAtMs,
    }
    const reply = await handle(call, () => readBody(request, hold))
    // Not before the answer: it takes as long as the sending does.
    if (request.body !== null && !request.bodyUsed) void drain(request.body.getReader())
    return toResponse(reply)
  } finally {
    heldBytes -= held
  }
}

/** An answer of the door itself to a `Host` that is not ours. */
export function wrongHostResponse(): Response {
  const reply = doorReply('wrong_host')
  reply.headers['x-request-id'] = newId('req')
  return toResponse(reply)
}

/** Escapes stay as they came: an address may hold an escaped slash. */
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2)
  const path = from < 0 ? '/' : url.slice(from)
  const mark = path.indexOf('?')
  return mark < 0 ? path : path.slice(0, mark)
}

async function readBody(request: Request, hold: (bytes: number) => boolean): ReturnType<ReadBody> {
  if (request.body === null) return null
  const announced = Number(request.headers.get('content-length') ?? 0)
  const reader = request.body.getReader()
  if (announced > bodyBytesMax) {
    void drain(reader)
    return 'too_large'
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.length
      const hasRoom = hold(value.length)
      if (bytes > bodyBytesMax || !hasRoom) {
        chunks.length = 0
        void drain(reader)
        return hasRoom ? 'too_large' : 'overloaded'
      }
      chunks.push(value)
    }
  } catch {
    return 'invalid_request'
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const late = setTimeout(() => void reader.cancel().catch(() => undefined), drainMs)
  try {
    for (let bytes = 0; bytes <= drainedBytesMax; ) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.length
    }
    await reader.cancel()
  } catch {
    // Who breaks off the sending does not wait for the answer.
  } finally {
    clearTimeout(late)
  }
}

function toResponse(reply: GatewayReply): Response {
  const { body, headers } = reply
  // 499 stands for a caller who left: nobody reads it, and `Response` takes statuses up to 599 alike.
  if (body === null) return new Response(null, { status: reply.status, headers })
  if (body instanceof Uint8Array) {
    headers['content-length'] = String(body.length)
    return new Response(body as Uint8Array<ArrayBuffer>, { status: reply.status, headers })
  }
  const source = body[Symbol.asyncIterator]()
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await source.next()
        if (step.done) controller.close()
        else controller.enqueue(step.value)
      },
      async cancel() {
        await source.return?.()
      },
    },
    // Nothing is read ahead: a slow caller pauses the upstream.
    { highWaterMark: 0 },
  )
  return new Response(stream, { status: reply.status, headers })
}

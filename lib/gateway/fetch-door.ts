import { newId } from '#lib/core/ids.ts'
import { doorReply } from './errors.ts'
import type { GatewayCall, GatewayReply } from './schema.ts'

const bodyBytesMax = 20 * 1024 * 1024
/** Request bodies held by a process at one time. */
const heldBytesMax = 512 * 1024 * 1024
/** Of a body that is refused so much is still taken, so long, so that who sends it reads the answer. */
const drainedBytesMax = 64 * 1024 * 1024
const drainMs = 5_000

let heldBytes = 0

/**
 * The engine behind web `Request` and `Response`, for doors that have nothing else. The signal of the request is what
 * tells that the caller left.
 */
export async function handleFetch(
  handle: (call: GatewayCall) => Promise<GatewayReply>,
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
    const body = request.method === 'GET' || request.method === 'HEAD' ? null : await readBody(request, hold)
    if (typeof body === 'string') return toResponse(refused(body))
    const reply = await handle({
      method: request.method,
      path: pathOf(request.url),
      headers: Object.fromEntries(request.headers),
      body,
      peer: '',
      signal: request.signal,
      receivedAtMs,
    })
    return toResponse(reply)
  } finally {
    heldBytes -= held
  }
}

/** An answer of the door itself to a `Host` that is not ours. */
export function wrongHostResponse(): Response {
  return toResponse(refused('wrong_host'))
}

function refused(code: BodyRefusal | 'wrong_host'): GatewayReply {
  const reply = doorReply(code)
  reply.headers['x-request-id'] = newId('req')
  return reply
}

/** Escapes stay as they came: an address may hold an escaped slash. */
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2)
  const path = from < 0 ? '/' : url.slice(from)
  const mark = path.indexOf('?')
  return mark < 0 ? path : path.slice(0, mark)
}

type BodyRefusal = 'too_large' | 'overloaded' | 'invalid_request'

async function readBody(request: Request, hold: (bytes: number) => boolean): Promise<Uint8Array | null | BodyRefusal> {
  if (request.body === null) return null
  const announced = Number(request.headers.get('content-length') ?? 0)
  const reader = request.body.getReader()
  if (announced > bodyBytesMax) return drain(reader, 'too_large')
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
        return await drain(reader, hasRoom ? 'too_large' : 'overloaded')
      }
      chunks.push(value)
    }
  } catch {
    return 'invalid_request'
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)
}

async function drain(reader: ReadableStreamDefaultReader<Uint8Array>, refusal: BodyRefusal): Promise<BodyRefusal> {
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
  return refusal
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

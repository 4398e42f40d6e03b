import { newId } from '#lib/core/ids.ts'
import { doorReply } from './errors.ts'
import type { GatewayCall, GatewayReply } from './schema.ts'

const bodyBytesMax = 20 * 1024 * 1024

/**
 * The engine behind web `Request` and `Response`, for doors that have nothing else. The signal of the request is what
 * tells that the caller left.
 */
export async function handleFetch(
  handle: (call: GatewayCall) => Promise<GatewayReply>,
  request: Request,
): Promise<Response> {
  const receivedAtMs = Date.now()
  const body = request.method === 'GET' || request.method === 'HEAD' ? null : await readBody(request)
  const reply =
    body === 'too_large'
      ? refused('too_large')
      : body === 'broken'
        ? refused('invalid_request')
        : await handle({
            method: request.method,
            path: pathOf(request.url),
            headers: Object.fromEntries(request.headers),
            body,
            peer: '',
            signal: request.signal,
            receivedAtMs,
          })
  return toResponse(reply)
}

/** An answer of the door itself to a `Host` that is not ours. */
export function wrongHostResponse(): Response {
  return toResponse(refused('wrong_host'))
}

function refused(code: 'too_large' | 'invalid_request' | 'wrong_host'): GatewayReply {
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

async function readBody(request: Request): Promise<Uint8Array | null | 'too_large' | 'broken'> {
  if (Number(request.headers.get('content-length') ?? 0) > bodyBytesMax) return 'too_large'
  if (request.body === null) return null
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      bytes += value.length
      if (bytes > bodyBytesMax) {
        await reader.cancel()
        return 'too_large'
      }
      chunks.push(value)
    }
  } catch {
    return 'broken'
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)
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

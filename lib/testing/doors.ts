import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll } from 'vitest'

/** Listens on a free port of loopback until the file is done. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return (server.address() as AddressInfo).port
}

/** Serves a web handler over real sockets, as Next serves route handlers. */
export function serveFetch(handler: (request: Request) => Promise<Response>): Server {
  return createServer((incoming, outgoing) => {
    serve(handler, incoming, outgoing).catch((error: unknown) =>
      outgoing.destroy(error instanceof Error ? error : undefined),
    )
  })
}

async function serve(
  handler: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const left = new AbortController()
  outgoing.on('close', () => {
    if (!outgoing.writableFinished) left.abort()
  })
  outgoing.on('error', () => undefined)
  const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
  const request = new Request(new URL(incoming.url ?? '/', `http://${incoming.headers.host}`), {
    method: incoming.method ?? 'GET',
    headers: Object.entries(incoming.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
    signal: left.signal,
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const }),
  })
  const response = await handler(request)
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  if (response.body) {
    const reader = response.body.getReader()
    outgoing.on('close', () => void reader.cancel().catch(() => undefined))
    for (;;) {
      const { done, value } = await reader.read()
      if (done || outgoing.destroyed) break
      // As Next does: what the caller does not take is not read.
      if (!outgoing.write(value))
        await new Promise<void>((resolve) => {
          const taken = () => {
            outgoing.off('drain', taken)
            outgoing.off('close', taken)
            resolve()
          }
          outgoing.on('drain', taken)
          outgoing.on('close', taken)
        })
    }
  }
  outgoing.end()
}

import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { getRuntime } from '#lib/runtime.ts'
import { isOurHost } from './request.ts'

/** What a route handler can be. */
const routeMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Finds the servers of this process, which Next makes and hands to nobody, at their first request. From then on they
 * answer at `/v1` what Next cannot hand to a route handler, and offers of other protocols over HTTP/1.1.
 */
export function watchServers(): ReadonlySet<Server> {
  const servers = new Set<Server>()
  // Published before the server's own listeners see the request.
  subscribe('http.server.request.start', (message) => {
    const { server } = message as { server: Server & { shouldUpgradeCallback?(request: IncomingMessage): boolean } }
    if (servers.has(server)) return
    servers.add(server)
    // Next closes every connection that offers a protocol it does not speak; its development server speaks this one.
    server.shouldUpgradeCallback = ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket'
    const listeners = server.listeners('request')
    server.removeAllListeners('request')
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (isOdd(request)) void answer(request, response)
      else for (const listener of listeners) listener.call(server, request, response)
    })
  })
  return servers
}

/** A method or path below `/v1` that Next refuses, redirects or changes by itself. None of them has a body that counts. */
function isOdd({ url = '', method = '', headers }: IncomingMessage): boolean {
  if (!/^\/v1(?:[/?]|$)/.test(url) || !isOurHost(headers.host, getRuntime().env)) return false
  if (!routeMethods.has(method)) return true
  const path = pathOf(url)
  if (path.includes('//') || URL.parse(path, 'http://n')?.pathname !== path) return true
  try {
    decodeURIComponent(path)
    return false
  } catch {
    return true
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await getRuntime().gateway.handle({
    method: request.method ?? '',
    path: pathOf(request.url ?? ''),
    headers: request.headers as Record<string, string | undefined>,
    body: null,
    peer: '',
    signal: new AbortController().signal,
    receivedAtMs: Date.now(),
  })
  const bytes = body instanceof Uint8Array ? body : Buffer.alloc(0)
  response.writeHead(status, { ...headers, 'content-length': String(bytes.length) }).end(bytes)
}

function pathOf(url: string): string {
  const mark = url.indexOf('?')
  return mark < 0 ? url : url.slice(0, mark)
}

import { randomBytes } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { repeatedAuthorization } from '#lib/tenancy/index.ts'

const header = 'x-patchbay-peer'
const forwarding = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via']

interface PeerMark {
  token: string
}

const place = Symbol.for('patchbay.peers')
const shared = globalThis as typeof globalThis & { [place]?: PeerMark }

/** What the connection itself says of a request. */
export interface Peer {
  address: string
  /** True where a header came that only proxies send. */
  forwarded: boolean
}

/**
 * Marks every request of this process with the address of its connection. Next fills `x-forwarded-for` in only where
 * the caller sent none, and handlers do not see the socket: without the mark, a caller could name any address. An
 * `Authorization` that came twice reaches handlers as both, so that they can refuse it.
 */
export function watchPeers(): void {
  if (shared[place]) return
  const mark: PeerMark = { token: randomBytes(16).toString('hex') }
  shared[place] = mark
  // Published before the server's own listeners see the request.
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage }
    const forwarded = forwarding.some((name) => request.headers[name] !== undefined)
    const repeated = repeatedAuthorization(request.rawHeaders)
    if (repeated !== null) request.headers.authorization = repeated
    request.headers[header] = `${mark.token} ${forwarded ? 1 : 0} ${request.socket.remoteAddress ?? ''}`
  })
}

/** Null where requests are not watched or the mark is not ours. */
export function peerOf(headers: Headers): Peer | null {
  const [token, forwarded, address] = (headers.get(header) ?? '').split(' ')
  if (!shared[place] || token !== shared[place].token || !address) return null
  return { address, forwarded: forwarded === '1' }
}

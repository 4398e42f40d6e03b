import ipaddr from 'ipaddr.js'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Settings } from '#lib/platform/env.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import type { RequestInfo } from '#lib/tenancy/index.ts'
import { peerOf } from './peers.ts'

type Rules = Pick<Settings, 'host' | 'port' | 'publicUrl' | 'publicGatewayUrl' | 'trustedProxies'>

/** A new request id, and the address the request came from as far as it can be trusted; '' where it is not known. */
export function readRequest(headers: Headers, rules: Rules): RequestInfo {
  return { id: newId('req'), address: clientAddress(headers, rules.trustedProxies) }
}

/** Throws `wrong_host` unless the Host header names us. */
export function requireHost(headers: Headers, rules: Rules): void {
  if (isOurHost(headers.get('host') ?? undefined, rules)) return
  throw new AppError({ kind: 'invalid_input', code: 'wrong_host', message: 'This address is not served here.' })
}

/** What changes something with a cookie must come from our own pages: a missing Origin is refused like a foreign one. */
export function requireOrigin(headers: Headers, rules: Rules): void {
  if (isOwnOrigin(headers.get('origin'), headers.get('host'), rules)) return
  throw new AppError({
    kind: 'forbidden',
    code: 'foreign_origin',
    message: 'This request did not come from a page of Patchbay.',
  })
}

/**
 * True where the request cannot come from elsewhere: bound to loopback, named by a loopback name, no public address and
 * no proxy in between.
 */
export function isLoopbackVisit(headers: Headers, rules: Rules): boolean {
  const peer = peerOf(headers)
  if (!peer || peer.forwarded || rules.publicUrl || rules.publicGatewayUrl) return false
  const address = parseAddress(peer.address)
  return address?.range() === 'loopback' && isOurHost(headers.get('host') ?? undefined, rules)
}

export function isOurHost(
  host: string | undefined,
  rules: Pick<Rules, 'host' | 'port' | 'publicUrl' | 'publicGatewayUrl'>,
): boolean {
  const publicUrls = [rules.publicUrl?.href, rules.publicGatewayUrl?.href]
  return createHostCheck({ bind: rules.host, port: rules.port, publicUrls })(host)
}

function isOwnOrigin(origin: string | null, host: string | null, rules: Rules): boolean {
  const url = origin === null ? null : URL.parse(origin)
  if (!url || host === null) return false
  if (rules.publicUrl) return url.origin === rules.publicUrl.origin
  // Without a public address there is no TLS in front: the page that sent this was loaded from this very host.
  return url.origin === `http://${host.toLowerCase()}`.replace(/:80$/, '') && isOurHost(host, rules)
}

/** The last address on the way that is no proxy of ours. */
function clientAddress(headers: Headers, trusted: Rules['trustedProxies']): string {
  const peer = peerOf(headers)
  if (!peer) return ''
  let address = parseAddress(peer.address)
  if (!address) return ''
  const hops = peer.forwarded ? (headers.get('x-forwarded-for') ?? '').split(',') : []
  while (isTrusted(address, trusted)) {
    const hop = parseAddress(hops.pop()?.trim() ?? '')
    if (!hop) break
    address = hop
  }
  return address.toString()
}

function isTrusted(address: ipaddr.IPv4 | ipaddr.IPv6, trusted: Rules['trustedProxies']): boolean {
  return trusted.some((range) => range[0].kind() === address.kind() && address.match(range))
}

function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null
}

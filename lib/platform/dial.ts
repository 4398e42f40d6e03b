import { connect, type Socket } from 'node:net'
import {
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import type { Clock } from '#lib/core/clock.ts'
import type { Egress, Place } from './egress.ts'

export type DialCode =
  | 'egress_refused'
  | 'egress_loop'
  | 'upstream_dns'
  | 'upstream_unreachable'
  | 'upstream_connect_timeout'
  | 'upstream_tls'

export interface DialFailure {
  ok: false
  code: DialCode
  stage: 'egress' | 'dns' | 'connect' | 'tls'
  /** Safe to show. */
  message: string
  /** For the log. */
  internal: string
  allowableEntry?: string
  timings: DialTimings
}

export interface DialTimings {
  dnsMs?: number
  connectMs?: number
  tlsMs?: number
}

export interface Dialled {
  ok: true
  socket: Socket | TLSSocket
  timings: DialTimings
  /** False where the address is open only because an operator allowed it. */
  isPublic: boolean
}

export interface DialOptions {
  /** DNS, TCP and TLS together. */
  timeoutMs: number
  secureContext?: SecureContext
  /** A TLS session of an earlier connection to the same place with the same credential. */
  session?: Buffer
  /** Whatever its certificate, to look at it. Nothing may be sent over such a connection. */
  toLookOnly?: true
}

/**
 * Opens a connection to a place: resolves it through the guard, connects to what the guard checked and to nothing else,
 * and sets TLS up under the place's own name. Never throws.
 */
export async function dial(
  egress: Egress,
  clock: Clock,
  place: Place,
  options: DialOptions,
): Promise<Dialled | DialFailure> {
  const startedMs = clock.monotonicMs()
  const resolution = await egress.resolve(place)
  if (!resolution.ok) return { ...resolution, timings: {} }
  const timings: DialTimings = place.typedAddress ? {} : { dnsMs: resolution.dnsMs }
  const left = () => Math.max(1, options.timeoutMs - (clock.monotonicMs() - startedMs))
  const connectStartedMs = clock.monotonicMs()
  const plain = await openTcp(resolution.addresses, place, left())
  timings.connectMs = clock.monotonicMs() - connectStartedMs
  if (!plain.ok) return { ...plain, timings }
  if (!place.isSecure) return { ok: true, socket: plain.socket, timings, isPublic: !resolution.isAllowed }
  const tlsStartedMs = clock.monotonicMs()
  const secure = await openTls(plain.socket, place, left(), options)
  timings.tlsMs = clock.monotonicMs() - tlsStartedMs
  return secure.ok ? { ...secure, timings, isPublic: !resolution.isAllowed } : { ...secure, timings }
}

/** For a server whose certificate comes from an authority of its own. Throws where `ca` is no PEM certificate. */
export function trustAlso(ca: string): SecureContext {
  if (!/-----BEGIN CERTIFICATE-----/.test(ca)) throw new Error('no PEM certificate')
  // What was trusted may be the server's own certificate and no authority's.
  return createSecureContext({ ca: [...getCACertificates('default'), ca], allowPartialTrustChain: true })
}

type Opened<S> = { ok: true; socket: S } | Omit<DialFailure, 'timings'>

function openTcp(
  addresses: { address: string; family: 4 | 6 }[],
  place: Place,
  timeoutMs: number,
): Promise<Opened<Socket>> {
  return new Promise((settle) => {
    const socket = connect({
      host: place.host,
      port: place.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      autoSelectFamily: true,
      // Not asked for addresses typed as such; for names it hands over what was checked, so nothing is resolved twice.
      lookup: (_name, { all }, done) =>
        all ? done(null, addresses) : done(null, addresses[0]!.address, addresses[0]!.family),
    })
    const finish = (result: Opened<Socket>) => {
      clearTimeout(timer)
      socket.off('error', onError)
      socket.off('connect', onConnect)
      if (!result.ok) socket.on('error', ignore).destroy()
      settle(result)
    }
    const onConnect = () => finish({ ok: true, socket })
    const onError = (error: unknown) => finish(connectFailure(place, codeOf(error)))
    const timer = setTimeout(() => finish(connectFailure(place, 'ETIMEDOUT')), timeoutMs)
    socket.on('connect', onConnect).on('error', onError)
  })
}

function openTls(plain: Socket, place: Place, timeoutMs: number, options: DialOptions): Promise<Opened<TLSSocket>> {
  return new Promise((settle) => {
    const socket = connectTls({
      socket: plain,
      host: place.host,
      // Server names are names: an address is compared with the certificate but not sent.
      ...(!place.typedAddress && { servername: place.host }),
      ALPNProtocols: ['http/1.1'],
      ...(options.secureContext && { secureContext: options.secureContext }),
      ...(options.session && { session: options.session }),
      ...(options.toLookOnly && { rejectUnauthorized: false }),
    })
    const finish = (result: Opened<TLSSocket>) => {
      clearTimeout(timer)
      socket.off('error', onError)
      socket.off('close', onClose)
      socket.off('secureConnect', onSecure)
      if (!result.ok) {
        socket.on('error', ignore).destroy()
        plain.on('error', ignore).destroy()
      }
      settle(result)
    }
    const onSecure = () => finish({ ok: true, socket })
    const onError = (error: unknown) => finish(tlsFailure(place, codeOf(error)))
    const onClose = () => finish(tlsFailure(place, 'ECONNRESET'))
    const timer = setTimeout(() => finish(connectFailure(place, 'ETIMEDOUT', 'tls')), timeoutMs)
    socket.on('secureConnect', onSecure).on('error', onError).on('close', onClose)
  })
}

function connectFailure(
  place: Place,
  code: string,
  stage: 'connect' | 'tls' = 'connect',
): Omit<DialFailure, 'timings'> {
  const fail = (failure: DialCode, message: string) => ({
    ok: false as const,
    code: failure,
    stage,
    message,
    internal: code,
  })
  if (code === 'ETIMEDOUT') return fail('upstream_connect_timeout', `${place.hostPort} does not answer.`)
  if (code === 'ECONNREFUSED') return fail('upstream_unreachable', `Nothing listens at ${place.hostPort}.`)
  return fail('upstream_unreachable', `${place.hostPort} cannot be reached.`)
}

const unknownAuthority = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
])

/** True where a certificate was refused for nothing but the authority that it comes from. */
export function isUnknownAuthority(failure: Pick<DialFailure, 'internal'>): boolean {
  return unknownAuthority.has(failure.internal)
}

function tlsFailure(place: Place, code: string): Omit<DialFailure, 'timings'> {
  return { ok: false, code: 'upstream_tls', stage: 'tls', message: tlsMessage(place, code), internal: code }
}

function tlsMessage(place: Place, code: string): string {
  if (code === 'CERT_HAS_EXPIRED') return `The certificate of ${place.hostPort} has expired.`
  if (code === 'CERT_NOT_YET_VALID') return `The certificate of ${place.hostPort} is not valid yet.`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `The certificate of ${place.hostPort} is for another name.`
  if (unknownAuthority.has(code)) {
    return `The certificate of ${place.hostPort} comes from an authority that is not known here; add its CA certificate.`
  }
  if (code === 'ECONNRESET') return `${place.hostPort} broke the connection while TLS was set up.`
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'EPROTO') {
    return `${place.hostPort} does not speak TLS. Is it http instead of https?`
  }
  return `TLS with ${place.hostPort} failed.`
}

function codeOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const code = first instanceof Error && 'code' in first ? first.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}

function ignore(): void {}

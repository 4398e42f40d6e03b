import type { TLSSocket } from 'node:tls'
import { Pool } from 'undici'
import { Bag } from '#lib/core/bag.ts'
import type { Clock } from '#lib/core/clock.ts'
import type { LeaveSignal } from '#lib/core/leave.ts'
import { type DialTimings, dial, isUnknownAuthority, trustAlso } from '#lib/platform/dial.ts'
import type { Egress, Place, UrlRefused } from '#lib/platform/egress.ts'
import { Attempt, DialError, type Line, type Shared } from './attempt.ts'
import type { AttemptOutcome, Target, UpstreamFailure, UpstreamFailureCode, UpstreamRequest } from './outcome.ts'

export {
  type AttemptOutcome,
  type StreamAnswer,
  StreamBroken,
  type Target,
  type Timeouts,
  type UpstreamFailure,
  type UpstreamFailureCode,
  type UpstreamRequest,
  type WholeAnswer,
} from './outcome.ts'

export interface UpstreamOptions {
  egress: Egress
  clock: Clock
  logger: { warn(fields: { code: string; stage: string }, message: string): void }
  /** Pools at most, and sockets of one pool. */
  poolsMax?: number
  socketsMax?: number
  /** Bytes of whole answers that are being collected at one time, in all. */
  answerBytesMax?: number
}

/** The address stage of a validation: everything that can be known without sending a byte of HTTP. */
export type AddressProbe =
  | {
      ok: true
      hostPort: string
      /** False where the address is open only because an operator allowed it. */
      isPublic: boolean
      timings: DialTimings
      tls?: { version: string; certificateDaysLeft: number }
    }
  | {
      ok: false
      code: UpstreamFailureCode
      stage: UpstreamFailure['stage']
      message: string
      internal: string
      hostPort?: string
      /** An address was typed, so it may be named in a hint. */
      typedAddress: boolean
      /** The server's certificate, where only its authority is unknown here. */
      certificate?: SeenCertificate
      allowableEntry?: string
      timings: DialTimings
    }

/** A certificate that somebody may decide to trust. */
export interface SeenCertificate {
  pem: string
  /** SHA-256 in pairs: `AA:BB:...`. */
  fingerprint: string
  issuer: string
  /** Milliseconds since the epoch. */
  validToMs: number
}

export interface UpstreamStats {
  pools: number
  sockets: number
  /** Calls in flight, streams being read included. */
  calls: number
  answerBytes: number
}

/** The one way out to a model's server. */
export interface Upstream {
  /**
   * One call, one answer. Never throws and never rejects: every way to fail is an outcome. Nothing is retried, no
   * redirect followed. An error status is a whole answer; so is an answer to a stream request that is no event stream,
   * and a stream whose first event is an error (its data is the body).
   */
  send(target: Target, request: UpstreamRequest, signal: LeaveSignal): Promise<AttemptOutcome>
  /** Judges and opens a connection to a base URL, and closes it again. */
  probe(baseUrl: string, options?: { ca?: string; timeoutMs?: number }): Promise<AddressProbe>
  /** No new call uses these connections; calls in flight are not cut. */
  dropPool(id: string): void
  stats(): UpstreamStats
  /** Ends every connection; calls in flight fail as `aborted`. */
  close(): Promise<void>
}

interface Entry extends Line {
  target: Target
  origin: string
  ca: string | undefined
  rules: unknown
  pool: Pool
  lastUsedMs: number
  path: string
  query: string
  /** Ready to send, by what is asked for; the last two with the content type of JSON. */
  headers: Record<'whole' | 'stream' | 'wholeJson' | 'streamJson', string[]>
}

const sweepMs = 50
const tidyMs = 60_000
const poolIdleMs = 10 * 60_000
const probeTimeoutMs = 5_000

/** Ours alone to say, or about one hop: a model's extra headers do not reach them. */
const ownHeaders =
  /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding|content-type|accept|cookie|proxy-.*|x-forwarded-.*)$/i

export function createUpstream(options: UpstreamOptions): Upstream {
  const { egress, clock, logger, poolsMax = 1024, socketsMax = 2048, answerBytesMax = 512 * 1024 * 1024 } = options
  const pools = new Map<string, Entry>()
  const retired = new Set<Pool>()
  const shared: Shared = {
    clock,
    live: new Bag(),
    answerBytes: 0,
    answerBytesMax,
    logUnknown: (code, stage) => logger.warn({ code, stage }, 'an upstream failed in a way that has no name yet'),
  }
  let sweeper: NodeJS.Timeout | null = null
  let tidier: NodeJS.Timeout | null = null

  // One timer for all calls: three timers a call would cost more than the rest of its bookkeeping.
  function sweep(): void {
    if (shared.live.size === 0 && sweeper) {
      clearInterval(sweeper)
      sweeper = null
      return
    }
    const nowMs = clock.monotonicMs()
    for (const attempt of shared.live) attempt.sweep(nowMs)
  }

  function tidy(): void {
    const nowMs = clock.monotonicMs()
    for (const [id, entry] of pools)
      if (entry.running === 0 && nowMs - entry.lastUsedMs >= poolIdleMs) retire(id, entry)
    if (pools.size === 0 && tidier) {
      clearInterval(tidier)
      tidier = null
    }
  }

  function retire(id: string, entry: Entry): void {
    if (pools.get(id) === entry) pools.delete(id)
    retired.add(entry.pool)
    entry.pool.close().then(
      () => retired.delete(entry.pool),
      () => retired.delete(entry.pool),
    )
  }

  /** Room for one more: the pool that has been idle longest goes. */
  function makeRoom(): boolean {
    if (pools.size < poolsMax) return true
    let oldest: [string, Entry] | null = null
    for (const pair of pools) {
      if (pair[1].running === 0 && (!oldest || pair[1].lastUsedMs < oldest[1].lastUsedMs)) oldest = pair
    }
    if (oldest) retire(...oldest)
    return oldest !== null
  }

  function open(target: Target, place: Place): Entry {
    const secureContext = target.ca === undefined ? undefined : trustAlso(target.ca)
    let session: Buffer | undefined
    const entry: Entry = {
      ...prepare(target, place.url),
      target,
      origin: place.url.origin,
      ca: target.ca,
      rules: egress.rules(),
      running: 0,
      dialled: null,
      lastUsedMs: 0,
      pool: new Pool(place.url.origin, {
        connections: socketsMax,
        pipelining: 1,
        allowH2: false,
        headersTimeout: 0,
        bodyTimeout: 0,
        maxHeaderSize: 16 * 1024,
        keepAliveTimeout: 4_000,
        keepAliveMaxTimeout: 60_000,
        connect: (_options, callback) => {
          const timeoutMs = entry.target.timeouts.connectMs
          void dial(egress, clock, place, { timeoutMs, secureContext, session }).then((result) => {
            if (!result.ok) return callback(new DialError(result), null)
            if (place.isSecure) result.socket.on('session', (fresh: Buffer) => (session = fresh))
            entry.dialled = { timings: result.timings, atMs: clock.monotonicMs() }
            callback(null, result.socket)
          })
        },
      }),
    }
    return entry
  }

  /** The pool of a target, or why there is none. */
  function entryFor(target: Target): Entry | UpstreamFailure | UrlRefused {
    const known = pools.get(target.id)
    if (known && known.target === target && known.rules === egress.rules()) return known
    const verdict = egress.judgeUrl(target.baseUrl)
    if (!verdict.ok) {
      if (known) retire(target.id, known)
      return verdict
    }
    if (known && known.origin === verdict.place.url.origin && known.ca === target.ca) {
      known.rules = egress.rules()
      known.target = target
      return Object.assign(known, prepare(target, verdict.place.url))
    }
    if (known) retire(target.id, known)
    if (!makeRoom()) return fail('upstream_busy', 'Too many servers are being called at this moment.')
    try {
      const entry = open(target, verdict.place)
      pools.set(target.id, entry)
      tidier ??= setInterval(tidy, tidyMs).unref()
      return entry
    } catch {
      return fail('upstream_bad_target', "The model's CA certificate is not a PEM certificate.")
    }
  }

  function fail(code: UpstreamFailureCode, message: string, more: Partial<UpstreamFailure> = {}): UpstreamFailure {
    const timings = { startedAtMs: clock.nowMs(), totalMs: 0 }
    return { kind: 'failure', code, stage: 'egress', message, internal: code, sent: false, timings, ...more }
  }

  function send(target: Target, request: UpstreamRequest, signal: LeaveSignal): Promise<AttemptOutcome> {
    if (signal.aborted) return Promise.resolve(fail('aborted', 'The call was aborted.'))
    const entry = entryFor(target)
    if (!('pool' in entry)) {
      return 'kind' in entry ? Promise.resolve(entry) : refuse(target.baseUrl, signal)
    }
    entry.lastUsedMs = clock.monotonicMs()
    sweeper ??= setInterval(sweep, sweepMs).unref()
    return new Promise((settle) => {
      const attempt = new Attempt(shared, entry, target, request, signal, settle)
      try {
        entry.pool.dispatch(
          {
            method: request.method,
            path: entry.path + request.path + entry.query,
            headers: headersFor(entry, request),
            body: request.body ?? null,
          },
          attempt,
        )
      } catch (error) {
        attempt.onResponseError(null, error instanceof Error ? error : new Error(String(error)))
      }
    })
  }

  async function refuse(baseUrl: string, signal: LeaveSignal): Promise<UpstreamFailure> {
    const startedAtMs = clock.nowMs()
    const startMs = clock.monotonicMs()
    const verdict = await Promise.race([egress.checkUrl(baseUrl), whenAborted(signal)])
    if (!verdict) return fail('aborted', 'The call was aborted.')
    const timings = { startedAtMs, totalMs: clock.monotonicMs() - startMs }
    // Allowed while the refusal was waiting for its time.
    if (verdict.ok) return fail('egress_refused', 'This address was not allowed.', { timings })
    const { code, stage, message, allowableEntry } = toFailure(verdict)
    return fail(code, message, { stage, internal: verdict.code, timings, ...(allowableEntry && { allowableEntry }) })
  }

  async function probe(
    baseUrl: string,
    { ca, timeoutMs = probeTimeoutMs }: { ca?: string; timeoutMs?: number } = {},
  ): Promise<AddressProbe> {
    const verdict = await egress.checkUrl(baseUrl)
    if (!verdict.ok) {
      const { hostPort, typedAddress } = verdict
      return { ok: false, ...toFailure(verdict), internal: verdict.code, hostPort, typedAddress, timings: {} }
    }
    const { hostPort, typedAddress } = verdict.place
    let secureContext: ReturnType<typeof trustAlso> | undefined
    try {
      secureContext = ca === undefined ? undefined : trustAlso(ca)
    } catch {
      const message = 'The CA certificate is not a PEM certificate.'
      return {
        ok: false,
        code: 'upstream_bad_target',
        stage: 'tls',
        message,
        internal: 'bad ca',
        hostPort,
        typedAddress,
        timings: {},
      }
    }
    const result = await dial(egress, clock, verdict.place, { timeoutMs, secureContext })
    if (!result.ok) {
      const certificate = isUnknownAuthority(result) ? await lookAt(verdict.place, timeoutMs) : null
      return { ...result, hostPort, typedAddress, ...(certificate && { certificate }) }
    }
    const { socket, timings, isPublic } = result
    const tls = verdict.place.isSecure ? describeTls(socket as TLSSocket, clock.nowMs()) : undefined
    socket.on('error', () => {}).destroy()
    return { ok: true, hostPort, isPublic, timings, ...(tls && { tls }) }
  }

  /** Shakes hands once more without judging, reads the certificate and hangs up: nothing is sent. */
  async function lookAt(place: Place, timeoutMs: number): Promise<SeenCertificate | null> {
    const result = await dial(egress, clock, place, { timeoutMs, toLookOnly: true })
    if (!result.ok) return null
    const seen = describeCertificate(result.socket as TLSSocket)
    result.socket.on('error', () => {}).destroy()
    return seen
  }

  return {
    send,
    probe,
    dropPool(id) {
      const entry = pools.get(id)
      if (entry) retire(id, entry)
    },
    stats() {
      let sockets = 0
      for (const entry of pools.values()) sockets += entry.pool.stats.connected
      for (const pool of retired) sockets += pool.stats.connected
      return { pools: pools.size, sockets, calls: shared.live.size, answerBytes: shared.answerBytes }
    },
    async close() {
      if (sweeper) clearInterval(sweeper)
      if (tidier) clearInterval(tidier)
      sweeper = tidier = null
      for (const attempt of shared.live) attempt.handleEvent()
      const all = [...[...pools.values()].map((entry) => entry.pool), ...retired]
      pools.clear()
      retired.clear()
      await Promise.all(all.map((pool) => pool.destroy()))
    },
  }
}

function prepare(target: Target, url: URL): Pick<Entry, 'path' | 'query' | 'headers'> {
  const own = Object.entries(target.headers).filter(([name]) => !ownHeaders.test(name))
  const all = [...own.flat(), 'accept-encoding', 'identity', 'user-agent', 'patchbay']
  const whole = [...all, 'accept', 'application/json']
  const stream = [...all, 'accept', 'text/event-stream, application/json']
  const json = ['content-type', 'application/json']
  const query = target.query ? new URLSearchParams(target.query).toString() : ''
  return {
    path: url.pathname.replace(/\/+$/, ''),
    query: query && `?${query}`,
    headers: { whole, stream, wholeJson: [...whole, ...json], streamJson: [...stream, ...json] },
  }
}

function headersFor(entry: Entry, request: UpstreamRequest): string[] {
  const shared = sharedHeadersFor(entry, request)
  return request.headers === undefined ? shared : [...shared, ...Object.entries(request.headers).flat()]
}

function sharedHeadersFor(entry: Entry, { answer, body, contentType }: UpstreamRequest): string[] {
  if (!body) return entry.headers[answer]
  return contentType === undefined || contentType === 'application/json'
    ? entry.headers[`${answer}Json`]
    : [...entry.headers[answer], 'content-type', contentType]
}

function whenAborted(signal: LeaveSignal): Promise<null> {
  return new Promise((settle) => signal.addEventListener('abort', () => settle(null)))
}

function toFailure({ code, message, allowableEntry }: UrlRefused): {
  code: UpstreamFailureCode
  stage: UpstreamFailure['stage']
  message: string
  allowableEntry?: string
} {
  const more = allowableEntry ? { allowableEntry } : {}
  if (code === 'name_refused') return { code: 'upstream_dns', stage: 'dns', message, ...more }
  return { code: code === 'loop' ? 'egress_loop' : 'egress_refused', stage: 'egress', message, ...more }
}

function describeCertificate(socket: TLSSocket): SeenCertificate | null {
  const { raw, fingerprint256, issuer, valid_to } = socket.getPeerCertificate()
  const validToMs = Date.parse(valid_to)
  if (!raw || !fingerprint256 || !Number.isFinite(validToMs)) return null
  const lines = raw.toString('base64').match(/.{1,64}/g) ?? []
  const named = issuer?.O ?? issuer?.CN
  return {
    pem: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n'),
    fingerprint: fingerprint256,
    issuer: String(Array.isArray(named) ? named[0] : (named ?? 'nobody')).slice(0, 100),
    validToMs,
  }
}

function describeTls(socket: TLSSocket, nowMs: number): { version: string; certificateDaysLeft: number } {
  const endsMs = Date.parse(socket.getPeerCertificate().valid_to)
  return {
    version: socket.getProtocol() ?? 'unknown',
    certificateDaysLeft: Number.isFinite(endsMs) ? Math.floor((endsMs - nowMs) / 86_400_000) : 0,
  }
}

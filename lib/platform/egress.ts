import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '#lib/core/clock.ts'
import { canonicalAddress, classifyAddress, isInRange, isLoopbackAddress } from './egress-address.ts'
import { type AllowedEntry, hostPortOf, isSameHost } from './egress-entries.ts'
import { isInnerName } from './egress-names.ts'

export type UrlRefusal =
  | 'url_invalid'
  | 'url_too_long'
  | 'url_scheme'
  | 'url_credentials'
  | 'url_query'
  | 'url_fragment'
  | 'url_http_not_allowed'
  | 'address_refused'
  | 'name_refused'
  | 'loop'

export type UrlVerdict = { ok: true; place: Place } | UrlRefused

export interface UrlRefused {
  ok: false
  code: UrlRefusal
  /** Safe to show. */
  message: string
  /** Where the URL was understood that far. */
  hostPort?: string
  /** The person typed an address and not a name, so it may be named in a hint. */
  typedAddress: boolean
  /** What an operator can allow to get past this; absent where nothing helps. */
  allowableEntry?: string
}

/** Where a URL that passed leads. What a name resolves to is judged when it is dialled. */
export interface Place {
  url: URL
  /** Without brackets. */
  host: string
  port: number
  hostPort: string
  isSecure: boolean
  typedAddress: boolean
  /** An operator allowed this very host and port. */
  isExact: boolean
}

export type Resolution =
  | { ok: true; addresses: { address: string; family: 4 | 6 }[]; isAllowed: boolean; dnsMs: number }
  | {
      ok: false
      code: 'egress_refused' | 'egress_loop' | 'upstream_dns'
      stage: 'egress' | 'dns'
      message: string
      /** For the log: why in truth. */
      internal: string
      allowableEntry?: string
    }

export type Resolve = (name: string) => Promise<{ address: string; family: number }[]>

export interface EgressOptions {
  /** What stands at the moment. The same array as long as nothing changed. */
  allowed: () => readonly AllowedEntry[]
  /** Where we listen, and the hosts of our public URLs: a call there would come back to us. */
  selfAddresses: () => readonly { host: string; port: number }[]
  clock: Clock
  /** The resolver of the system unless given. */
  resolve?: Resolve
  /** How long a refusal for a name takes, whatever its reason. */
  nameRefusalMs?: number
}

/** The guard that every outbound call passes. */
export interface Egress {
  /** Judges a base URL as typed: no look-up, no connection. */
  judgeUrl(text: string): UrlVerdict
  /** The same, for answering a person: the refusal of a name takes its fixed time. */
  checkUrl(text: string): Promise<UrlVerdict>
  /**
   * The addresses that may be connected to, all of them judged, by the rules of this moment. For a name whose answer is
   * not public all refusals are one and take the same time. Never throws.
   */
  resolve(place: Place): Promise<Resolution>
  /** Changes identity when what is allowed changed: then places have to be judged again. */
  rules(): unknown
}

const urlCharactersMax = 2048
const addressesMax = 32

export function createEgress(options: EgressOptions): Egress {
  const { allowed, selfAddresses, clock, resolve = systemResolve, nameRefusalMs = 3_000 } = options

  const isExact = (host: string, port: number) =>
    allowed().some((entry) => entry.kind === 'exact' && entry.port === port && isSameHost(entry.host, host))
  const inRange = (address: string, port: number) =>
    allowed().some((entry) => entry.kind === 'range' && entry.port === port && isInRange(address, entry.range))

  /** A name or an address of ours at a port of ours. */
  function isSelf(host: string, port: number): boolean {
    for (const self of selfAddresses()) {
      if (self.port !== port) continue
      if (isSameHost(self.host, host)) return true
      const address = canonicalAddress(host)
      if (address && isBoundHere(self.host) && (isLoopbackAddress(address) || isOwnAddress(address))) return true
    }
    return false
  }

  function judgeUrl(text: string): UrlVerdict {
    const parsed = parseUrl(text)
    if ('ok' in parsed) return parsed
    const url = parsed
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    const bare = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const typedAddress = isIP(bare) !== 0
    const hostPort = hostPortOf(url.hostname, port)
    const isSecure = url.protocol === 'https:'
    const refuse = (code: UrlRefusal, message: string, allowable = true): UrlRefused => ({
      ok: false,
      code,
      message,
      hostPort,
      typedAddress,
      ...(allowable && { allowableEntry: hostPort }),
    })
    if (isSelf(url.hostname, port)) return refuse('loop', 'This address is Patchbay itself.', false)
    const exact = isExact(url.hostname, port)
    const addressClass = typedAddress ? classifyAddress(bare) : null
    if (addressClass === 'metadata') {
      return refuse('address_refused', `${hostPort} is not a public address.`, false)
    }
    const opened = exact || (typedAddress && inRange(bare, port))
    if (!opened) {
      if (typedAddress && addressClass !== 'public') {
        return refuse('address_refused', `${hostPort} is not a public address; an operator can allow it.`)
      }
      if (!typedAddress && isInnerName(url.hostname)) return refuse('name_refused', nameRefusal(hostPort))
      // A name may still lead into a range that is open at this port; that is judged once it is resolved.
      const mayLead = !typedAddress && allowed().some((entry) => entry.kind === 'range' && entry.port === port)
      if (!isSecure && !mayLead) {
        return refuse(
          'url_http_not_allowed',
          `Use https. Plain http works only for an address that an operator allowed (${hostPort}).`,
        )
      }
    }
    return { ok: true, place: { url, host: bare, port, hostPort, isSecure, typedAddress, isExact: exact } }
  }

  async function resolvePlace(place: Place): Promise<Resolution> {
    const startedMs = clock.monotonicMs()
    const verdict = judgeUrl(place.url.href)
    if (!verdict.ok && verdict.code !== 'name_refused') return refusedUrl(verdict)
    if (place.typedAddress) {
      const family = isIP(place.host) === 4 ? 4 : 6
      const isAllowed = classifyAddress(place.host) !== 'public'
      return { ok: true, addresses: [{ address: place.host, family }], isAllowed, dnsMs: 0 }
    }
    const exact = verdict.ok && verdict.place.isExact
    const found: Found = verdict.ok ? await lookUp(place.host) : { ok: false, internal: 'refused as a name' }
    const judged = found.ok ? judgeAddresses(place, exact, found.addresses) : found
    if (judged.ok) return { ...judged, dnsMs: clock.monotonicMs() - startedMs }
    if (exact && judged.loop) {
      return {
        ok: false,
        code: 'egress_loop',
        stage: 'egress',
        message: 'This name leads back to Patchbay.',
        internal: judged.internal,
      }
    }
    // An operator vouches for this name, so the truth about it may be told.
    if (exact) {
      const message = `${place.host} does not resolve.`
      return { ok: false, code: 'upstream_dns', stage: 'dns', message, internal: judged.internal }
    }
    await pause(nameRefusalMs - (clock.monotonicMs() - startedMs))
    return {
      ok: false,
      code: 'upstream_dns',
      stage: 'dns',
      message: nameRefusal(place.hostPort),
      internal: judged.internal,
      allowableEntry: place.hostPort,
    }
  }

  async function lookUp(name: string): Promise<Found> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Found>((settle) => {
      timer = setTimeout(() => settle({ ok: false, internal: 'no answer in time' }), nameRefusalMs)
    })
    const answer = resolve(name).then(
      (addresses): Found => ({ ok: true, addresses }),
      (error: unknown): Found => ({ ok: false, internal: codeOf(error) }),
    )
    return Promise.race([answer, late]).finally(() => clearTimeout(timer))
  }

  function judgeAddresses(place: Place, exact: boolean, answers: { address: string; family: number }[]) {
    const refuse = (internal: string, loop = false) => ({ ok: false as const, internal, loop })
    if (answers.length === 0 || answers.length > addressesMax) return refuse(`${answers.length} addresses`)
    let isAllowed = false
    for (const { address } of answers) {
      const addressClass = classifyAddress(address)
      if (isSelf(address, place.port)) return refuse('leads back to Patchbay', true)
      if (addressClass === null || addressClass === 'metadata') return refuse('a metadata or unreadable address')
      const opened = exact || inRange(address, place.port)
      if (!opened && addressClass !== 'public') return refuse('a refused address')
      if (!opened && !place.isSecure) return refuse('plain http to an address that is not allowed')
      isAllowed ||= addressClass !== 'public'
    }
    const addresses = answers.map(({ address, family }) => ({
      address,
      family: family === 6 ? (6 as const) : (4 as const),
    }))
    return { ok: true as const, addresses, isAllowed }
  }

  async function checkUrl(text: string): Promise<UrlVerdict> {
    const verdict = judgeUrl(text)
    if (!verdict.ok && verdict.code === 'name_refused') await pause(nameRefusalMs)
    return verdict
  }

  return { judgeUrl, checkUrl, resolve: resolvePlace, rules: allowed }
}

type Found =
  | { ok: true; addresses: { address: string; family: number }[] }
  | { ok: false; internal: string; loop?: boolean }

/** Where the resolver and the connection agree: what is checked here is what is connected to. */
function parseUrl(text: string): URL | UrlRefused {
  const refuse = (code: UrlRefusal, message: string): UrlRefused => ({ ok: false, code, message, typedAddress: false })
  if (text.length > urlCharactersMax) {
    return refuse('url_too_long', `A Base URL has at most ${urlCharactersMax.toLocaleString('en')} characters.`)
  }
  // Parsers disagree about these, and `URL` drops some of them silently.
  if (/[\p{Cc}\p{Cf}\p{Z}\\]/u.test(text)) {
    return refuse('url_invalid', 'The Base URL must not hold spaces, backslashes or control characters.')
  }
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text)
  if (!match) return refuse('url_invalid', 'This is not a web address. Example: https://api.groq.com/openai/v1')
  if (!/^https?$/i.test(match[1]!)) return refuse('url_scheme', 'A Base URL begins with https://.')
  // `URL` would take the first part of the path for a missing host.
  if (match[2] === '')
    return refuse('url_invalid', 'This is not a web address. Example: https://api.groq.com/openai/v1')
  if (match[2]!.includes('@')) return refuse('url_credentials', 'The Base URL must not hold a user name or password.')
  if (text.includes('#')) return refuse('url_fragment', 'The Base URL must not hold a #.')
  if (text.includes('?')) return refuse('url_query', 'The Base URL must not hold a query (?...).')
  const url = URL.parse(text)
  if (!url?.hostname || url.hostname.length > 253 || url.hostname.endsWith('.') || url.port === '0') {
    return refuse('url_invalid', 'This is not a web address. Example: https://api.groq.com/openai/v1')
  }
  return url
}

function refusedUrl(verdict: UrlRefused): Resolution {
  return {
    ok: false,
    code: verdict.code === 'loop' ? 'egress_loop' : 'egress_refused',
    stage: 'egress',
    message: verdict.message,
    internal: verdict.code,
    ...(verdict.allowableEntry && { allowableEntry: verdict.allowableEntry }),
  }
}

function nameRefusal(hostPort: string): string {
  return `This name does not lead to a public address; an operator can allow ${hostPort}.`
}

/** A listener is on this machine where it is bound to one of its addresses; a public URL is a name. */
function isBoundHere(host: string): boolean {
  return host === 'localhost' || canonicalAddress(host) !== null
}

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list?.some((own) => canonicalAddress(own.address) === address),
  )
}

const systemResolve: Resolve = (name) => lookup(name, { all: true, verbatim: true })

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'look-up failed'
}

function pause(ms: number): Promise<void> {
  return ms > 0 ? new Promise((settle) => setTimeout(settle, ms)) : Promise.resolve()
}

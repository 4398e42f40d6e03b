import ipaddr from 'ipaddr.js'
import { invalidInput } from '#lib/core/errors.ts'
import { canonicalAddress, classifyAddress } from './egress-address.ts'

/** What an operator opened: one host and port, or the addresses of a range at one port. */
export type AllowedEntry =
  | { kind: 'exact'; text: string; host: string; port: number }
  | { kind: 'range'; text: string; range: [ipaddr.IPv4 | ipaddr.IPv6, number]; port: number }

export const allowedEntriesMax = 200
const example = 'Write host:port or a range with a port, for example 127.0.0.1:11434, vllm:8000 or 10.1.0.0/16:8000.'

/**
 * Reads entries separated by commas or white space. Throws `invalid_input`, code `invalid_allowed_endpoint`, with a
 * message that names the entry and the fix.
 */
export function parseAllowedEntries(text: string): AllowedEntry[] {
  const parts = text.split(/[\s,]+/).filter(Boolean)
  if (parts.length > allowedEntriesMax) throw refuse(`At most ${allowedEntriesMax} addresses can be allowed.`)
  return parts.map(parseEntry)
}

function parseEntry(text: string): AllowedEntry {
  const shown = JSON.stringify(text.slice(0, 100))
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw refuse(`${shown} has a scheme. Write only its host and port.`)
  const match = /^(.+):(\d{1,5})$/.exec(text)
  // `fd00::1` would pass as host `fd00:` and port 1.
  if (!match || (match[1]!.includes(':') && !/^\[.*\]$/.test(match[1]!) && !match[1]!.includes('/'))) {
    throw refuse(`${shown} has no port. ${example}`)
  }
  const [, host, digits] = match as unknown as [string, string, string]
  const port = Number(digits)
  if (port < 1 || port > 65_535) throw refuse(`${shown} has no valid port. ${example}`)
  return host.includes('/') ? rangeEntry(text, shown, host, port) : exactEntry(shown, host, port)
}

function rangeEntry(text: string, shown: string, host: string, port: number): AllowedEntry {
  const cidr = host.replace(/^\[(.*)\]$/, '$1').replace(/^\[(.*)\]\//, '$1/')
  if (!/^[0-9a-f.:]+\/\d{1,3}$/i.test(cidr) || !ipaddr.isValidCIDR(cidr))
    throw refuse(`${shown} is no range. ${example}`)
  const range = ipaddr.parseCIDR(cidr)
  // Wider than the widest private range: somebody means "everything", which would open the internet without TLS.
  const least = range[0].kind() === 'ipv4' ? 8 : 7
  if (range[1] < least) throw refuse(`${shown} is too wide. A range must be /${least} or narrower.`)
  return { kind: 'range', text, range, port }
}

function exactEntry(shown: string, host: string, port: number): AllowedEntry {
  const url = /[/\\?#@%\s]/.test(host) ? null : URL.parse(`http://${host}:${port}/`)
  if (url?.pathname !== '/' || url.hostname.endsWith('.')) throw refuse(`${shown} is no address. ${example}`)
  if (classifyAddress(url.hostname) === 'metadata') {
    throw refuse(`${shown} is a cloud's metadata address; that stays refused.`)
  }
  return { kind: 'exact', text: hostPortOf(url.hostname, port), host: url.hostname, port }
}

/** As it is written in an entry. `host` as `URL` prints it. */
export function hostPortOf(host: string, port: number): string {
  return `${host}:${port}`
}

/** True where both name the same place; addresses by value. */
export function isSameHost(left: string, right: string): boolean {
  if (left === right) return true
  const address = canonicalAddress(left)
  return address !== null && address === canonicalAddress(right)
}

function refuse(message: string): Error {
  return invalidInput(message, undefined, 'invalid_allowed_endpoint')
}

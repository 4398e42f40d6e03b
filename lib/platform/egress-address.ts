import ipaddr from 'ipaddr.js'

/**
 * public: somebody on the internet. private: everything else, which only an operator may open. metadata: a cloud's
 * credentials for this very machine, which a range never opens.
 */
export type AddressClass = 'public' | 'private' | 'metadata'

type Parsed = ipaddr.IPv4 | ipaddr.IPv6

/** Where clouds answer a machine's questions about itself, and hand out its credentials. */
const metadataRanges = ranges([
  '169.254.169.0/24',
  '169.254.170.0/24',
  '169.254.42.42/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fd00:42::42/128',
])

/** Passed by `ipaddr.js` as unicast, or named here so that a change of its list changes nothing for us. */
const extraRanges = ranges([
  '::/96',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.175.48.0/24',
  '2001::/23',
  '2001:10::/28',
  '2001:20::/28',
  '2001:30::/28',
  '2001:db8::/32',
  '2620:4f:8000::/48',
  '3fff::/20',
])

const globalUnicast6 = ipaddr.parseCIDR('2000::/3')
const wellKnownNat64 = ipaddr.parseCIDR('64:ff9b::/96')
const sixToFour = ipaddr.parseCIDR('2002::/16')
const teredo = ipaddr.parseCIDR('2001::/32')

/**
 * Judges an address in the form that `URL` and the resolver print. Addresses that carry an IPv4 address (mapped, NAT64,
 * 6to4, Teredo) are judged by it. Null for what is no address.
 */
export function classifyAddress(text: string): AddressClass | null {
  const address = parseAddress(text)
  if (!address) return null
  if (inRanges(address, metadataRanges)) return 'metadata'
  const carried = carriedIpv4(address)
  if (carried.length > 0) {
    const classes = carried.map(classifyPlain)
    return classes.includes('metadata') ? 'metadata' : classes.includes('private') ? 'private' : 'public'
  }
  return classifyPlain(address)
}

/** True where the address lies in the range; an IPv4-mapped address is the IPv4 address that it maps. */
export function isInRange(text: string, range: [Parsed, number]): boolean {
  const address = parseAddress(text)
  if (!address) return false
  return inRanges(address, [range])
}

/** One spelling an address: mapped ones as IPv4, the zone cut. Null for what is no address. */
export function canonicalAddress(text: string): string | null {
  return parseAddress(text)?.toString() ?? null
}

/** True for the whole of 127.0.0.0/8, `::1` and the unspecified addresses, which reach this machine too. */
export function isLoopbackAddress(text: string): boolean {
  const range = parseAddress(text)?.range()
  return range === 'loopback' || range === 'unspecified'
}

function parseAddress(text: string): Parsed | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  const address = bare.split('%')[0]!
  // Only the four-part decimal form: `URL` has turned every other spelling of an IPv4 address into it.
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address)
  if (!address.includes(':') || !ipaddr.IPv6.isValid(address)) return null
  const parsed = ipaddr.IPv6.parse(address)
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed
}

function classifyPlain(address: Parsed): AddressClass {
  if (inRanges(address, metadataRanges)) return 'metadata'
  if (address.range() !== 'unicast' || inRanges(address, extraRanges)) return 'private'
  if (address instanceof ipaddr.IPv6 && !address.match(globalUnicast6)) return 'private'
  return 'public'
}

function carriedIpv4(address: Parsed): ipaddr.IPv4[] {
  if (!(address instanceof ipaddr.IPv6)) return []
  const bytes = address.toByteArray()
  const at = (offset: number, mask = 0) => new ipaddr.IPv4(bytes.slice(offset, offset + 4).map((byte) => byte ^ mask))
  if (address.match(wellKnownNat64)) return [at(12)]
  if (address.match(sixToFour)) return [at(2)]
  // Teredo names its server, and its client inverted.
  if (address.match(teredo)) return [at(4), at(12, 0xff)]
  return []
}

function inRanges(address: Parsed, list: [Parsed, number][]): boolean {
  return list.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
}

function ranges(list: string[]): [Parsed, number][] {
  return list.map((text) => ipaddr.parseCIDR(text))
}

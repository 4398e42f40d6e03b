/** Names that only mean something inside of a network. */
const innerSuffixes = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'home.arpa',
  'svc',
  'cluster.local',
]

/** Metadata services with public names. `metadata.google.internal` and Docker's `host.docker.internal` end as above. */
const metadataNames = [
  'metadata.goog',
  'metadata.azure.com',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'instance-data',
]

/** True for a name that is refused as a name. `name` as `URL` prints it, and no address. */
export function isInnerName(name: string): boolean {
  if (!name.includes('.')) return true
  if (metadataNames.some((refused) => name === refused || name.endsWith(`.${refused}`))) return true
  return innerSuffixes.some((suffix) => name.endsWith(`.${suffix}`))
}

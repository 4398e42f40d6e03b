/** The number that a version published next gets. */
export function nextVersion(latest: string | null, bump: 'minor' | 'major'): string {
  if (latest === null) return '1.0'
  const [major = 0, minor = 0] = latest.split('.').map(Number)
  return bump === 'major' ? `${major + 1}.0` : `${major}.${minor + 1}`
}

/** The one before it in a list, newest first; undefined for the first of all. */
export function versionBefore(versions: readonly { version: string }[], version: string): string | undefined {
  const at = versions.findIndex((each) => each.version === version)
  return at < 0 ? undefined : versions[at + 1]?.version
}

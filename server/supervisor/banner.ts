import type { Settings } from '#lib/platform/env.ts'

export interface Phase {
  name: string
  ms: number
}

/** Where this machine reaches a door, for requests of our own. */
export function localOrigin(host: string, port: number): string {
  const reachable =
    host === '0.0.0.0' || host === 'localhost'
      ? '127.0.0.1'
      : host === '::'
        ? '[::1]'
        : host.includes(':')
          ? `[${host}]`
          : host
  return `http://${reachable}:${port}`
}

/** The address to tell people. */
export function shownOrigin(publicUrl: URL | undefined, host: string, port: number): string {
  if (publicUrl) return publicUrl.origin
  const isAny = host === '0.0.0.0' || host === '::'
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  return `http://${isAny || isLoopback ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
}

export interface BannerFacts {
  settings: Settings
  phases: Phase[]
  /** Undefined once somebody claimed the installation. */
  claimCode: string | undefined
  practiceUrl: string | undefined
  logsDir: string
}

export function banner({ settings, phases, claimCode, practiceUrl, logsDir }: BannerFacts): string {
  const studio = shownOrigin(settings.publicUrl, settings.host, settings.port)
  const rows: [string, string][] = [
    ['Studio', studio],
    ['Gateway', `${shownOrigin(settings.publicGatewayUrl, settings.host, settings.gatewayPort)}/v1`],
  ]
  if (practiceUrl) rows.push(['Practice', `${practiceUrl}   a provider to try things with`])
  rows.push(['Logs', logsDir])
  const times = phases.map(({ name, ms }) => `${name} ${(ms / 1000).toFixed(1)} s`).join(', ')
  const total = phases.reduce((sum, { ms }) => sum + ms, 0)
  const lines = ['', '  Patchbay is running', '', ...rows.map(([name, value]) => `    ${name.padEnd(10)}${value}`), '']
  if (claimCode !== undefined)
    lines.push('  Nobody has set it up yet. Open this link to begin:', `    ${studio}/claim?code=${claimCode}`, '')
  lines.push(`  Ready in ${(total / 1000).toFixed(1)} s (${times}). Ctrl-C stops everything.`, '')
  return lines.join('\n')
}

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The gateway that the design's figures are about. */
const version = '1.15.2'

/**
 * The script that starts Portkey's gateway, fetched from the registry the first time: a reference to measure by, and no
 * dependency of ours. Null where it cannot be fetched.
 */
export function fetchPortkey(): string | null {
  const folder = join(tmpdir(), `patchbay-bench-portkey-${version}`)
  const script = join(folder, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')
  if (existsSync(script)) return script
  mkdirSync(folder, { recursive: true })
  const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts']
  try {
    execFileSync('npm', [...args, `@portkey-ai/gateway@${version}`], { stdio: 'ignore', timeout: 180_000 })
  } catch {
    return null
  }
  return existsSync(script) ? script : null
}

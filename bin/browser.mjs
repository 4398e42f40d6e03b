import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { phase, run } from './run.mjs'

/** A browser that is here already: the one named, the system's, or Playwright's own. */
export function findBrowser(root) {
  const named = process.env.PATCHBAY_CHROMIUM?.trim()
  if (named) {
    if (!existsSync(named)) throw new Error(`PATCHBAY_CHROMIUM names ${named}, which is not there.`)
    return named
  }
  const system = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
    existsSync(path),
  )
  if (system) return system
  try {
    const { chromium } = createRequire(join(root, 'package.json'))('playwright-core')
    const own = chromium.executablePath()
    return existsSync(own) ? own : undefined
  } catch {
    return undefined
  }
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'))
  } catch {
    return false
  }
}

/** A browser, installed from Debian's packages where that is possible. Throws with what to do. */
export async function requireBrowser(root) {
  const found = findBrowser(root)
  if (found) return found
  if (process.getuid?.() === 0 && isDebian()) {
    await phase('installing a browser', async () => {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
      await run('apt-get', ['update', '-q'], { env })
      const { code, output } = await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
        env,
      })
      if (code !== 0) throw new Error(`apt-get install chromium ended with ${code}:\n${output.slice(-2000)}`)
    })
    const installed = findBrowser(root)
    if (installed) return installed
  }
  throw new Error(
    'The browser tests need Chromium. Install it (Debian: apt-get install chromium) or set PATCHBAY_CHROMIUM to its path.',
  )
}

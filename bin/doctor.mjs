import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isBuilt, isGenerated, isInstalled } from './bootstrap.mjs'
import { findBrowser } from './browser.mjs'
import { pickNode, suits } from './node.mjs'

function say(isWell, name, text) {
  process.stdout.write(`  ${isWell ? 'ok  ' : 'FIX '} ${name.padEnd(14)} ${text}\n`)
  return isWell
}

/** What can be told before anything is installed; the rest is `server/doctor.ts`. Returns the exit code. */
export async function doctor(root, runRest) {
  let well = true
  let node
  try {
    node = pickNode(root)
    const version = process.versions.node
    well =
      say(
        true,
        'node',
        suits(version) ? `${version}` : `${version} is too old for Patchbay, so the packaged one is used`,
      ) && well
  } catch (error) {
    well =
      say(false, 'node', isInstalled(root) ? error.message : 'run npm start: it installs a Node that suits') && well
  }
  const installed = existsSync(join(root, 'node_modules')) && isInstalled(root)
  well =
    say(
      installed,
      'packages',
      installed ? 'as the lockfile says' : 'not installed, or not as the lockfile says: run npm start',
    ) && well
  if (installed) {
    const generated = isGenerated(root)
    well =
      say(
        generated,
        'data client',
        generated ? 'generated from the schema' : 'not generated from this schema: run npm start',
      ) && well
    // A start makes it, so its absence is no fault.
    say(
      true,
      'build',
      isBuilt(root) ? 'the studio as its sources are' : 'none of these sources: npm start makes it, in a minute or two',
    )
    let browser
    try {
      browser = findBrowser(root)
    } catch (error) {
      well = say(false, 'browser', error.message) && well
    }
    // Only tests need one, so its absence is no fault.
    say(
      true,
      'browser',
      browser ?? 'none: npm test needs Chromium (Debian: apt-get install chromium, or set PATCHBAY_CHROMIUM)',
    )
  }
  if (!node || !installed) return 1
  return (await runRest(node)) === 0 && well ? 0 : 1
}

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { requireBrowser } from './browser.mjs'
import { compileCache, nodeFlags } from './node.mjs'
import { newTally, printFailures, step } from './report.mjs'
import { isStopping } from './run.mjs'
import { staticChecks, vitest } from './verify.mjs'

/** `npm test`: every check and every test. The last line sums them up; returns the exit code. */
export async function runTests(root) {
  const tally = newTally()
  const node = await bootstrap(root, { build: false })
  await staticChecks(root, node, tally)
  for (const project of ['pure', 'db', 'door']) {
    // Tests at the doors wait for servers and clocks half of their time: one more of them at once than there are cores.
    const more = project === 'door' ? [`--maxWorkers=${availableParallelism() + 1}`] : []
    if (!isStopping())
      await vitest(root, node, tally, `${project} tests`, ['--project', project, '--passWithNoTests', ...more])
  }
  if (!isStopping() && hasJourneys(root)) await journeys(root, tally)
  printFailures(tally)
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`)
  return tally.failed === 0 && tally.passed > 0 && !isStopping() ? 0 : 1
}

function hasJourneys(root) {
  const folder = join(root, 'e2e')
  return (
    existsSync(join(root, 'playwright.config.ts')) &&
    existsSync(folder) &&
    readdirSync(folder, { recursive: true }).some((name) => /\.spec\.ts$/.test(String(name)))
  )
}

/** The studio as it is shipped, in a real browser. */
async function journeys(root, tally) {
  let node
  let browser
  try {
    node = await bootstrap(root, { build: true })
    browser = await requireBrowser(root)
    tally.passed++
  } catch (error) {
    tally.failed++
    tally.failures.push({ name: 'browser tests', output: error.message })
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-report-'))
  const file = join(folder, 'report.json')
  const env = {
    NODE_COMPILE_CACHE: compileCache(root),
    ...process.env,
    PATCHBAY_CHROMIUM: browser,
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    NO_COLOR: '1',
    FORCE_COLOR: '0',
  }
  const own = newTally()
  await step(
    own,
    'browser tests',
    node,
    [...nodeFlags, join(root, 'node_modules', '@playwright', 'test', 'cli.js'), 'test', '--reporter=list,json'],
    { cwd: root, env },
  )
  const stats = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).stats : undefined
  rmSync(folder, { recursive: true, force: true })
  tally.passed += stats?.expected ?? 0
  const failed = (stats?.unexpected ?? 0) + (stats?.flaky ?? 0)
  tally.failed += own.failed > 0 ? Math.max(failed, 1) : failed
  tally.failures.push(...own.failures)
}

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileCache, nodeFlags } from './node.mjs'
import { newTally, printFailures, step } from './report.mjs'
import { isStopping } from './run.mjs'

const tool = (root, ...path) => join(root, 'node_modules', ...path)

/** Format, lint, types, import rules, dead code: one check each. */
export async function staticChecks(root, node, tally) {
  const checks = [
    ['format and lint', tool(root, '@biomejs', 'biome', 'bin', 'biome'), ['ci', '--error-on-warnings', '--colors=off']],
    // Writes the types of pages and routes, which Git does not hold.
    ['route types', tool(root, 'next', 'dist', 'bin', 'next'), ['typegen']],
    ['types', tool(root, 'typescript', 'bin', 'tsc'), ['--noEmit', '-p', '.']],
    [
      'import rules',
      tool(root, 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs'),
      ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', ...rooms(root)],
    ],
    ['dead code', tool(root, 'knip', 'bin', 'knip.js'), ['--no-progress']],
  ]
  for (const [name, script, args] of checks) {
    if (isStopping()) return
    await step(tally, name, node, [...nodeFlags, script, ...args], {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
    })
  }
}

function rooms(root) {
  return ['app', 'components', 'lib', 'server', 'bench', 'e2e', 'proxy.ts', 'instrumentation.ts'].filter((name) =>
    existsSync(join(root, name)),
  )
}

/** Runs vitest and adds its counts. A run without a report is one failure. */
export async function vitest(root, node, tally, name, args) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-report-'))
  const file = join(folder, 'report.json')
  const own = { passed: 0, failed: 0, failures: [] }
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`]
  // For the processes that tests start.
  const env = { NODE_COMPILE_CACHE: compileCache(root), ...process.env, NODE_ENV: 'test', NO_COLOR: '1' }
  await step(own, name, node, [...nodeFlags, tool(root, 'vitest', 'vitest.mjs'), 'run', ...reporters, ...args], {
    cwd: root,
    env,
  })
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  rmSync(folder, { recursive: true, force: true })
  const failed = report?.numFailedTests ?? 0
  tally.passed += report?.numPassedTests ?? 0
  // A file that does not load has no failed test, and still the run failed.
  tally.failed += own.failed > 0 ? Math.max(failed, 1) : failed
  tally.failures.push(...own.failures)
}

/** `npm run verify`: what is checked in under a minute. */
export async function verify(root, node) {
  const tally = newTally()
  await staticChecks(root, node, tally)
  if (!isStopping()) await vitest(root, node, tally, 'pure tests', ['--project', 'pure'])
  printFailures(tally)
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`)
  return tally
}

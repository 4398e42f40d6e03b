import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { linkPostgresLibraries } from './links.mjs'
import { withLock } from './lock.mjs'
import { nodeFlags, pickNode } from './node.mjs'
import { lastLines, phase, run } from './run.mjs'

/** Makes everything that a start needs out of a fresh clone: packages, generated code and, where wanted, the studio. */
export async function bootstrap(root, { build }) {
  const todo = () => [!isInstalled(root), !isGenerated(root), build && !isBuilt(root)]
  if (todo().some(Boolean)) {
    const onWait = (pid) =>
      process.stderr.write(`  waiting for another start${pid ? ` (pid ${pid})` : ''} to prepare this folder\n`)
    await withLock(join(root, '.patchbay-bootstrap'), onWait, async () => {
      // Another process may have done it all meanwhile.
      const [installMissing, generateMissing] = todo()
      if (installMissing) await phase('installing packages', () => install(root))
      linkPostgresLibraries(root)
      if (generateMissing || installMissing) await phase('generating the data client', () => generate(root))
      if (build && !isBuilt(root)) await phase('building the studio', () => buildStudio(root))
    })
  }
  linkPostgresLibraries(root)
  return pickNode(root)
}

function sha256(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

const lockfile = (root) => readFileSync(join(root, 'package-lock.json'))
const installStamp = (root) => join(root, 'node_modules', '.patchbay-install')

/** Installed from this lockfile, by us or by hand: npm leaves its own record as the last thing it writes. */
export function isInstalled(root) {
  const wanted = sha256(lockfile(root), process.platform, process.arch)
  if (readText(installStamp(root)) === wanted) return true
  const record = readText(join(root, 'node_modules', '.package-lock.json'))
  if (!record) return false
  const have = JSON.parse(record).packages
  const complete = Object.entries(JSON.parse(lockfile(root)).packages).every(
    ([path, entry]) =>
      path === '' ||
      (have[path] ? have[path].version === entry.version : entry.optional === true || entry.peer === true),
  )
  if (complete && existsSync(join(root, 'node_modules', '.bin', 'next'))) writeFileSync(installStamp(root), wanted)
  return complete
}

async function install(root) {
  const args = [
    'ci',
    '--include=dev',
    '--include=optional',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]
  const npm = process.env.npm_execpath
  const [command, before] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  let result
  try {
    // npm takes a signal's time to undo what it did; half an install is found and done again by the next start.
    result = await run(command, [...before, ...args], { cwd: root, graceMs: 1_000 })
  } catch (error) {
    throw new Error(`npm was not found (${error.message}). Install it along with Node and start again.`)
  }
  if (result.code !== 0)
    throw new Error(`npm ci ended with ${result.code}:\n${result.output.trim().split('\n').slice(0, 15).join('\n')}`)
  writeFileSync(installStamp(root), sha256(lockfile(root), process.platform, process.arch))
}

const generateStamp = (root) => join(root, 'lib', 'platform', 'generated', '.stamp')

function schemaHash(root) {
  const prisma = readText(join(root, 'node_modules', 'prisma', 'package.json')) ?? ''
  return sha256(readFileSync(join(root, 'prisma', 'schema.prisma')), prisma)
}

export function isGenerated(root) {
  return (
    readText(generateStamp(root)) === schemaHash(root) &&
    existsSync(join(root, 'lib', 'platform', 'generated', 'prisma', 'client.ts'))
  )
}

async function generate(root) {
  rmSync(generateStamp(root), { force: true })
  // The command line tool wants a schema engine and would download one; any existing file satisfies it, for it is never run.
  const env = {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: 'package.json',
    CHECKPOINT_DISABLE: '1',
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    // It keeps a note of its first run, which else lands in the home of whoever starts.
    XDG_CONFIG_HOME: join(root, 'node_modules', '.cache', 'config'),
  }
  const result = await run(
    pickNode(root),
    [...nodeFlags, join(root, 'node_modules', 'prisma', 'build', 'index.js'), 'generate'],
    { cwd: root, env },
  )
  if (result.code !== 0) throw new Error(`prisma generate ended with ${result.code}:\n${lastLines(result.output)}`)
  mkdirSync(dirname(generateStamp(root)), { recursive: true })
  writeFileSync(generateStamp(root), schemaHash(root))
}

const buildStamp = (root) => join(root, '.next', 'patchbay-build')
const sourceFolders = ['app', 'components', 'lib', 'public']
const sourceFiles = [
  'next.config.ts',
  'postcss.config.mjs',
  'proxy.ts',
  'instrumentation.ts',
  'package.json',
  'package-lock.json',
  'prisma/schema.prisma',
]
const notBuilt = /\.test\.tsx?$|^lib\/(testing|platform\/generated)\//

/** Of everything that ends up in the studio. Contents, not times: a fresh checkout of the same commit is the same. */
function sourceHash(root) {
  const hash = createHash('sha256')
  const folders = sourceFolders.flatMap((folder) => listFiles(root, folder))
  for (const file of [...folders, ...sourceFiles].sort()) {
    const text = notBuilt.test(file) ? undefined : readText(join(root, file))
    if (text !== undefined) hash.update(`${file}\0${text.length}\0`).update(text)
  }
  return hash.digest('hex')
}

function listFiles(root, folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    return entry.isDirectory() ? listFiles(root, path) : [path]
  })
}

export function isBuilt(root) {
  return existsSync(join(root, '.next', 'BUILD_ID')) && readText(buildStamp(root)) === sourceHash(root)
}

async function buildStudio(root) {
  const wanted = sourceHash(root)
  rmSync(buildStamp(root), { force: true })
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' }
  const result = await run(
    pickNode(root),
    [...nodeFlags, join(root, 'node_modules', 'next', 'dist', 'bin', 'next'), 'build'],
    { cwd: root, env },
  )
  if (result.code !== 0) throw new Error(`next build ended with ${result.code}:\n${lastLines(result.output, 60)}`)
  writeFileSync(buildStamp(root), wanted)
}

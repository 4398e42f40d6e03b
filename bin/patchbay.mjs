#!/usr/bin/env node
// The one command. Plain JavaScript without dependencies: it runs on Node 20, before anything is installed.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bootstrap, isBuilt } from './bootstrap.mjs'
import { doctor } from './doctor.mjs'
import { processIdentity } from './lock.mjs'
import { compileCache, nodeFlags } from './node.mjs'
import { endWithNpm, isStopping, run } from './run.mjs'
import { runTests } from './test.mjs'
import { verify } from './verify.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [command = 'help', ...args] = process.argv.slice(2)

const help = `Usage: npm start | npm run dev | npm test | npm run <command> [-- options]

  start     install, build, start everything and watch it
  dev       the same, from the sources, reloading on change
  test      every check and every test
  verify    format, lint, types, import rules, dead code, pure tests
  bench     the benchmarks: what a call costs, adds and holds, against its bars; --json FILE writes them
            with -- analytics pages on ten million records, limits a flood against a limit a minute,
            validation how long a card takes, experiment a run beside what its models need, soak an hour
            of faults, crash processes that are killed, outage a minute without Postgres
  doctor    what is wrong here, and the fix
  patchbay  -- init --email E --password P --workspace W [--if-missing]
            sets up a person and a workspace, prints one line of JSON with a key
  patchbay  -- reset-password --email E
            a new password for somebody who lost theirs, made here or read from standard input
  patchbay  -- make-owner --email E [--workspace W]
            owner of a workspace that lost its own; without one, operator of the installation
  patchbay  -- backup FILE [--with-key]
            everything in one file, beside running traffic; with the keys under a passphrase
  patchbay  -- restore FILE [--with-key]
            brings a backup into an empty data folder or DATABASE_URL
  patchbay  -- workspace export W [FILE]
            everything of one workspace without secrets, as an archive of JSON lines
  patchbay  -- rotate-master-key
            seals every secret anew with the master key that is in force, beside running traffic
  patchbay  -- recover --without-master-key
            starts over without it: provider keys have to be entered again, all else stays
  patchbay  -- verify BASE_URL --model ID [--key-env NAME] [--json]
            checks a server's model without a workspace; 0 where it works
  patchbay  -- experiment run ID --workspace W [--fail-under EVALUATOR=N] [--json]
            runs an experiment by the management API; 0 where it ends well and no threshold fails
  patchbay  -- holders [forget ID]
            processes that hold parts of budgets; releases one that is gone for good
  patchbay  -- rollups verify|rebuild [--workspace W] [--from DAY] [--to DAY]
            compares the sums of dashboards with the records, and puts them right
  patchbay  -- demo [--remove]
            a workspace full of examples to look around in; takes it away again
  patchbay  -- seed traffic [--records N] [--days N] [--seed N] [--workspace W]
            fills a workspace with made-up traffic
`

/** A start on a folder that is in use must say so before it installs or builds anything under the running one. */
function refuseSecondStart() {
  const dataDir = resolve(root, process.env.PATCHBAY_DATA_DIR?.trim() || '.patchbay')
  const file = join(dataDir, 'supervisor.json')
  if (!existsSync(file)) return
  try {
    const { pid, identity, command: holds, studioUrl } = JSON.parse(readFileSync(file, 'utf8'))
    // Other commands hold the folder for a moment only; the supervisor waits for those.
    if (holds !== 'start' || processIdentity(pid) !== identity) return
    fail(
      `Patchbay is already running on ${dataDir} (pid ${pid}${studioUrl ? `, ${studioUrl}` : ''}). Stop it with: kill ${pid}`,
    )
  } catch {
    // Not whole: the supervisor's own lock decides.
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Hands over to TypeScript that runs on the chosen Node and ends with this process. */
async function serve(node, entry, entryArgs = [], mode = 'production') {
  const { code } = await run(node, [...nodeFlags, join(root, 'server', entry), ...entryArgs], {
    cwd: root,
    // The mode is the command's alone, whatever a shell has set.
    env: {
      NODE_COMPILE_CACHE: compileCache(root),
      // As npm names the folder that a command was called in.
      INIT_CWD: process.cwd(),
      ...process.env,
      NODE_ENV: mode,
    },
    show: true,
    ipc: true,
  })
  return code
}

const commands = {
  async start() {
    refuseSecondStart()
    const node = await bootstrap(root, { build: false })
    if (!isBuilt(root)) {
      const refusal = await serve(node, 'main.ts', ['check'])
      if (refusal !== 0) return refusal
      await bootstrap(root, { build: true })
    }
    return serve(node, 'main.ts')
  },
  async dev() {
    refuseSecondStart()
    return serve(await bootstrap(root, { build: false }), 'main.ts', [], 'development')
  },
  test: () => runTests(root),
  // Of this house, or with a Base URL of somebody's server.
  async verify() {
    const node = await bootstrap(root, { build: false })
    if (args.length > 0 || process.env.npm_lifecycle_event === 'patchbay') return serve(node, 'verify.ts', args)
    return (await verify(root, node)).failed === 0 ? 0 : 1
  },
  // By the management API alone: it needs no database here.
  experiment: async () => serve(await bootstrap(root, { build: false }), 'experiment.ts', args),
  async bench() {
    const [entry, rest] = ['analytics', 'crash', 'experiment', 'limits', 'outage', 'soak', 'validation'].includes(
      args[0],
    )
      ? [args[0], args.slice(1)]
      : ['run', args]
    const node = await bootstrap(root, { build: entry === 'run' || entry === 'crash' })
    const file = join(root, 'bench', `${entry}.ts`)
    return (await run(node, [...nodeFlags, file, ...rest], { cwd: root, show: true })).code
  },
  doctor: () => doctor(root, (node) => serve(node, 'doctor.ts', args)),
  async help() {
    process.stdout.write(help)
    return 0
  },
}

/** Commands that need the database, each `server/<name>.ts`; they work beside a running Patchbay and without one. */
const databaseCommands = [
  ...['init', 'reset-password', 'make-owner', 'holders', 'rollups', 'seed', 'demo', 'workspace'],
  ...['backup', 'restore', 'rotate-master-key', 'recover'],
]

async function withDatabase() {
  if (!databaseCommands.includes(command)) fail(`There is no command ${command}.\n\n${help}`)
  return serve(await bootstrap(root, { build: false }), 'command.ts', [command, ...args])
}

endWithNpm()
try {
  process.exitCode = Object.hasOwn(commands, command) ? await commands[command]() : await withDatabase()
} catch (error) {
  if (isStopping()) process.exit(130)
  fail(error instanceof Error ? error.message : String(error))
}

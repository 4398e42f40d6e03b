// A workspace of examples to look around in: `patchbay demo`, and away again with `--remove`.
import { parseArgs } from 'node:util'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { openPatientPool } from '#lib/platform/database.ts'
import { readEnv, readSettings } from '#lib/platform/env.ts'
import { createLogger } from '#lib/platform/logger.ts'
import { type Practice, start } from '#lib/practice/index.ts'
import { createRuntime, type Runtime } from '#lib/runtime.ts'
import { makeDemo } from '#lib/scenarios/index.ts'
import { forgetDeletedWorkspaces } from '#lib/tenancy/index.ts'
import { runCommand } from './plain-command.ts'
import { shownOrigin } from './supervisor/banner.ts'

const usage = `Usage: npm run -s patchbay -- demo [--remove]
  makes a workspace full of examples, marked Demo, beside yours: models that answer, deployments, experiments,
  budgets and thirty days of traffic
  --remove   takes it away again, with everything in it
`

await runCommand(usage, async () => {
  const { values } = parseArgs({
    options: { remove: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  })
  if (values.help) return usage
  const env = readEnv()
  const settings = readSettings(process.env)
  if (!env.practice && !values.remove)
    throw new AppError({
      kind: 'precondition_failed',
      code: 'no_practice',
      message:
        'The models of the demo answer from the practice provider, which is off here: it starts by itself only on loopback and without DATABASE_URL. Set PRACTICE_PORT=4010 for Patchbay and for this command.',
    })
  const logger = createLogger({ process: 'command', level: 'warn' })
  const runtime = await createRuntime(env, 'command', logger)
  const pool = openPatientPool({ url: env.databaseUrl, applicationName: 'command' })
  try {
    if (values.remove) return await remove(runtime)
    const { url, key } = env.practice!
    const provider = await startUnlessRunning(url)
    try {
      const begunMs = performance.now()
      const { slug, existed } = await makeDemo(
        {
          ...runtime,
          ...{ pool, practice: { url, key }, catchUp: runtime.feed.refresh, nowMs: runtime.clock.nowMs },
        },
        { onStep: (what) => process.stderr.write(`  ${what}\n`), signal: new AbortController().signal },
      )
      const address = `${shownOrigin(env.publicUrl, settings.host, settings.port)}/${slug}`
      if (existed)
        return `The demo stands already: ${address}\nTake it away with: npm run -s patchbay -- demo --remove\n`
      const seconds = Math.round((performance.now() - begunMs) / 1_000)
      return `The demo stands, made in ${seconds} s: ${address}${provider ? '\nStart Patchbay to look at it: npm start' : ''}\nTake it away with one click on its pages, or with: npm run -s patchbay -- demo --remove\n`
    } finally {
      await runtime.models.close()
      await runtime.stop()
      await provider?.close()
    }
  } finally {
    await runtime.stop()
    await pool.end()
  }
})

async function remove(runtime: Runtime): Promise<string> {
  const slug = await runtime.tenancy.removeDemoByCommand({ id: newId('req'), address: '' })
  // What a run that was cut off left, too.
  const rows = await forgetDeletedWorkspaces(runtime.database.pool)
  return slug === null && rows === 0
    ? 'There is no demo.\n'
    : `The demo is gone, with ${rows.toLocaleString('en')} rows.\n`
}

/** One of our own where Patchbay does not run; undefined where the address is taken: by the one that runs beside it. */
async function startUnlessRunning(url: string): Promise<Practice | undefined> {
  try {
    return await start({ port: Number(new URL(url).port) })
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') return undefined
    throw error
  }
}

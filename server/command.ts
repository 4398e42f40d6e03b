// Runs `server/<name>.ts` with the database and the environment that Patchbay's processes have, whether Patchbay runs
// on this data folder or not. stdout belongs to the command alone.
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/core/errors.ts'
import { checkGivenSecrets, readEnv, readSettings, type Settings } from '#lib/platform/env.ts'
import { findEmbeddedPostgres, setEmbeddedPassword } from '#lib/platform/postgres.ts'
import { makeDataFolder, readSecretsFile } from '#lib/platform/secrets-file.ts'
import { type DataFolder, describeHolder, isAlive, readHolder, takeDataFolder } from './supervisor/data-folder.ts'
import { prepareDatabase, type RunningDatabase, startDatabase } from './supervisor/database.ts'
import { childEnvironment } from './supervisor/environment.ts'

const waitMs = 60_000
const unprepared = ['restore', 'recover']

/**
 * The database of the Patchbay that runs on the folder, else one of our own for as long as the command takes. That of
 * another command is never borrowed: it ends with it.
 */
async function openDatabase(
  settings: Settings,
  name: string,
): Promise<{ running: RunningDatabase; folder: DataFolder | undefined }> {
  const secrets = readSecretsFile(settings.dataDir)
  if (settings.databaseUrl !== undefined) return { running: await startDatabase(settings, secrets), folder: undefined }
  const place = { dataDir: settings.dataDir, elsewhereDir: settings.postgresDir }
  for (const untilMs = performance.now() + waitMs; performance.now() < untilMs; await delay(100)) {
    const folder = takeDataFolder(settings.dataDir, name)
    if (folder) {
      if (name === 'recover') await setEmbeddedPassword({ ...place, password: secrets.postgresPassword })
      return { running: await startDatabase(settings, secrets), folder }
    }
    const holder = readHolder(settings.dataDir)
    if (holder?.command !== 'start' || !isAlive(holder)) continue
    const embedded = await findEmbeddedPostgres({ ...place, password: secrets.postgresPassword })
    if (embedded) return { running: { url: embedded.url, embedded: undefined }, folder: undefined }
  }
  throw new AppError({
    kind: 'conflict',
    code: 'data_folder',
    message: `The data folder ${settings.dataDir} is in use (${describeHolder(readHolder(settings.dataDir))}), but no database runs on it after ${waitMs / 1000} s.`,
  })
}

function runCommand(name: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const entry = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...args], {
      env,
      stdio: 'inherit',
    })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

const [name = '', ...args] = process.argv.slice(2)
let exitCode = 1
try {
  const settings = readSettings(process.env)
  checkGivenSecrets(process.env)
  makeDataFolder(settings.dataDir)
  const { running, folder } = await openDatabase(settings, name)
  try {
    const env = childEnvironment(process.env, settings, readSecretsFile(settings.dataDir), running.url)
    // What is restored brings its own schema and its own keys.
    if (!unprepared.includes(name)) await prepareDatabase(readEnv(env))
    exitCode = await runCommand(name, args, env)
  } finally {
    if (folder) await running.embedded?.stop()
    folder?.release()
  }
} catch (error) {
  process.stderr.write(`${error instanceof AppError ? error.message : (error as Error).stack}\n`)
}
process.exit(exitCode)

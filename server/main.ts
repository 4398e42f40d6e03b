// The supervisor: starts Postgres, studio, gateway, worker and practice provider, and watches them.
// With `check` it only says what would keep it from starting, before somebody waits for a build.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '#lib/core/errors.ts'
import { checkGivenSecrets, readSettings } from '#lib/platform/env.ts'
import { makeDataFolder } from '#lib/platform/secrets-file.ts'
import { type DataFolder, describeHolder, readHolder, takeDataFolder } from './supervisor/data-folder.ts'
import { requireFreePorts, wantedPorts } from './supervisor/ports.ts'
import { listenForStop } from './supervisor/stop-signal.ts'
import { supervise } from './supervisor/supervise.ts'

/** A command that works on the folder for a moment is waited for, another supervisor is not. */
async function takeFolder(dataDir: string): Promise<DataFolder> {
  for (let waitsLeft = 150; ; waitsLeft--) {
    const folder = takeDataFolder(dataDir, 'start')
    if (folder) return folder
    const holder = readHolder(dataDir)
    if (waitsLeft === 0 || holder?.command === 'start') {
      const stop = holder ? ` Stop it with: kill ${holder.pid}` : ''
      throw new AppError({
        kind: 'conflict',
        code: 'data_folder',
        message: `Patchbay is already running on ${dataDir} (${describeHolder(holder)}).${stop}`,
      })
    }
    await delay(100)
  }
}

// A terminal or a pipe that is gone must not end what runs: its end has signals of its own.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
const signals = listenForStop()
try {
  const settings = readSettings(process.env)
  checkGivenSecrets(process.env)
  if (process.argv[2] === 'check') {
    // Where a supervisor was killed, the ports may be held by what it left, which a start ends.
    if (!existsSync(join(settings.dataDir, 'supervisor.json'))) await requireFreePorts(wantedPorts(settings))
    process.exit(0)
  }
  makeDataFolder(settings.dataDir)
  const folder = await takeFolder(settings.dataDir)
  const code = await supervise(settings, folder, process.env, signals)
  folder.release()
  process.exit(code)
} catch (error) {
  process.stderr.write(`${error instanceof AppError ? error.message : (error as Error).stack}\n`)
  process.exit(1)
}

import { AppError } from '#lib/core/errors.ts'
import { readEnv } from '#lib/platform/env.ts'
import { createRuntime, setRuntime } from '#lib/runtime.ts'
import { watchPeers } from './peers.ts'
import { watchServers } from './servers.ts'
import { stopOnSignal } from './stop.ts'

/** The exit code for what only a person can change: the supervisor does not start this process again. */
const refusalCode = 78

/** Makes the runtime of the studio's process. Next loads this room once for each page: what lives is on `globalThis`. */
export async function startStudio(): Promise<void> {
  watchPeers()
  // Killed outright, the supervisor forwards nothing: the closed channel is the only sign.
  if (process.channel) {
    process.channel.unref()
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  }
  try {
    const runtime = await createRuntime(readEnv(), 'studio')
    setRuntime(runtime)
    stopOnSignal(runtime, watchServers())
  } catch (error) {
    // Next would go on and answer each page with this error for good; who is started again may have more luck.
    process.stderr.write(`${error instanceof AppError ? error.message : (error as Error).stack}\n`)
    process.exit(error instanceof AppError ? refusalCode : 1)
  }
}

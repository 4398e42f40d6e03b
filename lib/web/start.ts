import { readEnv } from '#lib/platform/env.ts'
import { createRuntime, setRuntime } from '#lib/runtime.ts'
import { watchPeers } from './peers.ts'
import { watchServers } from './servers.ts'
import { stopOnSignal } from './stop.ts'

/** Makes the runtime of the studio's process. Next loads this room once for each page: what lives is on `globalThis`. */
export async function startStudio(): Promise<void> {
  watchPeers()
  // Killed outright, the supervisor forwards nothing: the closed channel is the only sign.
  if (process.channel) {
    process.channel.unref()
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  }
  const runtime = await createRuntime(readEnv(), 'studio')
  setRuntime(runtime)
  stopOnSignal(runtime, watchServers())
}

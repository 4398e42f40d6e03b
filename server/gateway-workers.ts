import cluster, { type Worker } from 'node:cluster'
import { answer, ask } from '#lib/platform/process-channel.ts'
import { graceMs, refusalCode } from '#lib/platform/processes.ts'
import { createBackoff } from './supervisor/backoff.ts'

/** Workers end themselves in time; one that cannot is left so much later. */
const lateMs = 1_000
/** For the answers of workers, within the time in which ours is waited for. */
const relayMs = 1_500

/**
 * Keeps `count` workers behind one port, replaces those that die with growing waits, and passes SIGTERM on. Ends with
 * its last worker; workers end with it, because their channel closes.
 */
export function keepWorkers(count: number, drainMs: number): void {
  // Workers accept by themselves: a connection that is handed out to one that has just died would be answered by nobody.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  let stopping = false
  const backoff = createBackoff()
  const startedMs = new Map<number, number>()

  function fork(): void {
    startedMs.set(cluster.fork().id, performance.now())
  }

  cluster.on('exit', (worker: Worker, code: number | null) => {
    const livedMs = performance.now() - (startedMs.get(worker.id) ?? 0)
    startedMs.delete(worker.id)
    if (code === refusalCode && !stopping) stop('SIGTERM', refusalCode)
    if (stopping) return
    process.stderr.write(`A worker of the gateway ended (${code ?? 'killed'}); another one begins.\n`)
    const again = () => {
      if (!stopping) fork()
    }
    setTimeout(again, backoff.waitMs(livedMs))
  })

  function stop(signal: NodeJS.Signals, code: number): void {
    if (stopping) return
    stopping = true
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    const left = () => workers.filter((worker) => !worker.isDead()).length
    if (left() === 0) process.exit(code)
    for (const worker of workers) {
      worker.on('exit', () => {
        if (left() === 0) process.exit(code)
      })
      worker.process.kill(signal)
    }
    setTimeout(() => process.exit(1), drainMs + graceMs + lateMs)
  }

  // Whoever asks for metrics asks the process that it started; the figures are those of the workers.
  answer('metrics', async () => {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
    return (await Promise.all(workers.map((worker) => ask(worker, 'metrics', relayMs)))).filter(Array.isArray)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(signal, 0))
  for (let index = 0; index < count; index++) fork()
}

/**
 * Loaded into a process by `--import`: on SIGUSR2 it writes what it holds to `BENCH_INSIDE`, as one line of JSON. What
 * can be collected is collected first, where the process was started with `--expose-gc`.
 */
import { writeFileSync } from 'node:fs'

export interface Inside {
  /** What keeps the loop alive, by kind: sockets, timers. */
  resources: Record<string, number>
  /** On the process itself. */
  listeners: number
  rssBytes: number
  heapBytes: number
}

const file = process.env.BENCH_INSIDE
if (file !== undefined)
  process.on('SIGUSR2', () => {
    globalThis.gc?.()
    const resources: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
    const { rss, heapUsed } = process.memoryUsage()
    writeFileSync(file, JSON.stringify({ resources, listeners, rssBytes: rss, heapBytes: heapUsed } satisfies Inside))
  })

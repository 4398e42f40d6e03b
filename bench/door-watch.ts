import { setTimeout as delay } from 'node:timers/promises'
import { askDoor } from '../server/supervisor/readiness.ts'
import { percentile } from './verdict.ts'

const everyMs = 25

export interface DoorWatch {
  /** What is about to happen: gaps that begin from now on are its. */
  note(cause: string): void
  stop(): Promise<void>
  /** How often and how long it was shut, by cause. */
  describe(name: string): string
}

/** Asks a door all the time whether it serves, each time by a connection of its own, and keeps how long it did not. */
export function watchDoor(url: string): DoorWatch {
  const gaps = new Map<string, number[]>()
  let cause = 'nothing'
  let gap: { sinceMs: number; cause: string } | undefined
  let stopping = false

  async function run(): Promise<void> {
    while (!stopping) {
      const isOpen = (await askDoor(url, 1_000))?.status === 200
      const nowMs = performance.now()
      if (!isOpen) gap ??= { sinceMs: nowMs, cause }
      else if (gap) {
        gaps.set(gap.cause, [...(gaps.get(gap.cause) ?? []), nowMs - gap.sinceMs])
        gap = undefined
      }
      await delay(everyMs)
    }
  }
  const done = run()

  return {
    note(next) {
      cause = next
    },
    async stop() {
      stopping = true
      await done
    },
    describe(name) {
      const told = [...gaps].map(([of, all]) => {
        const seconds = (share: number) => (percentile(all, share) / 1000).toFixed(1)
        return `${of} ${all.length} x, p50 ${seconds(0.5)} s, most ${seconds(1)} s`
      })
      return `  ${`${name} shut`.padEnd(23)}${told.join('; ') || 'never'}`
    },
  }
}

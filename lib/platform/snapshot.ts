import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Logger } from 'pino'
import type { Clock } from '#lib/core/clock.ts'

const pollMs = 2000
const catchUpEveryMs = 200
/** A caller waits at most so long for a Postgres that does not answer. */
const lookMaxMs = 2000

/** Reads one room's part of the snapshot anew. It replaces its state only when the whole read went well. */
export type SnapshotLoader = () => Promise<void>

/** Keeps what gateways hold in memory (keys, models, prices) as new as Postgres lets it. */
export interface SnapshotFeed {
  /** Loads at once, then again after every change. Rejects when the first load fails; the loader stays registered. */
  register(load: SnapshotLoader): Promise<void>
  /** Loads everything anew; resolves when what stood in Postgres at the time of this call is in memory. */
  refresh(): Promise<void>
  /**
   * For who looked for something and did not find it: true when a newer state was loaded since they asked. Those
   * who ask together share one look, at most one every 200 ms; false at once while Postgres is away.
   */
  catchUp(): Promise<boolean>
  /** Milliseconds since the state in memory was last known to be that of Postgres. Infinity before the first load. */
  ageMs(): number
  close(): Promise<void>
}

interface SnapshotDeps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  listen(channel: string, handler: (event: { reconnected: boolean }) => void): Promise<() => Promise<void>>
  clock: Clock
  logger: Pick<Logger, 'warn' | 'info'>
}

/**
 * Hears `NOTIFY patchbay_snapshot` and polls one version number every 2 s, so that a lost notice costs 2 s. Requests
 * that arrive while a load runs share the next one. While Postgres is away the last state stays, and its age grows:
 * who reads decides how old is too old.
 */
export function createSnapshotFeed(deps: SnapshotDeps): SnapshotFeed {
  const { pool, clock, logger } = deps
  const loaders = new Set<SnapshotLoader>()
  let loadedVersion: bigint | undefined
  let loads = 0
  let freshAtMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  let closed = false
  let away = false
  let stopListening: (() => Promise<void>) | undefined

  async function readVersion(): Promise<bigint> {
    const answer = await pool.query<{ version: string }>('select version::text from ledger.snapshot_version')
    return BigInt(answer.rows[0]?.version ?? '0')
  }

  async function load(): Promise<void> {
    const startedMs = clock.monotonicMs()
    // The version is read before the rows: a change in between is loaded once too often, never missed.
    const version = await readVersion()
    await Promise.all([...loaders].map((loader) => loader()))
    loadedVersion = version
    loads++
    freshAtMs = startedMs
    noteReachable()
  }

  function run(): Promise<void> {
    running = load().finally(() => {
      running = undefined
    })
    return running
  }

  function refresh(): Promise<void> {
    if (closed) return Promise.resolve()
    if (!running) return run()
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return run()
      })
    return next
  }

  function noteReachable(): void {
    if (away) logger.info('snapshot: Postgres answers again')
    away = false
  }

  function noteAway(error: unknown): void {
    if (!away && !closed) logger.warn({ err: error }, 'snapshot: cannot be refreshed, the last state stays in use')
    away = true
  }

  async function poll(): Promise<void> {
    try {
      const startedMs = clock.monotonicMs()
      const version = await readVersion()
      if (version !== loadedVersion) await refresh()
      else freshAtMs = Math.max(freshAtMs, startedMs)
      noteReachable()
    } catch (error) {
      noteAway(error)
    }
  }

  let lastLookMs = Number.NEGATIVE_INFINITY
  let looking: Promise<boolean> | undefined

  async function look(): Promise<boolean> {
    const waitMs = lastLookMs + catchUpEveryMs - clock.monotonicMs()
    // Awaited also where there is nothing to wait for: the caller keeps this promise first.
    await (waitMs > 0 ? delay(waitMs) : undefined)
    lastLookMs = clock.monotonicMs()
    // From here on a change may be missed by this look: who asks now waits for the next one.
    looking = undefined
    const timer = new AbortController()
    const late = delay(lookMaxMs, undefined, { signal: timer.signal }).then(() => {
      throw new Error('Postgres does not answer in time')
    })
    try {
      return await Promise.race([findNewer(), late])
    } catch (error) {
      noteAway(error)
      return false
    } finally {
      timer.abort()
    }
  }

  async function findNewer(): Promise<boolean> {
    if ((await readVersion()) === loadedVersion) return false
    await refresh()
    return true
  }

  let polling = false
  const timer = setInterval(() => {
    if (polling || closed) return
    polling = true
    void poll().finally(() => {
      polling = false
    })
  }, pollMs)
  timer.unref()

  const listening = deps
    .listen('patchbay_snapshot', () => {
      refresh().catch(noteAway)
    })
    .then(
      (stop) => {
        stopListening = stop
      },
      // Without notices the poll still finds every change.
      (error: unknown) => noteAway(error),
    )

  return {
    async register(loader) {
      await listening
      loaders.add(loader)
      await refresh()
    },
    refresh,
    async catchUp() {
      if (closed || away) return false
      const seen = loads
      looking ??= look()
      // A notice may have brought it meanwhile: then the look itself finds nothing new.
      return (await looking) || loads !== seen
    },
    ageMs: () => clock.monotonicMs() - freshAtMs,
    async close() {
      closed = true
      clearInterval(timer)
      await listening
      await stopListening?.()
      await running?.catch(() => undefined)
    },
  }
}

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { createHolder } from './holder.ts'
import { forgetHolder } from './holders.ts'
import { createInserter } from './insert.ts'
import { recoverSpools } from './recovery.ts'
import { createSpool, type Spool, type SpoolOptions } from './spool.ts'
import { createWriter, type WriterOptions } from './writer.ts'

export interface LedgerOptions {
  /** As `patchbay_system`. */
  pool: Pool
  /** The folder of all holders, `<data>/spool`: made where it is missing. */
  dir: string
  /** What the process is: studio, gateway, worker. */
  process: string
  clock: Clock
  logger: Logger
  spool?: Pick<SpoolOptions, 'syncEveryMs' | 'segmentBytes' | 'bytesMax' | 'write'>
  writer?: Pick<WriterOptions, 'everyMs' | 'recordsMax'>
  /** How often dead processes are looked for; 0: only when `recover` is called. */
  recoverEveryMs?: number
  /** Told of end frames once they are in Postgres. Must not throw. */
  onWritten?: (records: readonly Buffer[]) => void
  /** After so long without a word a process of which nothing else can be known is taken for dead; 150 s. */
  silenceMs?: number
}

export interface LedgerDepth {
  /** Ended calls whose record is not in Postgres yet. */
  records: number
  /** Bytes of the spool. */
  bytes: number
  /** Calls under way. */
  open: number
  /** End frames that the disk refused and memory holds. */
  held: number
  /** Records set aside because Postgres refused them. */
  rejected: number
  /** False: new calls are refused. */
  hasRoom: boolean
}

/** One process's way into the ledger. */
export interface Ledger {
  readonly holderId: string
  /** For `createMeter`. */
  readonly spool: Spool
  /** Begins to write, to tell that it lives, and to adopt what dead processes left. */
  start(): void
  /** Resolves once every call settled before is in Postgres. */
  flush(): Promise<void>
  /** Adopts the spools of dead processes now; returns how many. */
  recover(): Promise<number>
  depth(): LedgerDepth
  /** Tells Postgres now that this process lives. Never rejects; `silentMs` says whether it was heard. */
  beat(): Promise<void>
  /** Milliseconds since this process last told Postgres that it lives, by the clock that says more. Infinity before the first time. */
  silentMs(): number
  /** Writes what is there, for at most `timeoutMs`; what remains is adopted by the next process. */
  stop(timeoutMs?: number): Promise<void>
}

const heartbeatEveryMs = 5_000
/** Longer than any call may take: a ticket this old was forgotten. */
const abandonedAfterMs = 2 * 60 * 60_000

/** Throws `spool_unusable` where the folder cannot be written to. */
export function createLedger(options: LedgerOptions): Ledger {
  const { pool, dir, clock, logger, recoverEveryMs = 15_000 } = options
  const { card, folder } = createHolder(dir, options.process)
  const holder = card.id
  const spool = createSpool({ ...options.spool, folder, clock, logger, onEnd: () => writer.notify() })
  const inserter = createInserter(pool, { holder, rejectedFile: join(dir, `${holder}.rejected`), logger })
  const writer = createWriter({ ...options.writer, folder, spool, inserter, logger, onWritten: options.onWritten })
  const timers: NodeJS.Timeout[] = []
  let beat: Promise<void> = Promise.resolve()
  let recovering: Promise<number> | undefined
  let stopped = false

  let heardMs = Number.NEGATIVE_INFINITY
  let heardAtMs = Number.NEGATIVE_INFINITY

  async function heartbeat(): Promise<void> {
    const [sentMs, sentAtMs] = [clock.monotonicMs(), clock.nowMs()]
    const abandoned = spool.abandon(clock.monotonicMs() - abandonedAfterMs)
    if (abandoned > 0) logger.error({ count: abandoned }, 'Calls were never settled; they are recorded as lost.')
    try {
      await pool.query(
        `insert into ledger.holders (id, host, pid, process, spool) values ($1, $2, $3, $4, $5)
         on conflict (id) do update set seen_at = now()`,
        [holder, card.host, card.pid, card.process, folder],
      )
      heardMs = sentMs
      heardAtMs = sentAtMs
    } catch (error) {
      logger.warn({ error }, 'The heartbeat of this process does not reach Postgres.')
    }
  }

  function recover(): Promise<number> {
    recovering ??= recoverSpools({
      pool,
      dir,
      self: holder,
      logger,
      silenceMs: options.silenceMs,
      onWritten: options.onWritten,
    }).finally(() => {
      recovering = undefined
    })
    return recovering
  }

  function every(intervalMs: number, task: () => void): void {
    task()
    timers.push(setInterval(task, intervalMs).unref())
  }

  return {
    holderId: holder,
    spool,
    start() {
      every(heartbeatEveryMs, () => {
        beat = heartbeat()
      })
      if (recoverEveryMs === 0) return
      every(recoverEveryMs, () => {
        recover().catch((error: unknown) => {
          if (!stopped) logger.warn({ error }, 'The spools of dead processes could not be adopted; tried again later.')
        })
      })
    },
    flush() {
      spool.flush()
      return writer.flush()
    },
    recover,
    depth() {
      const { bytes, open, held } = spool.stats()
      return { records: writer.depth(), bytes, open, held, rejected: inserter.rejected(), hasRoom: spool.hasRoom() }
    },
    beat: heartbeat,
    // A machine that slept has a monotonic clock that did not move.
    silentMs: () => Math.max(clock.monotonicMs() - heardMs, clock.nowMs() - heardAtMs),
    async stop(timeoutMs = 10_000) {
      if (stopped) return
      stopped = true
      for (const timer of timers) clearInterval(timer)
      const late = new Promise<void>((resolve) => setTimeout(resolve, timeoutMs).unref())
      spool.flush()
      await Promise.race([writer.flush(), late]).catch(() => undefined)
      await Promise.allSettled([writer.stop(), beat, recovering])
      const isDone = writer.depth() === 0 && spool.stats().open === 0
      // A call still under way may end yet: its end frame is adopted with the rest.
      if (!isDone) return
      spool.close()
      try {
        await forgetHolder(pool, holder)
      } catch (error) {
        logger.warn({ error }, 'The row of this process stays behind in Postgres; the next one removes it.')
        return
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

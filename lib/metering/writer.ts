import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '#lib/platform/logger.ts'
import type { Inserter } from './insert.ts'
import { createSegmentReader, type SpoolPosition } from './segments.ts'
import type { Spool } from './spool.ts'

export interface WriterOptions {
  folder: string
  spool: Spool
  inserter: Inserter
  logger: Logger
  /** A record waits at most so long for others. */
  everyMs?: number
  /** So many are written without waiting. */
  recordsMax?: number
  onWritten?: ((records: readonly Buffer[]) => void) | undefined
}

/** Moves a living holder's end frames from its spool to the tables, in batches by number and by time. */
export interface Writer {
  /** An end frame was appended. */
  notify(): void
  /** Resolves once everything appended before is in the tables; rejects when the writer is stopped before. */
  flush(): Promise<void>
  /** End frames not yet in the tables. */
  depth(): number
  /** Ends the loop after the statement under way. */
  stop(): Promise<void>
}

const backOffMs = [100, 250, 500, 1_000, 2_000, 5_000]

export function createWriter({
  folder,
  spool,
  inserter,
  logger,
  everyMs = 200,
  recordsMax = 2_000,
  onWritten = () => undefined,
}: WriterOptions): Writer {
  const reader = createSegmentReader(folder, { onlyEnds: true })
  const stopping = new AbortController()
  const at: SpoolPosition = { segment: 1, byte: 0 }
  let appended = 0
  let written = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let waiters: { upTo: number; resolve: () => void; reject: (error: Error) => void }[] = []

  /** Writes what has been appended so far, and what comes while it is at it if that is many. */
  async function run(): Promise<void> {
    while (written < appended && !stopping.signal.aborted) {
      const chunk = reader.read(at, recordsMax)
      const records = chunk.frames.map(({ json }) => json)
      const isRead = chunk.nextByte > at.byte
      const next = { segment: at.segment, byte: chunk.nextByte }
      if (records.length > 0) await insist(records, next)
      if (stopping.signal.aborted) return
      at.byte = next.byte
      written += records.length
      if (!isRead) skipToNext()
      answerWaiters()
      if (appended - written < recordsMax / 2 && waiters.length === 0) return
    }
  }

  /** Nothing more can be read from the present segment: on to the next, and what lies behind is released. */
  function skipToNext(): void {
    const tail = spool.tail()
    const lost = spool.sizeOf(at.segment) - at.byte
    if (lost > 0)
      logger.error({ segment: at.segment, bytes: lost }, 'A segment of the spool is damaged; the rest of it is lost.')
    if (at.segment < tail.segment) {
      at.segment++
      at.byte = 0
      spool.release(at.segment)
    } else {
      at.byte = tail.byte
      written = appended
    }
  }

  /** Postgres may be away: the spool grows meanwhile, up to its bound. */
  async function insist(records: readonly Buffer[], position: SpoolPosition): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      try {
        await inserter.insert(records, position)
        onWritten(records)
        if (failures > 0) logger.info({ attempt: failures }, 'Records reach Postgres again.')
        return
      } catch (error) {
        const waitMs = backOffMs[Math.min(failures, backOffMs.length - 1)]!
        if (failures === 0) logger.warn({ error }, 'Records cannot be written to Postgres; they wait in the spool.')
        await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }

  function answerWaiters(): void {
    for (const waiter of waiters) if (written >= waiter.upTo) waiter.resolve()
    waiters = waiters.filter((waiter) => written < waiter.upTo)
  }

  function kick(): void {
    clearTimeout(timer)
    timer = undefined
    running ??= run()
      .catch((error: unknown) => {
        logger.error({ error, segment: at.segment }, 'The ledger writer stumbled; it goes on.')
      })
      .finally(() => {
        running = undefined
        schedule()
      })
  }

  function schedule(): void {
    if (running || stopping.signal.aborted || written >= appended) return
    if (waiters.length > 0 || appended - written >= recordsMax) kick()
    else timer ??= setTimeout(kick, everyMs)
  }

  return {
    notify() {
      appended++
      if (timer === undefined || appended - written >= recordsMax) schedule()
    },
    flush() {
      if (written >= appended) return Promise.resolve()
      return new Promise((resolve, reject) => {
        waiters.push({ upTo: appended, resolve, reject })
        schedule()
      })
    },
    depth: () => appended - written,
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await running
      reader.close()
      for (const { reject } of waiters) reject(new Error('the ledger was stopped'))
      waiters = []
    },
  }
}

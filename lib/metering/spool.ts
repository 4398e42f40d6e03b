import { closeSync, fdatasync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Clock } from '#lib/core/clock.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { encodeFrame, type FrameKind, frameBegin, frameBytesMax, frameEnd } from './frame.ts'
import { type SpoolPosition, segmentPath } from './segments.ts'

export interface SpoolOptions {
  /** The holder's folder; it exists. */
  folder: string
  clock: Clock
  logger: Logger
  /** A crash of the machine may lose what was written in the last so many milliseconds; one of the process loses nothing. */
  syncEveryMs?: number
  segmentBytes?: number
  /** At so many bytes not yet in the tables new calls are refused. */
  bytesMax?: number
  /** Told after each end frame. */
  onEnd?: () => void
  /** `fs.writeSync`, for a test of a full disk. */
  write?: (fd: number, bytes: Buffer, offset: number, length: number, position: number) => number
}

/**
 * The file that a call's record goes through: written before the answer's last bytes leave, read by the ledger's
 * writer. Frames wait for the end of the event loop's turn, so that all calls of a turn share one write; who cannot
 * wait asks for it with `flush`. A reader of the same process never sees half a frame.
 */
export interface Spool {
  /** Before the first attempt. False: there is no room (the disk is full, or Postgres was away for too long), so the call must not be made. */
  begin(id: string, record: string): boolean
  /** Before the first byte of the attempt leaves. False: the disk refused the call's begin frame, so the call must not be made. */
  hasBegun(id: string): boolean
  /** Never fails: what the disk refuses is held in memory and tried again; until then `begin` says no. */
  end(id: string, record: string): void
  /** Writes what waits. */
  flush(): void
  /** Resolves once what waits now is written, or held; null where nothing waits. */
  written(): Promise<void> | null
  /** Ends calls that began before `beforeMs` (monotonic) as their begin frames say; returns how many. */
  abandon(beforeMs: number): number
  /** Whether a call has begun and not ended. */
  isOpen(id: string): boolean
  /** Whether `begin` would say yes. */
  hasRoom(): boolean
  /** Everything before this place is written. */
  tail(): SpoolPosition
  /** Bytes written to a segment; 0 for one that is released. */
  sizeOf(segment: number): number
  /** Forgets segments before this one: their records are in the tables. */
  release(before: number): void
  stats(): { bytes: number; open: number; held: number }
  close(): void
}

interface OpenCall {
  record: string
  sinceMs: number
  /** Its begin frame is in the file. */
  isWritten: boolean
}

/** A frame of the batch that is written next. */
interface Waiting {
  kind: FrameKind
  id: string
  record: string
  /** Where it ends in the batch. */
  end: number
}

const mebibyte = 1024 * 1024
const batchBytes = 4 * frameBytesMax
const retryEveryMs = 500

/** Starts with segment 1. Throws where the folder cannot be written to. */
export function createSpool(options: SpoolOptions): Spool {
  const { folder, clock, logger, onEnd } = options
  const { syncEveryMs = 50, segmentBytes = 8 * mebibyte, bytesMax = 1024 * mebibyte, write = writeSync } = options
  const batch = Buffer.allocUnsafe(batchBytes)
  let filled = 0
  let waiting: Waiting[] = []
  let isFlushDue = false
  let turn: { isOver: Promise<void>; end: () => void } | undefined
  /** Bytes of each segment that is still there, the present one included. */
  const sizes = new Map<number, number>()
  const calls = new Map<string, OpenCall>()
  /** End frames that the disk refused. */
  const held = new Map<string, string>()
  let total = 0
  let segment = 0
  let fd = -1
  let offset = 0
  let failing = false
  let syncTimer: NodeJS.Timeout | undefined
  let retryTimer: NodeJS.Timeout | undefined
  openNext()

  /** The next segment, or the disk's error with the present one left as it is. */
  function openNext(): void {
    const path = segmentPath(folder, segment + 1)
    const next = openSync(path, 'wx', 0o600)
    let size = 0
    try {
      // An older segment goes once its records are in the tables: the calls that began there begin here again.
      const frame = Buffer.allocUnsafe(calls.size > 0 ? frameBytesMax : 0)
      for (const { record, isWritten } of calls.values()) {
        if (!isWritten) continue
        const length = encodeFrame(frame, frameBegin, record)
        for (let done = 0; done < length; ) done += write(next, frame, done, length - done, size + done)
        size += length
      }
      syncFolder(folder)
    } catch (error) {
      closeSync(next)
      rmSync(path, { force: true })
      throw error
    }
    if (fd >= 0) syncAndClose(fd)
    fd = next
    offset = size
    total += size
    sizes.set(++segment, size)
  }

  function add(kind: FrameKind, id: string, record: string): void {
    if (filled + frameBytesMax > batch.length) flush()
    filled = encodeFrame(batch, kind, record, filled)
    waiting.push({ kind, id, record, end: filled })
    if (isFlushDue) return
    isFlushDue = true
    setImmediate(() => {
      isFlushDue = false
      flush()
    })
  }

  function flush(): void {
    if (waiting.length === 0) return
    const frames = waiting
    waiting = []
    const written = putBatch(frames)
    filled = 0
    for (const frame of frames) {
      const isWritten = frame.end <= written
      if (frame.kind === frameEnd) {
        if (isWritten) settled(frame.id)
        else hold(frame.id, frame.record)
      } else if (isWritten) calls.get(frame.id)!.isWritten = true
      else calls.delete(frame.id)
    }
    turn?.end()
    turn = undefined
  }

  /** Returns the bytes of the batch that are in the file, whole frames only; what else got there is written over by the next. */
  function putBatch(frames: readonly Waiting[]): number {
    let done = 0
    let refused: unknown = null
    try {
      if (offset >= segmentBytes) openNext()
      while (done < filled) done += write(fd, batch, done, filled - done, offset + done)
    } catch (error) {
      refused = error
    }
    if (done < filled) done = frames.findLast(({ end }) => end <= done)?.end ?? 0
    offset += done
    total += done
    sizes.set(segment, offset)
    syncTimer ??= setTimeout(sync, syncEveryMs).unref()
    if (refused !== null && !failing)
      logger.error({ error: refused }, 'The spool cannot be written to: calls are refused until it can.')
    if (refused === null && failing) logger.info({}, 'The spool can be written to again.')
    failing = refused !== null
    return done
  }

  function end(id: string, record: string): void {
    if (fd >= 0 && held.size === 0) add(frameEnd, id, record)
    else hold(id, record)
  }

  function hold(id: string, record: string): void {
    held.set(id, record)
    retryTimer ??= setTimeout(retry, retryEveryMs).unref()
  }

  function retry(): void {
    retryTimer = undefined
    if (fd < 0) return
    const ends = [...held]
    held.clear()
    for (const [id, record] of ends) add(frameEnd, id, record)
    flush()
  }

  function settled(id: string): void {
    calls.delete(id)
    onEnd?.()
  }

  function sync(): void {
    syncTimer = undefined
    if (fd < 0) return
    fdatasync(fd, (error) => {
      if (error && error.code !== 'EBADF') logger.error({ error }, 'The spool could not be synced to disk.')
    })
  }

  // While end frames are held, nothing new begins: the memory they take is bounded by the calls under way.
  const hasRoom = () => fd >= 0 && held.size === 0 && total < bytesMax

  return {
    begin(id, record) {
      if (!hasRoom()) return false
      calls.set(id, { record, sinceMs: clock.monotonicMs(), isWritten: false })
      add(frameBegin, id, record)
      return true
    },
    hasBegun(id) {
      if (calls.get(id)?.isWritten === false) flush()
      return calls.has(id)
    },
    end,
    flush,
    written() {
      if (waiting.length === 0) return null
      if (!turn) {
        const { promise, resolve } = Promise.withResolvers<void>()
        turn = { isOver: promise, end: resolve }
      }
      return turn.isOver
    },
    abandon(beforeMs) {
      let count = 0
      for (const [id, call] of calls) {
        if (call.sinceMs >= beforeMs) break
        if (held.has(id)) continue
        end(id, call.record)
        count++
      }
      flush()
      return count
    },
    isOpen: (id) => calls.has(id) && !held.has(id),
    hasRoom,
    tail: () => ({ segment, byte: offset }),
    sizeOf: (number) => sizes.get(number) ?? 0,
    release(before) {
      for (const [number, size] of sizes) {
        if (number >= before) break
        rmSync(segmentPath(folder, number), { force: true })
        sizes.delete(number)
        total -= size
      }
    },
    stats: () => ({ bytes: total, open: calls.size, held: held.size }),
    close() {
      flush()
      clearTimeout(syncTimer)
      clearTimeout(retryTimer)
      if (fd < 0) return
      fsyncSync(fd)
      closeSync(fd)
      fd = -1
    },
  }
}

/** A new file is there after a power cut only once its folder is synced. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function syncAndClose(fd: number): void {
  fdatasync(fd, () => closeSync(fd))
}

import { closeSync, fdatasync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { Bag, type Bagged } from '#lib/core/bag.ts'
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
  /** Before the first attempt. Null: there is no room (the disk is full, or Postgres was away for too long), so the call must not be made. */
  begin(id: string, record: string): OpenCall | null
  /** Before the first byte of the attempt leaves. False: the disk refused the call's begin frame, so the call must not be made. */
  commit(call: OpenCall): boolean
  /** Of `call`, where it has begun. Never fails: what the disk refuses is held in memory and tried again; until then `begin` says no. */
  end(id: string, record: string, call?: OpenCall | null): void
  /** Writes what waits. */
  flush(): void
  /** Resolves once what waits now is written, or held; null where nothing waits. */
  written(): Promise<void> | null
  /** Ends calls that began before `beforeMs` (monotonic) as their begin frames say; returns how many. */
  abandon(beforeMs: number): number
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

/** A call under way. */
export interface OpenCall extends Bagged {
  readonly id: string
  readonly record: string
  readonly sinceMs: number
  /** Its begin frame is in the file. */
  isWritten: boolean
  /** It has ended, or the disk refused its begin frame: there is nothing more to tell of it. */
  isOver: boolean
}

/** A frame of the batch that is written next. */
interface Waiting {
  kind: FrameKind
  id: string
  record: string
  call: OpenCall | null
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
  let turn: PromiseWithResolvers<void> | undefined
  /** Bytes of each segment that is still there, the present one included. */
  const sizes = new Map<number, number>()
  const calls = new Bag<OpenCall>()
  /** End frames that the disk refused. */
  let held: Pick<Waiting, 'id' | 'record' | 'call'>[] = []
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
      for (const { record, isWritten } of calls) {
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

  function add(kind: FrameKind, id: string, record: string, call: OpenCall | null): void {
    if (filled + frameBytesMax > batch.length) flush()
    filled = encodeFrame(batch, kind, record, filled)
    waiting.push({ kind, id, record, call, end: filled })
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
      const { call } = frame
      const isWritten = frame.end <= written
      if (frame.kind === frameEnd) {
        if (isWritten) settled(call)
        else hold(frame)
      } else if (isWritten) call!.isWritten = true
      else {
        call!.isOver = true
        calls.delete(call!)
      }
    }
    turn?.resolve()
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

  function end(id: string, record: string, call: OpenCall | null = null): void {
    if (call) call.isOver = true
    if (fd >= 0 && held.length === 0) add(frameEnd, id, record, call)
    else hold({ id, record, call })
  }

  function hold(end: (typeof held)[number]): void {
    held.push(end)
    retryTimer ??= setTimeout(retry, retryEveryMs).unref()
  }

  function retry(): void {
    retryTimer = undefined
    if (fd < 0) return
    const ends = held
    held = []
    for (const { id, record, call } of ends) add(frameEnd, id, record, call)
    flush()
  }

  function settled(call: OpenCall | null): void {
    if (call) calls.delete(call)
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
  const hasRoom = () => fd >= 0 && held.length === 0 && total < bytesMax

  return {
    begin(id, record) {
      if (!hasRoom()) return null
      const call = { id, record, sinceMs: clock.monotonicMs(), isWritten: false, isOver: false, place: -1 }
      calls.add(call)
      add(frameBegin, id, record, call)
      return call
    },
    commit(call) {
      if (!call.isWritten) flush()
      return call.isWritten
    },
    end,
    flush,
    written() {
      if (waiting.length === 0) return null
      turn ??= Promise.withResolvers()
      return turn.promise
    },
    abandon(beforeMs) {
      let count = 0
      for (const call of calls) {
        if (call.sinceMs >= beforeMs || call.isOver) continue
        end(call.id, call.record, call)
        count++
      }
      flush()
      return count
    },
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
    stats: () => ({ bytes: total, open: calls.size, held: held.length }),
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

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
 * writer. Appends are synchronous and whole; a reader of the same process never sees half a frame.
 */
export interface Spool {
  /** Before the first attempt. False: there is no room (the disk is full, or Postgres was away for too long), so the call must not be made. */
  begin(id: string, record: string): boolean
  /** Never fails: what the disk refuses is held in memory and tried again; until then `begin` says no. */
  end(id: string, record: string): void
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
}

const mebibyte = 1024 * 1024
const retryEveryMs = 500

/** Starts with segment 1. Throws where the folder cannot be written to. */
export function createSpool(options: SpoolOptions): Spool {
  const { folder, clock, logger, onEnd } = options
  const { syncEveryMs = 50, segmentBytes = 8 * mebibyte, bytesMax = 1024 * mebibyte, write = writeSync } = options
  const scratch = Buffer.allocUnsafe(frameBytesMax)
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
      for (const { record } of calls.values()) size += put(next, size, frameBegin, record)
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

  /** Throws what the disk says. A part of a frame that got written is written over by the next. */
  function put(into: number, at: number, kind: FrameKind, record: string): number {
    const length = encodeFrame(scratch, kind, record)
    for (let done = 0; done < length; ) done += write(into, scratch, done, length - done, at + done)
    return length
  }

  function append(kind: FrameKind, record: string): boolean {
    try {
      if (offset >= segmentBytes) openNext()
      const length = put(fd, offset, kind, record)
      offset += length
      total += length
      sizes.set(segment, offset)
      syncTimer ??= setTimeout(sync, syncEveryMs).unref()
      if (failing) logger.info({}, 'The spool can be written to again.')
      failing = false
      return true
    } catch (error) {
      if (!failing) logger.error({ error }, 'The spool cannot be written to: calls are refused until it can.')
      failing = true
      return false
    }
  }

  function end(id: string, record: string): void {
    if (fd >= 0 && held.size === 0 && append(frameEnd, record)) {
      settled(id)
      return
    }
    held.set(id, record)
    retryTimer ??= setTimeout(retry, retryEveryMs).unref()
  }

  function retry(): void {
    retryTimer = undefined
    for (const [id, record] of held) {
      if (fd < 0) return
      if (!append(frameEnd, record)) {
        retryTimer = setTimeout(retry, retryEveryMs).unref()
        return
      }
      settled(id)
    }
  }

  function settled(id: string): void {
    held.delete(id)
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
      if (!hasRoom() || !append(frameBegin, record)) return false
      calls.set(id, { record, sinceMs: clock.monotonicMs() })
      return true
    },
    end,
    abandon(beforeMs) {
      let count = 0
      for (const [id, call] of calls) {
        if (call.sinceMs >= beforeMs) break
        if (held.has(id)) continue
        end(id, call.record)
        count++
      }
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

import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { decodeFrames, type Frame, frameBytesMax } from './frame.ts'

/** A place in a holder's spool: everything before it is done. */
export interface SpoolPosition {
  segment: number
  byte: number
}

export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${segment}.spool`)
}

/** The numbers of the segments in a holder's folder, in the order they were written. */
export function listSegments(folder: string): number[] {
  const numbers = readdirSync(folder).flatMap((name) =>
    /^\d{1,12}\.spool$/.test(name) ? [Number.parseInt(name, 10)] : [],
  )
  return numbers.sort((one, other) => one - other)
}

export interface SegmentChunk {
  frames: Frame[]
  nextByte: number
  /** What follows `nextByte` is no whole frame and never will be, once the segment is no longer written to. */
  torn: boolean
}

const chunkBytes = 1024 * 1024

/**
 * Reads frames from one segment on, at most `chunkBytes` and `endsMax` end frames at a time. The frames are views into
 * one buffer: they are valid until the next call.
 */
export function createSegmentReader(
  folder: string,
  { onlyEnds = false }: { onlyEnds?: boolean } = {},
): {
  read(at: SpoolPosition, endsMax: number): SegmentChunk
  close(): void
} {
  const buffer = Buffer.allocUnsafe(chunkBytes + frameBytesMax)
  let open: { segment: number; fd: number } | undefined
  const close = () => {
    if (open) closeSync(open.fd)
    open = undefined
  }
  return {
    read(at, endsMax) {
      if (open?.segment !== at.segment) {
        close()
        open = { segment: at.segment, fd: openSync(segmentPath(folder, at.segment), 'r') }
      }
      const left = fstatSync(open!.fd).size - at.byte
      if (left <= 0) return { frames: [], nextByte: at.byte, torn: false }
      const length = readSync(open!.fd, buffer, 0, Math.min(left, buffer.length), at.byte)
      const { frames, consumed, rest } = decodeFrames(buffer.subarray(0, length), endsMax, onlyEnds)
      // The buffer holds more than one frame: where nothing was read from it, nothing can be.
      const torn = rest === 'bad' || (rest === 'short' && (length === left || consumed === 0))
      return { frames, nextByte: at.byte + consumed, torn }
    },
    close,
  }
}

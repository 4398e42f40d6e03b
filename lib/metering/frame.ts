import { crc32 } from 'node:zlib'

/**
 * A frame of the spool: length of the JSON (u32, little-endian), CRC-32 of all that follows it, version, kind, JSON.
 * `begin`: the call as it will be recorded if nothing more is heard of it. `end`: the record.
 */
export const frameBegin = 1
export const frameEnd = 2
export type FrameKind = typeof frameBegin | typeof frameEnd

const version = 1
const headerBytes = 10
const jsonBytesMax = 128 * 1024
export const frameBytesMax = headerBytes + jsonBytesMax

/** Writes the frame to `at`, behind which `frameBytesMax` must be free. Returns where it ends; throws RangeError where the JSON is too long. */
export function encodeFrame(into: Buffer, kind: FrameKind, json: string, at = 0): number {
  // A character is three bytes at most.
  if (json.length > jsonBytesMax / 3 && Buffer.byteLength(json) > jsonBytesMax)
    throw new RangeError(`A frame holds at most ${jsonBytesMax} bytes.`)
  const length = into.write(json, at + headerBytes)
  const end = at + headerBytes + length
  into.writeUInt32LE(length, at)
  into[at + 8] = version
  into[at + 9] = kind
  into.writeUInt32LE(crc32(into.subarray(at + 8, end)), at + 4)
  return end
}

export interface Frame {
  kind: FrameKind
  /** A view into the bytes that were read. */
  json: Buffer
}

export interface DecodedFrames {
  frames: Frame[]
  /** Bytes up to the end of the last whole frame. */
  consumed: number
  /** `short`: what follows is the beginning of a frame. `bad`: what follows is none. */
  rest: 'none' | 'short' | 'bad'
}

/** CRC-32 of the two bytes before the JSON. */
const seeds = { [frameBegin]: crc32(Buffer.of(version, frameBegin)), [frameEnd]: crc32(Buffer.of(version, frameEnd)) }

/**
 * Reads whole, undamaged frames until the bytes or `endsMax` end frames are used up. `onlyEnds`: begin frames are stepped
 * over, unread.
 */
export function decodeFrames(bytes: Buffer, endsMax = Number.POSITIVE_INFINITY, onlyEnds = false): DecodedFrames {
  const frames: Frame[] = []
  let consumed = 0
  for (let ends = 0; ends < endsMax; ) {
    const left = bytes.length - consumed
    if (left === 0) return { frames, consumed, rest: 'none' }
    if (left < headerBytes) return { frames, consumed, rest: 'short' }
    const length = bytes.readUInt32LE(consumed)
    if (length > jsonBytesMax) return { frames, consumed, rest: 'bad' }
    const end = consumed + headerBytes + length
    if (end > bytes.length) return { frames, consumed, rest: 'short' }
    const kind = bytes[consumed + 9]
    if (bytes[consumed + 8] !== version || (kind !== frameBegin && kind !== frameEnd))
      return { frames, consumed, rest: 'bad' }
    if (kind === frameEnd || !onlyEnds) {
      const json = bytes.subarray(consumed + headerBytes, end)
      if (crc32(json, seeds[kind]) !== bytes.readUInt32LE(consumed + 4)) return { frames, consumed, rest: 'bad' }
      frames.push({ kind, json })
    }
    if (kind === frameEnd) ends++
    consumed = end
  }
  return { frames, consumed, rest: 'none' }
}

const idFrom = '{"id":"'.length

/** The id of the request: the JSON of a frame begins with it. */
export function idOfFrame(json: Buffer): string {
  return json.toString('latin1', idFrom, json.indexOf('"', idFrom))
}

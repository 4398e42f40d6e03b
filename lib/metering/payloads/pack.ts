import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

/** One side of a call: its first bytes, and how many there were. */
export interface PayloadPart {
  kept: Uint8Array
  bytes: number
}

/** What is kept of one call. `answer` null: the caller got none. */
export interface Payload {
  requestId: string
  request: PayloadPart
  answer: PayloadPart | null
  /** The answer is a stream of events. */
  stream: boolean
}

/** Of one side of a call so many bytes are kept. */
export const partBytesMax = 4 * 1024 * 1024
/** Calls are packed together up to so many bytes, or one that is larger alone. */
export const packBytesMax = 1024 * 1024
export const packCallsMax = 256

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const opened = { maxOutputLength: 2 * partBytesMax + packBytesMax + 1024 * 1024 }

interface Entry {
  id: string
  request: [kept: number, bytes: number]
  answer?: [kept: number, bytes: number]
  stream?: true
}

/** Length of the index (u32, little-endian), the index as JSON, then request and answer of each call; compressed. */
export async function pack(payloads: readonly Payload[]): Promise<Buffer> {
  const entries = payloads.map(
    ({ requestId, request, answer, stream }): Entry => ({
      id: requestId,
      request: [request.kept.length, request.bytes],
      answer: answer ? [answer.kept.length, answer.bytes] : undefined,
      stream: stream || undefined,
    }),
  )
  const index = Buffer.from(JSON.stringify(entries))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(index.length)
  const bodies = payloads.flatMap(({ request, answer }) => (answer ? [request.kept, answer.kept] : [request.kept]))
  return compress(Buffer.concat([head, index, ...bodies]), level)
}

/** One call of a pack; null where it is not in it. Throws where the bytes are no pack. */
export async function unpack(packed: Buffer, requestId: string): Promise<Payload | null> {
  return (await unpackAll(packed)).find((payload) => payload.requestId === requestId) ?? null
}

/** All calls of a pack; their bytes are views of one buffer. Throws where the bytes are no pack. */
export async function unpackAll(packed: Buffer): Promise<Payload[]> {
  const bytes = await decompress(packed, opened)
  let at = 4 + bytes.readUInt32LE()
  const take = ([kept, total]: [number, number]): PayloadPart => {
    const part = { kept: bytes.subarray(at, at + kept), bytes: total }
    at += kept
    return part
  }
  return (JSON.parse(bytes.toString('utf8', 4, at)) as Entry[]).map((entry) => ({
    requestId: entry.id,
    request: take(entry.request),
    answer: entry.answer ? take(entry.answer) : null,
    stream: entry.stream === true,
  }))
}

/** What was kept of one side, as text. */
export function toText({ kept, bytes }: PayloadPart): { text: string; bytes: number; cut: boolean } {
  // A character that was cut through is left out.
  const isCut = kept.length < bytes
  return { text: new TextDecoder().decode(kept, { stream: isCut }), bytes, cut: isCut }
}

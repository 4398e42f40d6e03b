import { createReadStream } from 'node:fs'
import { createZstdDecompress } from 'node:zlib'
import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import { SealedSecrets } from './secrets.ts'

/*
 * A backup is one line of JSON that says what it is, then frames, compressed together: a letter, a length of four bytes
 * (big endian) and so many bytes. `T` begins a table (JSON), `D` is data of it as Postgres copies it as text, `E` ends the
 * backup and says how many rows each table had. What has no `E` was cut off.
 */

/** The first line. */
export const BackupHead = z.object({
  kind: z.literal('patchbay backup'),
  format: z.literal(1),
  madeAt: z.iso.datetime(),
  /** Those of the database, oldest first. */
  migrations: z.array(z.object({ name: z.string().max(255), checksum: z.string().max(64) })).max(10_000),
  /** Master keys and what else cannot be made again; null where they were left out. */
  secrets: SealedSecrets.nullable(),
})
export type BackupHead = z.infer<typeof BackupHead>

export const BackupTable = z.object({
  /** `schema.name`, quoted. */
  name: z.string().max(300),
  columns: z.array(z.string().max(100)).min(1).max(2_000),
  /** Days of its partitions, where it has some. */
  days: z.array(z.iso.date()).max(100_000),
})
export type BackupTable = z.infer<typeof BackupTable>

export const BackupEnd = z.object({ rows: z.record(z.string().max(300), z.number().int().min(0)) })
export type BackupEnd = z.infer<typeof BackupEnd>

export type FrameKind = 'T' | 'D' | 'E'

export interface Frame {
  kind: FrameKind
  bytes: Buffer
}

const headerBytes = 5
const headBytesMax = 4 * 1024 * 1024
/** Postgres sends a row at a time, and none of ours comes near. */
const frameBytesMax = 1024 * 1024 * 1024

/** The bytes of a frame. */
export function toFrame(kind: FrameKind, bytes: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes)
  header.write(kind, 0, 'latin1')
  header.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([header, bytes])
}

/** The first line of a file and where the frames begin. Throws `AppError` (`backup_unreadable`). */
export async function readHead(file: string): Promise<{ head: BackupHead; framesAt: number }> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of createReadStream(file, { end: headBytesMax }) as AsyncIterable<Buffer>) {
    const end = part.indexOf(10)
    parts.push(end < 0 ? part : part.subarray(0, end))
    bytes += parts.at(-1)!.length
    if (end >= 0) return { head: parseHead(Buffer.concat(parts).toString(), file), framesAt: bytes + 1 }
  }
  throw unreadable(`${file} is not a backup of Patchbay.`)
}

function parseHead(line: string, file: string): BackupHead {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (cause) {
    throw unreadable(`${file} is not a backup of Patchbay.`, cause)
  }
  const parsed = BackupHead.safeParse(json)
  if (parsed.success) return parsed.data
  const isNewer = typeof json === 'object' && json !== null && 'kind' in json && json.kind === 'patchbay backup'
  throw unreadable(
    isNewer
      ? `${file} was made by another release, whose backups this one cannot read.`
      : `${file} is not a backup of Patchbay.`,
  )
}

/** The frames of a file. Throws `AppError` (`backup_unreadable`) where it is damaged. */
export async function* readFrames(file: string, framesAt: number): AsyncGenerator<Frame> {
  const source = createReadStream(file, { start: framesAt })
  const stream = createZstdDecompress()
  source.on('error', (error) => stream.destroy(error))
  let held: Buffer = Buffer.alloc(0)
  try {
    for await (const part of source.pipe(stream) as AsyncIterable<Buffer>) {
      held = held.length === 0 ? part : Buffer.concat([held, part])
      let at = 0
      while (held.length - at >= headerBytes) {
        const length = held.readUInt32BE(at + 1)
        if (length > frameBytesMax) throw unreadable(`${file} is damaged.`)
        if (held.length - at < headerBytes + length) break
        const kind = held.toString('latin1', at, at + 1) as FrameKind
        yield { kind, bytes: held.subarray(at + headerBytes, at + headerBytes + length) }
        at += headerBytes + length
      }
      held = held.subarray(at)
    }
  } catch (cause) {
    if (cause instanceof AppError || !isOfTheFile(cause)) throw cause
    throw unreadable(`${file} is damaged or cut off: ${(cause as Error).message}`, cause)
  } finally {
    source.destroy()
    stream.destroy()
  }
  if (held.length > 0) throw unreadable(`${file} is cut off.`)
}

/** Trouble of reading and unpacking, not of what is done with the frames. */
function isOfTheFile(cause: unknown): boolean {
  const code = String((cause as { code?: unknown } | null)?.code ?? '')
  return (
    code.startsWith('ZSTD_') || code.startsWith('Z_') || code.startsWith('ERR_') || ['EIO', 'EISDIR'].includes(code)
  )
}

export function unreadable(message: string, cause?: unknown): AppError {
  return new AppError({ kind: 'precondition_failed', code: 'backup_unreadable', message, cause })
}

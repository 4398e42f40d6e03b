import type { Buffer } from 'node:buffer'
import type { Transform } from 'node:stream'
import { brotliDecompress, createBrotliDecompress, createGunzip, createInflate, gunzip, inflate } from 'node:zlib'
import type { AnswerHeaders } from './outcome.ts'

/** Nothing compressed is asked for; some servers compress all the same. */
export type Encoding = '' | 'gzip' | 'br' | 'deflate'

/** `''` for none, `unknown` for one that cannot be undone. */
export function encodingOf(header: string | string[] | undefined): Encoding | 'unknown' {
  const encoding = textOf(header).trim().toLowerCase()
  if (encoding === '' || encoding === 'identity') return ''
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip'
  return encoding === 'br' || encoding === 'deflate' ? encoding : 'unknown'
}

/** The headers of a body that was decompressed. */
export function withoutEncoding(headers: AnswerHeaders): AnswerHeaders {
  return { ...headers, 'content-encoding': undefined, 'content-length': undefined }
}

/** A header as one text. */
export function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.join(', ') ?? '')
}

/** Decompresses a whole body into at most `bytesMax`. */
export function decompress(
  encoding: Encoding,
  body: Buffer,
  bytesMax: number,
  done: (result: { ok: true; plain: Buffer } | { ok: false; isTooLarge: boolean }) => void,
): void {
  const decode: (
    bytes: Buffer,
    options: { maxOutputLength: number },
    done: (error: Error | null, plain: Buffer) => void,
  ) => void = encoding === 'gzip' ? gunzip : encoding === 'br' ? brotliDecompress : inflate
  decode(body, { maxOutputLength: bytesMax }, (error, plain) => {
    if (!error) done({ ok: true, plain })
    else done({ ok: false, isTooLarge: 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' })
  })
}

/** Decompresses a stream as it comes. */
export function createDecoder(encoding: Encoding): Transform {
  return encoding === 'gzip' ? createGunzip() : encoding === 'br' ? createBrotliDecompress() : createInflate()
}

import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** Pixels row by row, four bytes each: red, green, blue, alpha. */
export interface Picture {
  width: number
  height: number
  rgba: Uint8Array
}

/** Why bytes are not a picture that this server reads; `message` is safe to show. */
export class PictureError extends Error {
  override readonly name = 'PictureError'
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const pixelsMax = 4_194_304
const channelsByColourType: Partial<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** A PNG of 8-bit RGB; alpha is dropped. */
export function encodePng({ width, height, rgba }: Picture): Buffer {
  const stride = width * 3 + 1
  const raw = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    let at = y * stride + 1
    for (let x = 0, from = y * width * 4; x < width; x++, from += 4) {
      raw[at++] = rgba[from]!
      raw[at++] = rgba[from + 1]!
      raw[at++] = rgba[from + 2]!
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw, { level: 3 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, data: Buffer): Buffer {
  const framed = Buffer.alloc(data.length + 12)
  framed.writeUInt32BE(data.length, 0)
  framed.write(name, 4, 'latin1')
  data.copy(framed, 8)
  framed.writeUInt32BE(crc32(framed.subarray(4, 8 + data.length)), 8 + data.length)
  return framed
}

/** Reads a PNG of any colour type and depth that is not interlaced. Throws `PictureError`. */
export function decodePng(bytes: Buffer): Picture {
  if (!bytes.subarray(0, 8).equals(signature)) throw new PictureError('Only PNG pictures are read here.')
  let header: Buffer | undefined
  let palette: Buffer | undefined
  let transparency: Buffer | undefined
  const data: Buffer[] = []
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const name = bytes.toString('latin1', at + 4, at + 8)
    if (at + 12 + length > bytes.length) throw new PictureError('The PNG is cut off.')
    const body = bytes.subarray(at + 8, at + 8 + length)
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length))
      throw new PictureError('The PNG is damaged.')
    if (name === 'IHDR') header = body
    else if (name === 'PLTE') palette = body
    else if (name === 'tRNS') transparency = body
    else if (name === 'IDAT') data.push(body)
    else if (name === 'IEND') break
    at += 12 + length
  }
  if (header?.length !== 13 || data.length === 0) throw new PictureError('The PNG has no picture in it.')
  const width = header.readUInt32BE(0)
  const height = header.readUInt32BE(4)
  const depth = header[8]!
  const colourType = header[9]!
  const channels = channelsByColourType[colourType]
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw new PictureError('The PNG has an unknown colour type.')
  if (depth < 8 && channels > 1) throw new PictureError('The PNG has an unknown colour type.')
  if (header[12] !== 0) throw new PictureError('Interlaced PNGs are not read here.')
  if (width === 0 || height === 0 || width * height > pixelsMax)
    throw new PictureError('The PNG is larger than 2048 x 2048 pixels or empty.')
  const stride = Math.ceil((width * channels * depth) / 8)
  const raw = inflate(data, (stride + 1) * height)
  unfilter(raw, stride, height, Math.max(1, (channels * depth) / 8))
  return {
    width,
    height,
    rgba: toRgba(raw, { width, height, depth, colourType, channels, stride, palette, transparency }),
  }
}

function inflate(data: Buffer[], size: number): Buffer {
  try {
    const raw = inflateSync(Buffer.concat(data), { maxOutputLength: size })
    if (raw.length === size) return raw
  } catch {
    // Falls through to the one message: damaged, too long and cut off are the same to the caller.
  }
  throw new PictureError('The PNG is damaged.')
}

function unfilter(raw: Buffer, stride: number, height: number, pixelBytes: number): void {
  for (let y = 0; y < height; y++) {
    const row = y * (stride + 1) + 1
    const filter = raw[row - 1]!
    if (filter > 4) throw new PictureError('The PNG is damaged.')
    if (filter === 0) continue
    for (let x = 0; x < stride; x++) {
      const left = x >= pixelBytes ? raw[row + x - pixelBytes]! : 0
      const up = y > 0 ? raw[row + x - stride - 1]! : 0
      const upLeft = y > 0 && x >= pixelBytes ? raw[row + x - stride - 1 - pixelBytes]! : 0
      const guess = filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : paeth(left, up, upLeft)
      raw[row + x] = raw[row + x]! + guess
    }
  }
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft
  const byLeft = Math.abs(estimate - left)
  const byUp = Math.abs(estimate - up)
  const byUpLeft = Math.abs(estimate - upLeft)
  if (byLeft <= byUp && byLeft <= byUpLeft) return left
  return byUp <= byUpLeft ? up : upLeft
}

interface Layout {
  width: number
  height: number
  depth: number
  colourType: number
  channels: number
  stride: number
  palette: Buffer | undefined
  transparency: Buffer | undefined
}

function toRgba(raw: Buffer, layout: Layout): Uint8Array {
  const { width, height, depth, colourType, channels, stride, palette, transparency } = layout
  const rgba = new Uint8Array(width * height * 4)
  const highest = depth === 16 ? 255 : 2 ** depth - 1
  const sample = (row: number, index: number) => {
    if (depth === 8) return raw[row + index]!
    if (depth === 16) return raw[row + index * 2]!
    const bit = index * depth
    return (raw[row + (bit >> 3)]! >> (8 - depth - (bit & 7))) & highest
  }
  for (let y = 0, to = 0; y < height; y++) {
    const row = y * (stride + 1) + 1
    for (let x = 0; x < width; x++, to += 4) {
      const first = sample(row, x * channels)
      if (colourType === 3) {
        rgba[to] = palette?.[first * 3] ?? 0
        rgba[to + 1] = palette?.[first * 3 + 1] ?? 0
        rgba[to + 2] = palette?.[first * 3 + 2] ?? 0
        rgba[to + 3] = transparency?.[first] ?? 255
      } else if (channels <= 2) {
        const grey = depth < 8 ? Math.round((first * 255) / highest) : first
        rgba[to] = rgba[to + 1] = rgba[to + 2] = grey
        rgba[to + 3] = channels === 2 ? sample(row, x * 2 + 1) : 255
      } else {
        rgba[to] = first
        rgba[to + 1] = sample(row, x * channels + 1)
        rgba[to + 2] = sample(row, x * channels + 2)
        rgba[to + 3] = channels === 4 ? sample(row, x * 4 + 3) : 255
      }
    }
  }
  return rgba
}

import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { colours } from './colours.ts'
import { draw, planDrawing, readFileName, toFileName } from './drawing.ts'
import { lookAt, tellSight } from './picture-reader.ts'
import { decodePng, encodePng, PictureError } from './png.ts'
import { shapes } from './shapes.ts'

const look = (png: Buffer) => lookAt(decodePng(png))

describe('reading pictures', () => {
  for (const shape of Object.keys(shapes))
    for (const colour of Object.keys(colours))
      it(`sees a ${colour} ${shape}`, () => {
        for (const size of [32, 96, 257]) {
          const seen = look(draw({ width: size, height: size, colour, shape, seed: 3 }))
          expect(seen).toMatchObject({ colour, shape })
        }
      })

  it('reads pure colours as people name them', () => {
    const plain = (red: number, green: number, blue: number) => {
      const rgba = new Uint8Array(16 * 16 * 4)
      for (let at = 0; at < rgba.length; at += 4) rgba.set([red, green, blue, 255], at)
      return look(encodePng({ width: 16, height: 16, rgba })).colour
    }
    expect(plain(255, 0, 0)).toBe('red')
    expect(plain(0, 255, 0)).toBe('green')
    expect(plain(0, 0, 255)).toBe('blue')
    expect(plain(255, 255, 0)).toBe('yellow')
    expect(plain(255, 165, 0)).toBe('orange')
    expect(plain(128, 0, 128)).toBe('purple')
    expect(plain(255, 192, 203)).toBe('pink')
    expect(plain(0, 0, 0)).toBe('black')
    expect(plain(255, 255, 255)).toBe('white')
  })

  it('tells a rectangle from a square and an ellipse from a circle', () => {
    const wide = (inside: (x: number, y: number) => boolean) => {
      const rgba = new Uint8Array(100 * 60 * 4).fill(255)
      for (let y = 10; y < 50; y++)
        for (let x = 10; x < 90; x++)
          if (inside((x - 9.5) / 80, (y - 9.5) / 40)) rgba.set([0, 0, 255, 255], (y * 100 + x) * 4)
      return tellSight(look(encodePng({ width: 100, height: 60, rgba })))
    }
    expect(wide(shapes.square![0])).toBe('A blue rectangle.')
    expect(wide(shapes.circle![0])).toBe('A blue ellipse.')
  })

  it('says so where there is no figure', () => {
    const rgba = new Uint8Array(8 * 8 * 4).fill(255)
    expect(tellSight(look(encodePng({ width: 8, height: 8, rgba })))).toBe('A picture that is white all over.')
  })

  it('says "an orange circle"', () => {
    expect(tellSight({ colour: 'orange', shape: 'circle', background: 'white' })).toBe('An orange circle.')
  })
})

/** A PNG made here byte by byte, to not test the decoder with the encoder alone. */
function handmade(
  colourType: number,
  depth: number,
  width: number,
  rows: number[][],
  extra: [string, number[]][] = [],
  interlace = 0,
): Buffer {
  const real = encodePng({ width: 1, height: 1, rgba: new Uint8Array(4) })
  const table = Array.from({ length: 256 }, (_, index) => {
    let value = index
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
    return value >>> 0
  })
  const part = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
    let crc = 0xffffffff
    for (const byte of body) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
    const head = Buffer.alloc(4)
    head.writeUInt32BE(data.length)
    const tail = Buffer.alloc(4)
    tail.writeUInt32BE((crc ^ 0xffffffff) >>> 0)
    return Buffer.concat([head, body, tail])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(rows.length, 4)
  header.set([depth, colourType, 0, 0, interlace], 8)
  return Buffer.concat([
    real.subarray(0, 8),
    part('IHDR', header),
    ...extra.map(([name, data]) => part(name, Buffer.from(data))),
    part('IDAT', deflateSync(Buffer.from(rows.flat()))),
    part('IEND', Buffer.alloc(0)),
  ])
}

describe('PNG', () => {
  it('gives back the pixels that were encoded', () => {
    const rgba = Uint8Array.from({ length: 5 * 3 * 4 }, (_, index) => (index % 4 === 3 ? 255 : (index * 37) % 256))
    expect(decodePng(encodePng({ width: 5, height: 3, rgba }))).toEqual({ width: 5, height: 3, rgba })
  })

  it('undoes all five filters', () => {
    // One grey byte a pixel; every row says 10, 20, 30 in the words of its filter.
    const rows = [
      [0, 10, 20, 30],
      [1, 10, 10, 10],
      [2, 0, 0, 0],
      [3, 5, 5, 5],
      [4, 0, 0, 0],
    ]
    const { rgba } = decodePng(handmade(0, 8, 3, rows))
    const grey = (row: number) => [0, 1, 2].map((x) => rgba[(row * 3 + x) * 4])
    expect(grey(0)).toEqual([10, 20, 30])
    expect(grey(1)).toEqual([10, 20, 30])
    expect(grey(2)).toEqual([10, 20, 30])
    expect(grey(3)).toEqual([10, 20, 30])
    expect(grey(4)).toEqual([10, 20, 30])
  })

  it('reads palettes with transparency, small depths, 16 bits and grey with alpha', () => {
    const palette = decodePng(
      handmade(
        3,
        2,
        4,
        [[0, 0b00011011]],
        [
          ['PLTE', [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]],
          ['tRNS', [255, 128]],
        ],
      ),
    )
    expect([...palette.rgba]).toEqual([255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 255, 9, 9, 9, 255])
    expect([...decodePng(handmade(0, 1, 2, [[0, 0b01000000]])).rgba]).toEqual([0, 0, 0, 255, 255, 255, 255, 255])
    expect([...decodePng(handmade(2, 16, 1, [[0, 1, 99, 2, 99, 3, 99]])).rgba]).toEqual([1, 2, 3, 255])
    expect([...decodePng(handmade(4, 8, 1, [[0, 7, 8]])).rgba]).toEqual([7, 7, 7, 8])
  })

  it('refuses what is no PNG, cut off, damaged, interlaced or too large', () => {
    const good = encodePng({ width: 4, height: 4, rgba: new Uint8Array(64) })
    const flipped = Buffer.from(good)
    flipped[45] = flipped[45]! ^ 255
    const cases = [
      Buffer.from('GIF89a'),
      Buffer.alloc(0),
      good.subarray(0, 50),
      flipped,
      handmade(0, 8, 1, [[0, 1]], [], 1),
      handmade(0, 8, 5000, [[0], [0]]),
      handmade(0, 8, 3, [[0, 1]]),
      handmade(0, 8, 1, [[9, 1]]),
      handmade(5, 8, 1, [[0, 1]]),
    ]
    for (const bytes of cases) expect(() => decodePng(bytes)).toThrow(PictureError)
  })

  it('does not inflate more than the header promises', () => {
    const bomb = handmade(0, 8, 1, [new Array(1_000_000).fill(0)])
    expect(() => decodePng(bomb)).toThrow(PictureError)
  })
})

describe('drawing', () => {
  it('draws the colour and the shape of the prompt', () => {
    expect(look(draw(planDrawing('Three green stars, please', 64, 64, 0)))).toMatchObject({
      colour: 'green',
      shape: 'star',
    })
    expect(look(draw(planDrawing('a blue ball', 64, 64, 0)))).toMatchObject({ colour: 'blue', shape: 'circle' })
  })

  it('draws something for every prompt, and the same for the same', () => {
    expect(draw(planDrawing('a cat', 32, 32, 0)).equals(draw(planDrawing('a cat', 32, 32, 0)))).toBe(true)
    expect(planDrawing('a cat', 32, 32, 0)).not.toEqual(planDrawing('a cat', 32, 32, 1))
  })

  it('keeps a drawing in its file name', () => {
    const drawing = planDrawing('a cat', 320, 200, 0)
    expect(readFileName(toFileName(drawing))).toEqual(drawing)
    expect(readFileName('9999x9999-red-circle-1.png')).toBeUndefined()
    expect(readFileName('64x64-constructor-circle-1.png')).toBeUndefined()
  })
})

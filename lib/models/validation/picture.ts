import { crc32, deflateSync } from 'node:zlib'

/** A picture that cannot be guessed from its request: one of 12 colour and shape pairs, drawn large on white. */
export interface ProbePicture {
  dataUri: string
  colour: Colour
  shape: Shape
}

const colours = { red: [214, 32, 32], green: [24, 140, 48], blue: [24, 64, 220], black: [0, 0, 0] } as const
const shapes = ['circle', 'square', 'triangle'] as const
type Colour = keyof typeof colours
type Shape = (typeof shapes)[number]
const size = 64

/** `seed` is any whole number, 0 or above. */
export function drawProbePicture(seed: number): ProbePicture {
  const names = Object.keys(colours) as Colour[]
  const colour = names[seed % names.length]!
  const shape = shapes[Math.floor(seed / names.length) % shapes.length]!
  const png = encodePng(size, size, (x, y) => (isInside(shape, x, y) ? colours[colour] : [255, 255, 255]))
  return { dataUri: `data:image/png;base64,${png.toString('base64')}`, colour, shape }
}

/** True where the text names both, by the usual words for them. */
export function namesPicture(text: string, picture: Pick<ProbePicture, 'colour' | 'shape'>): boolean {
  const words = text.toLowerCase()
  const shapeWords = {
    circle: /circle|circular|round|disc|disk|dot|ball/,
    square: /square|rectang/,
    triangle: /triang/,
  }
  return new RegExp(`\\b${picture.colour}`).test(words) && shapeWords[picture.shape].test(words)
}

function isInside(shape: Shape, x: number, y: number): boolean {
  const dx = x - size / 2 + 0.5
  const dy = y - size / 2 + 0.5
  if (shape === 'circle') return dx * dx + dy * dy <= 22 * 22
  if (shape === 'square') return Math.abs(dx) <= 20 && Math.abs(dy) <= 20
  return dy >= -22 && dy <= 20 && Math.abs(dx) <= ((dy + 22) / 42) * 24
}

/** A truecolour PNG, 8 bits a channel. */
export function encodePng(width: number, height: number, pixel: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3))
  let at = 0
  for (let y = 0; y < height; y++) {
    rows[at++] = 0
    for (let x = 0; x < width; x++) for (const channel of pixel(x, y)) rows[at++] = channel
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    block('IHDR', header),
    block('IDAT', deflateSync(rows)),
    block('IEND', Buffer.alloc(0)),
  ])
}

function block(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(data.length, 0)
  body.copy(frame, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}

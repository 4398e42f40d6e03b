import { nameColour, type Rgb } from './colours.ts'
import type { Picture } from './png.ts'
import { shapes } from './shapes.ts'

export interface Sight {
  colour: string
  /** Absent where the picture has one colour all over. */
  shape?: string
  background: string
}

const gridSize = 32

/** Looks at a picture of one figure on a plain ground and says what it sees. */
export function lookAt(picture: Picture): Sight {
  const ground = mostCommon(
    picture,
    (x, y) => x === 0 || y === 0 || x === picture.width - 1 || y === picture.height - 1,
  )
  const background = nameColour(ground ?? [255, 255, 255])
  const isFigure = (at: number) => {
    if (picture.rgba[at + 3]! < 128) return false
    return ground === undefined || apart(ground, pixel(picture, at)) > 60
  }
  let [left, top, right, bottom, count] = [picture.width, picture.height, -1, -1, 0]
  for (let y = 0, at = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++, at += 4) {
      if (!isFigure(at)) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
      count += 1
    }
  }
  // A few stray pixels are noise, not a figure.
  if (count < Math.max(4, (picture.width * picture.height) / 1000)) return { colour: background, background }
  const colour = nameColour(mostCommon(picture, (x, y) => isFigure((y * picture.width + x) * 4)) ?? [0, 0, 0])
  const wide = right - left + 1
  const high = bottom - top + 1
  const mask = Array.from({ length: gridSize * gridSize }, (_, index) => {
    const x = left + Math.floor((((index % gridSize) + 0.5) * wide) / gridSize)
    const y = top + Math.floor(((Math.floor(index / gridSize) + 0.5) * high) / gridSize)
    return isFigure((y * picture.width + x) * 4)
  })
  return { colour, shape: stretch(nearestShape(mask), wide / high), background }
}

/** "A red circle." */
export function tellSight({ colour, shape }: Sight): string {
  const article = /^[aeiou]/.test(colour) ? 'An' : 'A'
  return shape ? `${article} ${colour} ${shape}.` : `A picture that is ${colour} all over.`
}

function nearestShape(mask: boolean[]): string {
  let best = { shape: 'shape', overlap: 0 }
  for (const [shape, poses] of Object.entries(shapes)) {
    for (const inside of poses) {
      let both = 0
      let either = 0
      for (const [index, filled] of mask.entries()) {
        const drawn = inside(((index % gridSize) + 0.5) / gridSize, (Math.floor(index / gridSize) + 0.5) / gridSize)
        if (drawn && filled) both += 1
        if (drawn || filled) either += 1
      }
      if (both / either > best.overlap) best = { shape, overlap: both / either }
    }
  }
  return best.shape
}

function stretch(shape: string, ratio: number): string {
  if (ratio > 0.85 && ratio < 1.18) return shape
  if (shape === 'square') return 'rectangle'
  return shape === 'circle' ? 'ellipse' : shape
}

function pixel({ rgba }: Picture, at: number): Rgb {
  return [rgba[at]!, rgba[at + 1]!, rgba[at + 2]!]
}

function apart(one: Rgb, other: Rgb): number {
  return Math.abs(one[0] - other[0]) + Math.abs(one[1] - other[1]) + Math.abs(one[2] - other[2])
}

/** The middle of the fullest of 512 boxes of colour; undefined where no opaque pixel was taken. */
function mostCommon(picture: Picture, take: (x: number, y: number) => boolean): Rgb | undefined {
  const boxes = new Map<number, [count: number, red: number, green: number, blue: number]>()
  let clear = 0
  for (let y = 0, at = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++, at += 4) {
      if (!take(x, y)) continue
      if (picture.rgba[at + 3]! < 128) {
        clear += 1
        continue
      }
      const [red, green, blue] = pixel(picture, at)
      const id = ((red >> 5) << 6) | ((green >> 5) << 3) | (blue >> 5)
      const box = boxes.get(id)
      if (box) {
        box[0] += 1
        box[1] += red
        box[2] += green
        box[3] += blue
      } else boxes.set(id, [1, red, green, blue])
    }
  }
  const fullest = [...boxes.values()].sort((one, other) => other[0] - one[0])[0]
  if (!fullest || fullest[0] < clear) return undefined
  const [count, red, green, blue] = fullest
  return [Math.round(red / count), Math.round(green / count), Math.round(blue / count)]
}

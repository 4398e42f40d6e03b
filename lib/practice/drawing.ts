import { colours, type Rgb } from './colours.ts'
import { hashText } from './hash.ts'
import { encodePng } from './png.ts'
import { shapes } from './shapes.ts'

/** Everything that decides a picture, short enough to stand in its URL. */
export interface Drawing {
  width: number
  height: number
  colour: string
  shape: string
  /** Varies the ground and the place. */
  seed: number
}

const aliases: Record<string, string> = {
  ball: 'circle',
  sun: 'circle',
  moon: 'circle',
  dot: 'circle',
  disc: 'circle',
  box: 'square',
  house: 'square',
  cube: 'square',
  mountain: 'triangle',
  pyramid: 'triangle',
  tree: 'triangle',
  plus: 'cross',
  gray: 'grey',
  violet: 'purple',
}

/** What a prompt asks for; what it leaves open is chosen by its hash. */
export function planDrawing(prompt: string, width: number, height: number, index: number): Drawing {
  const words =
    prompt
      .toLowerCase()
      .match(/\p{L}+/gu)
      ?.map((word) => aliases[word] ?? word) ?? []
  const seed = hashText(prompt.slice(0, 10_000), index)
  const find = (names: string[]) =>
    words.find((word) => names.includes(word)) ??
    words.map((word) => word.replace(/s$/, '')).find((word) => names.includes(word))
  const colourNames = Object.keys(colours)
  const shapeNames = Object.keys(shapes)
  return {
    width,
    height,
    // The last two of the table are the grounds.
    colour: find(colourNames) ?? colourNames[seed % (colourNames.length - 2)]!,
    shape: find(shapeNames) ?? shapeNames[(seed >>> 8) % shapeNames.length]!,
    seed,
  }
}

/** The drawing as a PNG: one figure in the middle of a plain ground. */
export function draw({ width, height, colour, shape, seed }: Drawing): Buffer {
  const figure = colours[colour] ?? colours.red!
  const inside = (shapes[shape] ?? shapes.circle!)[0]
  const ground: Rgb = colour === 'white' ? [38, 50, 56] : [250, 250, 250 - (seed % 8)]
  const size = Math.min(width, height) * (0.5 + (seed % 5) * 0.05)
  const left = (width - size) / 2
  const top = (height - size) / 2
  const rgba = new Uint8Array(width * height * 4)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const across = (x + 0.5 - left) / size
      const down = (y + 0.5 - top) / size
      const hit = across >= 0 && across < 1 && down >= 0 && down < 1 && inside(across, down)
      const [red, green, blue] = hit ? figure : ground
      rgba[at] = red
      rgba[at + 1] = green
      rgba[at + 2] = blue
      rgba[at + 3] = 255
    }
  }
  return encodePng({ width, height, rgba })
}

const namePattern = /^(\d{2,4})x(\d{2,4})-([a-z]+)-([a-z]+)-([0-9a-f]{1,8})\.png$/

/** A drawing as a file name, and back: the server keeps no pictures, it draws them again. */
export function toFileName({ width, height, colour, shape, seed }: Drawing): string {
  return `${width}x${height}-${colour}-${shape}-${seed.toString(16)}.png`
}

export function readFileName(name: string): Drawing | undefined {
  const [, width, height, colour, shape, seed] = namePattern.exec(name) ?? []
  if (!colour || !shape || !seed || !Object.hasOwn(colours, colour) || !Object.hasOwn(shapes, shape)) return undefined
  const drawing = { width: Number(width), height: Number(height), colour, shape, seed: Number.parseInt(seed, 16) }
  return drawing.width <= 2048 && drawing.height <= 2048 ? drawing : undefined
}

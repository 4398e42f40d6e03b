import { z } from 'zod'
import { EmbeddingList } from '#lib/openai/wire/answers.ts'
import { parseJson } from '../datasets/row-content.ts'

/** The vectors of an answer in the order of what was asked; null where they are not that many, or no numbers. */
export function readEmbeddings(body: unknown, count: number): number[][] | null {
  const list = EmbeddingList.safeParse(body)
  if (!list.success || list.data.data.length !== count) return null
  const vectors: number[][] = []
  for (const [at, { index, embedding }] of list.data.data.entries()) vectors[index ?? at] = decode(embedding)
  const [first] = vectors
  const isWhole = vectors.length === count && first !== undefined && first.length > 0
  return isWhole && Array.from(vectors).every((vector) => vector?.length === first.length) ? vectors : null
}

function decode(embedding: number[] | string): number[] {
  if (typeof embedding !== 'string') return embedding
  const bytes = Buffer.from(embedding, 'base64')
  return Array.from({ length: bytes.length >> 2 }, (_, at) => bytes.readFloatLE(at * 4))
}

/** Vectors as an answer and a row hold them: one as a list of numbers, several as a list of lists. */
export function writeVectors(vectors: readonly number[][]): unknown {
  // What a server computes with has seven digits that mean something.
  const rounded = vectors.map((vector) => vector.map((figure) => Number(figure.toPrecision(7))))
  return rounded.length === 1 ? rounded[0] : rounded
}

/** What `writeVectors` wrote, or its JSON; null where it is something else. */
export function parseVectors(value: unknown): number[][] | null {
  const parsed = typeof value === 'string' ? parseJson(value) : value
  const several = Vectors.safeParse(Array.isArray(parsed) && typeof parsed[0] === 'number' ? [parsed] : parsed)
  if (!several.success) return null
  const [first] = several.data
  return several.data.every((vector) => vector.length === first!.length) ? several.data : null
}

const Vectors = z.array(z.array(z.number()).min(1)).min(1)

/** The JSON of vectors in few words: `A vector of 512 figures: 0, -0.0586, 0.167, …`. Itself where it is something else. */
export function describeVectors(json: string): string {
  const [, opening, figures] = /^(\[\[?)((?:-?[\d.e+-]+,?){1,4})/.exec(json) ?? []
  if (!opening || !figures) return json
  const end = json.indexOf(']')
  const size = json.slice(opening.length, end).split(',').length
  const count = opening === '[' ? 1 : json.split('],[').length
  const first = figures
    .replace(/,$/, '')
    .split(',')
    .map((figure) => Number(Number(figure).toPrecision(3)))
  const what = count === 1 ? 'A vector' : `${count} vectors`
  return `${what} of ${size.toLocaleString('en')} figures: ${first.join(', ')}, …`
}

/** The cosine of the angle between two vectors of one length, -1 to 1; 0 where one has no direction. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  let product = 0
  let oneSquare = 0
  let otherSquare = 0
  for (let at = 0; at < one.length; at++) {
    product += one[at]! * other[at]!
    oneSquare += one[at]! ** 2
    otherSquare += other[at]! ** 2
  }
  const lengths = Math.sqrt(oneSquare) * Math.sqrt(otherSquare)
  return lengths === 0 ? 0 : Math.max(-1, Math.min(1, product / lengths))
}

import { hashText } from './hash.ts'

export const dimensionsDefault = 512

const commonWords = new Set(
  'a an and are as at be but by for from has have i in is it its of on or that the this to was were will with you your'.split(
    ' ',
  ),
)

/**
 * A unit vector for a text or a list of token ids: hashed words and parts of words, so that texts which share them are near
 * each other. Fewer dimensions are the beginning of the full vector, made a unit again.
 */
export function embed(input: string | readonly number[], dimensions = dimensionsDefault): Float32Array {
  const full = new Float64Array(dimensionsDefault)
  if (typeof input === 'string') addText(full, input)
  else for (const [index, token] of input.entries()) addFeature(full, `t${token}`, index < 10_000 ? 1 : 0)
  const cut = full.subarray(0, dimensions)
  // Never the zero vector: it has no direction.
  if (cut.every((value) => value === 0)) cut[0] = 1
  let length = 0
  for (const value of cut) length += value * value
  const norm = Math.sqrt(length) || 1
  return Float32Array.from(cut, (value) => value / norm)
}

function addText(vector: Float64Array, text: string): void {
  const words =
    text
      .toLowerCase()
      .slice(0, 100_000)
      .match(/[\p{L}\p{N}]+/gu) ?? []
  for (const word of words) {
    const weight = commonWords.has(word) ? 0.15 : 1
    addFeature(vector, `w${stem(word)}`, weight)
    const padded = `^${word}$`
    for (let index = 0; index + 3 <= padded.length; index++)
      addFeature(vector, `g${padded.slice(index, index + 3)}`, weight * 0.35)
  }
  if (words.length === 0) addFeature(vector, text.slice(0, 1_000), 1)
}

function stem(word: string): string {
  const root = word.length > 4 ? word.replace(/(?:ing|ed|s|ly)$/, '') : word
  return root.length > 3 ? root.replace(/e$/, '').replace(/(.)\1$/, '$1') : root
}

/** Each feature touches eight places, so that it survives a cut to fewer dimensions. */
function addFeature(vector: Float64Array, feature: string, weight: number): void {
  const hash = hashText(feature)
  for (let place = 0; place < 8; place++) {
    const mixed = Math.imul(hash ^ (place * 0x9e3779b9), 0x85ebca6b) >>> 0
    const index = (mixed >>> 4) % vector.length
    vector[index] = vector[index]! + (mixed & 1 ? weight : -weight)
  }
}

/** The vector as OpenAI sends base64: 32-bit floats, little-endian. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}

import { expect, it } from 'vitest'
import { embed, toBase64 } from './embedding.ts'

function near(one: string, other: string, dimensions?: number): number {
  const [a, b] = [embed(one, dimensions), embed(other, dimensions)]
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0)
}

it('gives equal texts equal vectors of length 1', () => {
  expect(embed('The cat sat.')).toEqual(embed('The cat sat.'))
  expect(near('The cat sat.', 'The cat sat.')).toBeCloseTo(1, 5)
  expect(near('', '')).toBeCloseTo(1, 5)
})

it('puts similar texts nearer than foreign ones, also with few dimensions', () => {
  for (const dimensions of [512, 256, 64]) {
    const similar = near('How do I reset my password?', 'I forgot my password, how can I reset it?', dimensions)
    const foreign = near('How do I reset my password?', 'The weather in Lisbon is sunny today', dimensions)
    expect(similar).toBeGreaterThan(foreign + 0.3)
  }
  expect(near('running shoes', 'run shoe')).toBeGreaterThan(near('running shoes', 'kitchen table') + 0.3)
})

it('makes shorter vectors units again', () => {
  const short = embed('hello', 8)
  expect(short.length).toBe(8)
  expect(Math.hypot(...short)).toBeCloseTo(1, 5)
  for (const text of ['a', 'hello', '']) expect(Math.abs(embed(text, 1)[0]!)).toBe(1)
})

it('tells token lists apart', () => {
  expect(embed([1, 2, 3])).not.toEqual(embed([4, 5, 6]))
})

it('writes the same numbers as base64 and as floats', () => {
  const vector = embed('hello', 16)
  const bytes = Buffer.from(toBase64(vector), 'base64')
  expect(Array.from({ length: 16 }, (_, index) => bytes.readFloatLE(index * 4))).toEqual([...vector])
})

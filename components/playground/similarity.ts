/** Cosine of the angle of each two vectors, from -1 to 1; 0 where one of them has no length or they differ in length. */
export function similarities(vectors: readonly (readonly number[])[]): number[][] {
  const lengths = vectors.map((vector) => Math.sqrt(dot(vector, vector)))
  return vectors.map((one, row) =>
    vectors.map((other, column) => {
      const product = lengths[row]! * lengths[column]!
      if (product === 0 || one.length !== other.length) return 0
      return row === column ? 1 : Math.max(-1, Math.min(1, dot(one, other) / product))
    }),
  )
}

function dot(one: readonly number[], other: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < one.length; index++) sum += one[index]! * (other[index] ?? 0)
  return sum
}

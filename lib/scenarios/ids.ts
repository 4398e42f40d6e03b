import { createHash } from 'node:crypto'
import type { IdPrefix } from '#lib/core/ids.ts'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** The id that these parts always give, in the shape that `newId` makes. */
export function fixedId(prefix: IdPrefix, ...parts: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(parts)).digest()
  return `${prefix}_${Array.from(bytes.subarray(0, 24), (byte) => alphabet[byte & 31]).join('')}`
}

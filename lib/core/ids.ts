/** Prefixes of the ids of Patchbay's objects; an id tells what it names. */
export type IdPrefix =
  | 'usr'
  | 'wsp'
  | 'inv'
  | 'key'
  | 'mdl'
  | 'prc'
  | 'val'
  | 'aud'
  | 'ntc'
  | 'req'
  | 'dep'
  | 'rel'
  | 'run'
  | 'hld'
  | 'lse'
  | 'aep'
  | 'itk'
  | 'bud'
  | 'lim'
  | 'slt'
  | 'dts'
  | 'row'
  | 'imp'
  | 'evl'
  | 'exp'
  | 'pay'
  | 'pky'
  | 'plk'
  | 'fbk'
  | 'rct'
  | 'alr'
  | 'alc'
  | 'ald'

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new id: `<prefix>_` + 10 characters of milliseconds + 3 that count within the millisecond + 11 random ones
 * (55 bits), base 32 without look-alikes. Ids of one prefix sort by the time they were made, those that one process
 * makes in a row at one time by their order.
 */
export function newId(prefix: IdPrefix, atMs: number = Date.now()): string {
  count = atMs === countedAtMs ? count + 1 : 0
  countedAtMs = atMs
  const bytes = randomBytes11()
  let random = ''
  for (let index = 0; index < 11; index++) random += alphabet[bytes[index]! & 31]
  return `${prefix}_${digits(atMs, 10)}${digits(count, 3)}${random}`
}

let countedAtMs = 0
let count = 0

/** The lowest `length` digits of a whole number, most significant first. */
function digits(value: number, length: number): string {
  let text = ''
  for (let rest = value, digit = 0; digit < length; digit++) {
    text = alphabet[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** The millisecond at which an id was made. Only for what `isId` accepts. */
export function timeOfId(id: string): number {
  const from = id.indexOf('_') + 1
  let timeMs = 0
  for (let digit = 0; digit < 10; digit++) timeMs = timeMs * 32 + alphabet.indexOf(id[from + digit]!)
  return timeMs
}

// One call to the generator serves many ids: a call costs more than the bytes it returns.
const pool = new Uint8Array(11 * 256)
let used = pool.length
function randomBytes11(): Uint8Array {
  if (used >= pool.length) {
    globalThis.crypto.getRandomValues(pool)
    used = 0
  }
  const bytes = pool.subarray(used, used + 11)
  used += 11
  return bytes
}

/** True where `value` has the shape of an id with this prefix. Says nothing about its existence. */
export function isId(prefix: IdPrefix, value: string): boolean {
  return (
    value.length === prefix.length + 25 &&
    value.startsWith(`${prefix}_`) &&
    /^[0-9a-hjkmnp-tv-z]{24}$/.test(value.slice(prefix.length + 1))
  )
}

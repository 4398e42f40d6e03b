import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** A caller's key taken apart: `pb_<env>_<public id>_<secret>_<crc32>`. */
export interface KeyText {
  publicId: string
  secret: string
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const publicIdLength = 12
// 32 characters of base 62 are 190.5 bits.
const secretLength = 32
const checksumLength = 6
/** Kinds of installation may follow; the text keeps a place for them. */
const environment = 'live'
const pattern = new RegExp(
  `^pb_[a-z]{1,8}_([0-9A-Za-z]{${publicIdLength}})_([0-9A-Za-z]{${secretLength}})_([0-9A-Za-z]{${checksumLength}})$`,
)

/** A new key. The whole text leaves in one answer and is kept nowhere. */
export function makeKeyText(): KeyText & { text: string } {
  const publicId = randomText(publicIdLength)
  const secret = randomText(secretLength)
  const body = `pb_${environment}_${publicId}_${secret}`
  return { publicId, secret, text: `${body}_${checksum(body)}` }
}

/** Null for anything that is not a key as we make them: a typing error never costs a look-up. */
export function parseKeyText(text: string): KeyText | null {
  const match = pattern.exec(text)
  if (!match) return null
  const end = text.length - checksumLength - 1
  return checksum(text.slice(0, end)) === match[3] ? { publicId: match[1]!, secret: match[2]! } : null
}

/** SHA-256 of pepper and secret, in hexadecimal. The secret is random: nothing slower is needed. */
export function hashKeySecret(pepper: string, secret: string): string {
  return hash('sha256', `${pepper}.${secret}`, 'hex')
}

/** Compares in constant time; both are hashes in hexadecimal. */
export function isSameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1'))
}

/** What lists and the audit show of a key. */
export function keyHint(publicId: string, lastFour: string): string {
  return `pb_${environment}_${publicId}_…${lastFour}`
}

/** The last four characters of the secret, kept to tell keys apart. */
export function lastFourOf(secret: string): string {
  return secret.slice(-4)
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 248 = 4 × 62: bytes above would make the first characters likelier.
      if (byte < 248 && text.length < length) text += alphabet[byte % 62]
    }
  }
  return text
}

function checksum(body: string): string {
  let rest = crc32(body)
  let text = ''
  for (let digit = 0; digit < checksumLength; digit++) {
    text = alphabet[rest % 62] + text
    rest = Math.floor(rest / 62)
  }
  return text
}

import { createHmac, randomBytes } from 'node:crypto'

/** A new secret; the whole text, prefix included, is the key of the HMAC. */
export function newSecret(): string {
  return `pbwh_${randomBytes(32).toString('base64url')}`
}

/** HMAC-SHA-256 over `<timestamp>.<raw body>`, as `v1=<hexadecimal>`. `timestamp`: seconds since the epoch. */
export function signBody(secret: string, timestamp: number, body: Uint8Array): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`
}

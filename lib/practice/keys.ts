import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from './refusal.ts'

const keyShape = /^sk-practice-[A-Za-z0-9]{8,64}$/
const revokedMax = 10_000

export type KeyHeader = 'authorization' | 'api-key' | 'x-api-key'

/** A key as it may be shown: its ends only. */
export function maskKey(key: string): string {
  return key.length <= 12 ? key.replace(/.(?=.{2})/g, '*') : `${key.slice(0, 8)}****${key.slice(-4)}`
}

/** The credential of a call, wherever servers take it; '' without one. Bounded, because it becomes a name in the account. */
export function readKey(headers: IncomingHttpHeaders, only?: KeyHeader): string {
  const take = (name: KeyHeader) => (only === undefined || only === name ? headers[name] : undefined)
  const bearer = /^bearer\s+(.*)$/i.exec(String(take('authorization') ?? ''))?.[1]
  const found = bearer ?? take('api-key') ?? take('x-api-key') ?? ''
  return String(found).trim().slice(0, 256)
}

/** Which keys are good: every `sk-practice-` key of the right shape, until it is revoked. */
export class Keys {
  readonly #revoked = new Set<string>()

  /** False where the text was never a valid key, or no more can be remembered. */
  revoke(key: string): boolean {
    if (!keyShape.test(key) || this.#revoked.size >= revokedMax) return false
    this.#revoked.add(key)
    return true
  }

  isGood(key: string): boolean {
    return keyShape.test(key) && !this.#revoked.has(key)
  }

  require(key: string): void {
    if (this.isGood(key)) return
    const message =
      key === ''
        ? "You didn't provide an API key. Send it as 'Authorization: Bearer sk-practice-...'."
        : `Incorrect API key provided: ${maskKey(key)}. A practice key is sk-practice- and 8 to 64 letters or digits.`
    throw new Refusal(401, message, { code: 'invalid_api_key' })
  }
}

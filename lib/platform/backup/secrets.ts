import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'

/** What an installation cannot make again: without the first nothing sealed opens, without the second no key is known. */
export interface BackupSecrets {
  masterKeys: string
  keyPepper: string
  sessionSecret: string
  practiceKey: string
}

const base64 = z.base64().max(8_192)
export const SealedSecrets = z.object({
  /** scrypt with N = 2^`cost`, r = 8, p = 1. */
  cost: z.number().int().min(14).max(20),
  salt: base64,
  iv: base64,
  /** AES-256-GCM of the JSON, with its tag behind. */
  sealed: base64,
})
export type SealedSecrets = z.infer<typeof SealedSecrets>

export const passphraseMin = 12
const cost = 17
const ivBytes = 12
const tagBytes = 16

/** Seals secrets under a passphrase. */
export function sealSecrets(secrets: BackupSecrets, passphrase: string): SealedSecrets {
  const salt = randomBytes(16)
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', keyOf(passphrase, salt, cost), iv)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final(), cipher.getAuthTag()])
  return { cost, salt: salt.toString('base64'), iv: iv.toString('base64'), sealed: sealed.toString('base64') }
}

/** Throws `AppError` (`backup_passphrase`) for another passphrase or a changed byte. */
export function openSecrets({ cost, salt, iv, sealed }: SealedSecrets, passphrase: string): BackupSecrets {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const key = keyOf(passphrase, Buffer.from(salt, 'base64'), cost)
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: tagBytes })
    decipher.setAuthTag(bytes.subarray(-tagBytes))
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()])
    return JSON.parse(plain.toString()) as BackupSecrets
  } catch {
    throw new AppError({
      kind: 'invalid_input',
      code: 'backup_passphrase',
      message: 'The passphrase is not the one that the keys of this backup were sealed with.',
    })
  }
}

function keyOf(passphrase: string, salt: Buffer, cost: number): Buffer {
  // By form: the same words typed on another machine must be the same bytes.
  return scryptSync(passphrase.normalize('NFC'), salt, 32, { N: 2 ** cost, r: 8, p: 1, maxmem: 2 ** cost * 1_100 })
}

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { AppError } from '#lib/core/errors.ts'

/** What a sealed value belongs to. All of it is associated data: an envelope moved elsewhere does not open. */
export interface SealedPlace {
  /** The kind of secret, for example `provider-key`; also picks the sub-key. */
  purpose: string
  workspaceId: string
  table: string
  row: string
  field: string
}

export interface MasterKey {
  id: string
  key: Buffer
}

export interface SecretBox {
  /** Seals text as `v1.<key id>.<wrapped data key>.<iv>.<ciphertext+tag>`, parts in base64url. */
  seal(plain: string, place: SealedPlace): string
  /** Opens an envelope. Throws `sealed_value_unreadable` for a foreign place, an unknown key or a changed byte. */
  open(envelope: string, place: SealedPlace): string
  /** The same value under the active key; null where it is already. Throws as `open` does. */
  rewrap(envelope: string, place: SealedPlace): string | null
  /** A new key for many values of one kind, and the envelope that it is stored in. */
  newDataKey(place: SealedPlace): { key: DataKey; envelope: string }
  /** The key in an envelope of `newDataKey`. Throws as `open` does. */
  openDataKey(envelope: string, place: SealedPlace): DataKey
  /** HMAC-SHA256 in base64url under a sub-key of the active master key: a new master key gives new hashes. */
  keyedHash(purpose: string, value: string): string
  /** True where the envelope is under another key than the active one. */
  isStale(envelope: string): boolean
  readonly activeKeyId: string
}

/** Seals many values under one key: what `about` says of a value is bound to it. At most 2^32 values a key. */
export interface DataKey {
  /** iv + ciphertext + tag */
  seal(plain: Uint8Array, about: string): Buffer
  /** Throws `sealed_value_unreadable` where the bytes or `about` are others. */
  open(sealed: Buffer, about: string): Buffer
}

const envelopeVersion = 'v1'
const cipherName = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

/** AES-256-GCM envelopes: a data key for each value, wrapped under a sub-key (HKDF) of a master key. */
export function createSecretBox(masterKeys: readonly MasterKey[]): SecretBox {
  const active = masterKeys[0]
  if (!active)
    throw new AppError({ kind: 'precondition_failed', code: 'master_key', message: 'There is no master key.' })
  const byId = new Map(masterKeys.map((key) => [key.id, key]))
  const subKeys = new Map<string, Buffer>()

  function subKey(master: MasterKey, purpose: string): Buffer {
    const name = `${master.id} ${purpose}`
    let key = subKeys.get(name)
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', master.key, Buffer.alloc(0), `patchbay/${purpose}`, 32))
      // Purposes are words of the code, never data: the map stays small.
      subKeys.set(name, key)
    }
    return key
  }

  function wrap(dataKey: Buffer, place: SealedPlace): string {
    const iv = randomBytes(ivBytes)
    const wrapped = encrypt(subKey(active!, place.purpose), iv, dataKey, associated(place))
    return Buffer.concat([iv, wrapped]).toString('base64url')
  }

  function unwrap(envelope: string, place: SealedPlace): { dataKey: Buffer; iv: Buffer; sealed: Buffer } {
    const parts = envelope.split('.')
    const master = byId.get(parts[1] ?? '')
    if (parts.length !== 5 || parts[0] !== envelopeVersion || !master) throw unreadable(place, 'unknown version or key')
    const [wrapped, iv, sealed] = parts.slice(2).map((part) => Buffer.from(part, 'base64url')) as [
      Buffer,
      Buffer,
      Buffer,
    ]
    try {
      const wrapIv = wrapped.subarray(0, ivBytes)
      const dataKey = decrypt(subKey(master, place.purpose), wrapIv, wrapped.subarray(ivBytes), associated(place))
      return { dataKey, iv, sealed }
    } catch {
      // The cause says nothing but that the tag is wrong.
      throw unreadable(place, 'the tag does not fit')
    }
  }

  const box: SecretBox = {
    activeKeyId: active.id,
    newDataKey(place) {
      const key = randomBytes(32)
      return { key: toDataKey(key, place), envelope: box.seal(key.toString('base64'), place) }
    },
    openDataKey: (envelope, place) => toDataKey(Buffer.from(box.open(envelope, place), 'base64'), place),
    seal(plain, place) {
      const dataKey = randomBytes(32)
      const iv = randomBytes(ivBytes)
      const sealed = encrypt(dataKey, iv, Buffer.from(plain, 'utf8'), associated(place))
      const wrapped = wrap(dataKey, place)
      dataKey.fill(0)
      return [envelopeVersion, active.id, wrapped, iv.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open(envelope, place) {
      const { dataKey, iv, sealed } = unwrap(envelope, place)
      try {
        return decrypt(dataKey, iv, sealed, associated(place)).toString('utf8')
      } catch {
        throw unreadable(place, 'the tag does not fit')
      }
    },
    rewrap(envelope, place) {
      if (!box.isStale(envelope)) return null
      const { dataKey } = unwrap(envelope, place)
      // What was sealed stays as it is, under the same data key.
      return [envelopeVersion, active.id, wrap(dataKey, place), ...envelope.split('.').slice(3)].join('.')
    },
    keyedHash: (purpose, value) =>
      createHmac('sha256', subKey(active, `hash/${purpose}`))
        .update(value)
        .digest('base64url'),
    isStale: (envelope) => envelope.split('.')[1] !== active.id,
  }
  return box
}

function toDataKey(key: Buffer, place: SealedPlace): DataKey {
  return {
    seal(plain, about) {
      const iv = randomBytes(ivBytes)
      return Buffer.concat([iv, encrypt(key, iv, plain, Buffer.from(about))])
    },
    open(sealed, about) {
      try {
        return decrypt(key, sealed.subarray(0, ivBytes), sealed.subarray(ivBytes), Buffer.from(about))
      } catch {
        throw unreadable(place, 'the tag does not fit')
      }
    },
  }
}

/** Where the canary envelope is kept: the row `canary` of `settings`. */
export interface CanaryStore {
  /** Writes the envelope unless there is one, and returns the one that stands. */
  keep(envelope: string): Promise<string>
  /** Writes it over the one that stands. */
  replace(envelope: string): Promise<void>
}

const canaryPlace: SealedPlace = {
  purpose: 'canary',
  workspaceId: '',
  table: 'settings',
  row: 'canary',
  field: 'value',
}

/** Start stops here when the master keys are not those that sealed this database. */
export async function checkCanary(box: SecretBox, store: Pick<CanaryStore, 'keep'>): Promise<void> {
  const envelope = await store.keep(box.seal('patchbay', canaryPlace))
  try {
    box.open(envelope, canaryPlace)
  } catch {
    const id = envelope.split('.')[1]
    throw new AppError({
      kind: 'precondition_failed',
      code: 'master_key',
      message:
        `PATCHBAY_MASTER_KEYS does not open this database, which was sealed with the key "${id}". ` +
        'Start with the master keys it was made with: those of its data folder or of your backup. ' +
        'Where they are lost: npm run patchbay -- recover --without-master-key',
    })
  }
}

/** Seals the canary with the active key. */
export async function renewCanary(box: SecretBox, store: Pick<CanaryStore, 'replace'>): Promise<void> {
  await store.replace(box.seal('patchbay', canaryPlace))
}

/** The canary's store in the database; `query` runs as `patchbay_system`. */
export function canaryStore(query: (sql: string, values: unknown[]) => Promise<{ rows: unknown[] }>): CanaryStore {
  return {
    async keep(envelope) {
      const value = JSON.stringify({ envelope })
      await query(`INSERT INTO settings (key, value) VALUES ('canary', $1::jsonb) ON CONFLICT (key) DO NOTHING`, [
        value,
      ])
      const { rows } = await query(`SELECT value->>'envelope' AS envelope FROM settings WHERE key = 'canary'`, [])
      return (rows[0] as { envelope: string }).envelope
    },
    async replace(envelope) {
      await query(
        `INSERT INTO settings (key, value) VALUES ('canary', $1::jsonb) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [JSON.stringify({ envelope })],
      )
    },
  }
}

function associated(place: SealedPlace): Buffer {
  // JSON keeps the parts apart: no two places share one text.
  return Buffer.from(JSON.stringify([place.purpose, place.workspaceId, place.table, place.row, place.field]))
}

function encrypt(key: Buffer, iv: Buffer, plain: Uint8Array, bound: Buffer): Buffer {
  const cipher = createCipheriv(cipherName, key, iv)
  cipher.setAAD(bound)
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, iv: Buffer, sealed: Buffer, bound: Buffer): Buffer {
  const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes })
  decipher.setAAD(bound)
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()])
}

function unreadable(place: SealedPlace, why: string): AppError {
  return new AppError({
    kind: 'internal',
    code: 'sealed_value_unreadable',
    message: 'A stored secret cannot be opened. Enter it again.',
    internal: `${place.table}.${place.field} of ${place.row}: ${why}`,
  })
}

import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { hashKeySecret, isSameHash, parseKeyText } from './key-text.ts'
import type { Actor, KeyScope } from './schema.ts'

/** Who calls the gateway, found in memory. */
export interface CallerIdentity {
  workspaceId: string
  actor: Actor
  keyId: string
  scopes: readonly KeyScope[]
  /** Models and deployments it may call; both empty = all of the workspace. */
  modelIds: readonly string[]
  deploymentIds: readonly string[]
  source: 'gateway'
}

export type CallerVerdict =
  | ({ ok: true } & CallerIdentity)
  | {
      ok: false
      status: number
      code: string
      message: string
      mayBeNew?: boolean
      /** Whose key it is, where the key is good and may not do this. */
      caller?: CallerIdentity
    }

export interface Keyring {
  /** Never throws and never waits. Header names are lower-case. */
  authenticate(headers: Readonly<Record<string, string | undefined>>): CallerVerdict
}

interface KeyringDeps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  feed: { register(load: () => Promise<void>): Promise<void>; ageMs(): number }
  pepper: string
  clock: Clock
}

interface Entry {
  secretHash: string
  expiresAtMs: number
  verdict: { ok: true } & CallerIdentity
}

/** After this long without Postgres, revocations may have been missed: callers get 503, never 401. */
const ageMaxMs = 10 * 60_000

const refusal = (status: number, code: string, message: string) => ({ ok: false as const, status, code, message })
const noKey = refusal(
  401,
  'invalid_api_key',
  'You did not provide an API key. Send it as "Authorization: Bearer pb_...".',
)
const badKey = refusal(401, 'invalid_api_key', 'Incorrect API key provided.')
/** Well formed, and not in memory. */
const unknownKey = { ...badKey, mayBeNew: true }
const twoKeys = refusal(400, 'invalid_request', 'The request carries more than one API key.')
const lacksScope = refusal(403, 'permission_denied', 'This key lacks the scope inference.')
const tooOld = refusal(503, 'gateway_not_ready', 'API keys cannot be checked at this moment. Try again soon.')

/** The keys of all workspaces in memory, as the snapshot feed reads them. Resolves once they are loaded. */
export async function createKeyring({ pool, feed, pepper, clock }: KeyringDeps): Promise<Keyring> {
  let keys: ReadonlyMap<string, Entry> = new Map()

  await feed.register(async () => {
    const { rows } = await pool.query<KeyRow>(
      `SELECT id, workspace_id, public_id, name, secret_hash, scopes, model_ids, deployment_ids, expires_at
         FROM api_keys WHERE revoked_at IS NULL`,
    )
    keys = new Map(rows.map((row) => [row.public_id, toEntry(row)]))
  })

  return {
    authenticate(headers) {
      const text = findKeyText(headers)
      if (typeof text !== 'string') return text
      const parsed = parseKeyText(text)
      if (!parsed) return badKey
      if (feed.ageMs() > ageMaxMs) return tooOld
      const entry = keys.get(parsed.publicId)
      // Also hashed where there is no such key: both take the same time.
      const fits = isSameHash(hashKeySecret(pepper, parsed.secret), entry?.secretHash ?? noHash)
      if (!entry) return unknownKey
      if (!fits || entry.expiresAtMs <= clock.nowMs()) return badKey
      const { verdict } = entry
      return verdict.scopes.includes('inference') ? verdict : { ...lacksScope, caller: verdict }
    },
  }
}

/**
 * Every `Authorization` of a request's raw headers as one list, the way other headers that come twice are joined; null
 * where there is at most one. Node itself keeps the first and drops the others without a word.
 */
export function repeatedAuthorization(rawHeaders: readonly string[]): string | null {
  let first = -1
  let joined: string | null = null
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (first < 0) first = at
    else joined = `${joined ?? rawHeaders[first + 1]}, ${rawHeaders[at + 1]}`
  }
  return joined
}

/**
 * The key that a request carries: `Authorization: Bearer`, `api-key` or `x-api-key`, never the query. Null without any;
 * two different ones, or one header twice, are a refusal.
 */
export function findKey(
  headers: Readonly<Record<string, string | undefined>>,
): { text: string } | { twice: true } | null {
  const { authorization } = headers
  if (authorization?.includes(',')) return { twice: true }
  const bearer = authorization === undefined ? undefined : /^bearer +(.*)$/i.exec(authorization.trim())?.[1]
  let text: string | undefined
  for (const given of [
    authorization === undefined ? undefined : (bearer ?? ''),
    headers['api-key'],
    headers['x-api-key'],
  ]) {
    if (given === undefined) continue
    const key = given.trim()
    // No key holds a comma: the header came more than once.
    if (key.includes(',')) return { twice: true }
    if (text !== undefined && text !== key) return { twice: true }
    text = key
  }
  return text === undefined ? null : { text }
}

function findKeyText(headers: Readonly<Record<string, string | undefined>>): string | typeof noKey {
  const found = findKey(headers)
  if (!found) return noKey
  if ('twice' in found) return twoKeys
  return found.text === '' ? noKey : found.text
}

interface KeyRow {
  id: string
  workspace_id: string
  public_id: string
  name: string
  secret_hash: string
  scopes: KeyScope[]
  model_ids: string[]
  deployment_ids: string[] | null
  expires_at: Date | null
}

const noHash = '0'.repeat(64)

function toEntry(row: KeyRow): Entry {
  return {
    secretHash: row.secret_hash,
    expiresAtMs: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY,
    verdict: {
      ok: true,
      workspaceId: row.workspace_id,
      actor: { kind: 'key', id: row.id, label: row.name },
      keyId: row.id,
      scopes: row.scopes,
      modelIds: row.model_ids,
      deploymentIds: row.deployment_ids ?? [],
      source: 'gateway',
    },
  }
}

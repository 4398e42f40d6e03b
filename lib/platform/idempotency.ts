import type { Pool } from 'pg'
import { timeOfId } from '#lib/core/ids.ts'
import type { SealedColumn } from './sealed-rows.ts'
import type { SealedPlace, SecretBox } from './secret-box.ts'

/** What a caller may send as `Idempotency-Key`. */
export const idempotencyKeyShape = /^[\x21-\x7e]{1,255}$/
export const idempotencyKeyText = 'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.'
/** Of an answer's body; a longer one is not kept. */
export const keptBytesMax = 1024 * 1024
/** A caller waits no longer than this for what came of his call to be written. */
const writtenMs = 2_000
const writesAfterMs = [0, 500, 5_000]

/** Who asks under which key for what. Keys of callers are apart: what one calls `1` is nothing to another. */
export interface Asked {
  workspaceId: string
  keyId: string
  key: string
  bodySha256: string
  requestId: string
  /** Of what has no record in the ledger that tells its end: running for longer, it broke off. */
  longestMs?: number
}

/**
 * `mine`: nobody did it yet. `running`: somebody does it at this moment. `unknown`: the process that did it is gone.
 * `answered`: what `keep` was given; null where it was not kept.
 */
export type Claim =
  | { state: 'mine' | 'running' | 'other_body' }
  | { state: 'unknown'; requestId: string }
  | { state: 'answered'; requestId: string; answer: string | null }

/** What calls with an `Idempotency-Key` came to, for all processes, for 24 h. Rejects where Postgres cannot be asked. */
export interface Idempotency {
  /** One insert where the key is new. Whoever gets `mine` calls one of the others, once. */
  claim(asked: Asked): Promise<Claim>
  /** The answer for those who ask again; null: only that there was one. */
  keep(asked: Asked, answer: string | null): Promise<void>
  /** Nobody knows what came of it. */
  doubt(asked: Asked): Promise<void>
  /** Nothing was done: the key is free again. */
  free(asked: Asked): Promise<void>
}

interface Deps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  secrets: Pick<SecretBox, 'seal' | 'open'>
  /** This process, as the ledger knows it: while it lives, its calls run. */
  holder: string
}

interface Row {
  body_sha256: string
  state: 'running' | 'answered' | 'unknown'
  request_id: string
  sealed: string | null
  alive: boolean
}

const keptFor = `interval '24 hours'`
const insertSql = `insert into ledger.idempotency as i (workspace_id, key_id, key, body_sha256, state, request_id, holder, expires_at)
  values ($1, $2, $3, $4, 'running', $5, $6, now() + ${keptFor})
  on conflict (workspace_id, key_id, key) do update set body_sha256 = excluded.body_sha256, state = excluded.state, request_id = excluded.request_id,
    holder = excluded.holder, sealed = null, expires_at = excluded.expires_at where i.expires_at <= now()`
const findSql = `select body_sha256, state, request_id, sealed, exists (select from ledger.holders h where h.id = i.holder) as alive
  from ledger.idempotency i where workspace_id = $1 and key_id = $2 and key = $3`
const endedSql = `select from ledger.records where started_at = $1 and id = $2 and started_at + latency_ms * interval '1 millisecond' < now() - interval '1 minute'`

export function createIdempotency({ pool, secrets, holder }: Deps): Idempotency {
  const end = async (asked: Asked, state: Row['state'], sealed: string | null) => {
    const { workspaceId, keyId, key, requestId } = asked
    await pool.query(
      `update ledger.idempotency set state = $5, sealed = $6, expires_at = now() + ${keptFor}
       where workspace_id = $1 and key_id = $2 and key = $3 and request_id = $4`,
      [workspaceId, keyId, key, requestId, state, sealed],
    )
  }

  function open({ sealed }: Row, asked: Asked): string | null {
    try {
      return sealed === null ? null : secrets.open(sealed, placeOf(asked))
    } catch {
      // Sealed under a master key that is gone: that there was an answer is all that is known.
      return null
    }
  }

  /** Its process lives, and yet its end was never written here: Postgres was away at that moment. */
  async function hasEnded(requestId: string, longestMs: number | undefined): Promise<boolean> {
    const startedMs = timeOfId(requestId)
    if (longestMs !== undefined) return Date.now() - startedMs > longestMs
    return (await pool.query(endedSql, [new Date(startedMs), requestId])).rowCount !== 0
  }

  return {
    async claim(asked) {
      const { workspaceId, keyId, key, bodySha256, requestId } = asked
      const { rowCount } = await pool.query(insertSql, [workspaceId, keyId, key, bodySha256, requestId, holder])
      if (rowCount === 1) return { state: 'mine' }
      const { rows } = await pool.query<Row>(findSql, [workspaceId, keyId, key])
      const [row] = rows
      // Set free between the two.
      if (!row) return { state: 'running' }
      if (row.body_sha256 !== bodySha256) return { state: 'other_body' }
      if (row.state === 'answered') return { state: 'answered', requestId: row.request_id, answer: open(row, asked) }
      if (row.state === 'running' && row.alive && !(await hasEnded(row.request_id, asked.longestMs)))
        return { state: 'running' }
      return { state: 'unknown', requestId: row.request_id }
    },
    keep: (asked, answer) => end(asked, 'answered', answer === null ? null : secrets.seal(answer, placeOf(asked))),
    doubt: (asked) => end(asked, 'unknown', null),
    async free({ workspaceId, keyId, key, requestId }) {
      await pool.query(
        'delete from ledger.idempotency where workspace_id = $1 and key_id = $2 and key = $3 and request_id = $4',
        [workspaceId, keyId, key, requestId],
      )
    },
  }
}

/**
 * Writes what came of a call, again where that fails; never rejects. What cannot be written makes a repeat hear that nobody
 * knows. `soon` resolves when it is written, or when its caller has waited long enough for that.
 */
export function writeEnd(
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): { written: Promise<void>; soon: Promise<void> } {
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref())
  const write = async () => {
    for (const afterMs of writesAfterMs) {
      if (afterMs > 0) await pause(afterMs)
      try {
        return await work()
      } catch (error) {
        onFailure(error)
      }
    }
  }
  const written = write()
  return { written, soon: Promise.race([written, pause(writtenMs)]) }
}

function placeOf({ workspaceId, keyId, key }: Pick<Asked, 'workspaceId' | 'keyId' | 'key'>): SealedPlace {
  return { purpose: 'idempotency', workspaceId, table: 'idempotency', row: `${keyId} ${key}`, field: 'sealed' }
}

/** The answers that are kept, for a new master key. */
export const keptAnswers: SealedColumn = {
  ...{ table: 'ledger.idempotency', column: 'sealed', key: ['workspace_id', 'key_id', 'key'] },
  place: ({ workspace_id, key_id, key }) => placeOf({ workspaceId: workspace_id!, keyId: key_id!, key: key! }),
}

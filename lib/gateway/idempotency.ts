import type { Pool } from 'pg'
import { timeOfId } from '#lib/core/ids.ts'
import type { SealedPlace, SecretBox } from '#lib/platform/secret-box.ts'

/** Who asks under which key for what. Keys of callers are apart: what one calls `1` is nothing to another. */
export interface Asked {
  workspaceId: string
  keyId: string
  key: string
  bodySha256: string
  requestId: string
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
/** Its process lives, and yet its end was never written here: Postgres was away at that moment. */
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
      if (row.state === 'running' && row.alive) {
        const ended = await pool.query(endedSql, [new Date(timeOfId(row.request_id)), row.request_id])
        if (ended.rowCount === 0) return { state: 'running' }
      }
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

function placeOf({ workspaceId, keyId, key }: Asked): SealedPlace {
  return { purpose: 'idempotency', workspaceId, table: 'idempotency', row: `${keyId} ${key}`, field: 'sealed' }
}

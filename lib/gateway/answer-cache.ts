import type { Pool } from 'pg'
import type { SealedPlace, SecretBox } from '#lib/platform/secret-box.ts'

/** Where an answer lies: the workspace, and what was asked of which model. */
export interface CachePlace {
  workspaceId: string
  modelId: string
  /** Hex. */
  digest: string
}

export interface CachedAnswer {
  status: number
  /** As the caller got it, a stream's events one after the other. */
  body: Buffer
  /** What was changed in the answer on its way. */
  adapted: readonly string[]
}

/** Answers kept for calls that ask for it, for all processes. Rejects where Postgres cannot be asked. */
export interface AnswerCache {
  /** Not older than `ttlSeconds`. */
  find(place: CachePlace, ttlSeconds: number): Promise<CachedAnswer | null>
  keep(place: CachePlace, answer: CachedAnswer, ttlSeconds: number): Promise<void>
}

interface Deps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  secrets: Pick<SecretBox, 'seal' | 'open'>
}

interface Sealed {
  status: number
  /** One character a byte. */
  body: string
  adapted: readonly string[]
}

export function createAnswerCache({ pool, secrets }: Deps): AnswerCache {
  return {
    async find(place, ttlSeconds) {
      const { rows } = await pool.query<{ sealed: string }>(
        `select sealed from ledger.cached_answers
         where workspace_id = $1 and digest = $2 and expires_at > now() and made_at > now() - $3 * interval '1 second'`,
        [place.workspaceId, place.digest, ttlSeconds],
      )
      if (!rows[0]) return null
      try {
        const { status, body, adapted } = JSON.parse(secrets.open(rows[0].sealed, placeOf(place))) as Sealed
        return { status, body: Buffer.from(body, 'latin1'), adapted }
      } catch {
        // Sealed under a master key that is gone.
        return null
      }
    },
    async keep(place, { status, body, adapted }, ttlSeconds) {
      const text: Sealed = { status, body: body.toString('latin1'), adapted }
      await pool.query(
        `insert into ledger.cached_answers as c (workspace_id, digest, model_id, sealed, bytes, made_at, expires_at)
         values ($1, $2, $3, $4, $5, now(), now() + $6 * interval '1 second')
         on conflict (workspace_id, digest) do update set sealed = excluded.sealed, bytes = excluded.bytes, made_at = excluded.made_at,
           expires_at = greatest(c.expires_at, excluded.expires_at)`,
        [
          place.workspaceId,
          place.digest,
          place.modelId,
          secrets.seal(JSON.stringify(text), placeOf(place)),
          body.length,
          ttlSeconds,
        ],
      )
    },
  }
}

function placeOf({ workspaceId, digest }: CachePlace): SealedPlace {
  return { purpose: 'answer-cache', workspaceId, table: 'cached_answers', row: digest, field: 'sealed' }
}

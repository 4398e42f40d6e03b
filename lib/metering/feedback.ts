import type { Pool } from 'pg'
import { AppError, notFound } from '#lib/core/errors.ts'
import { isId, newId, timeOfId } from '#lib/core/ids.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import type { Actor } from '#lib/tenancy/schema.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { DeleteFeedbackInput, type FeedbackView, GatewayFeedbackInput, SetFeedbackInput } from './feedback-shape.ts'

type Said = Pick<FeedbackView, 'rating' | 'correction' | 'comment' | 'values'>
type Change = { [Name in keyof Said]?: Said[Name] | null | undefined }
/** One statement: the rows it returns. */
type Ask = <Row>(sql: string, values: unknown[]) => Promise<Row[]>
type Author = Pick<Actor, 'kind' | 'id'>

interface Row {
  id: string
  rating: 'good' | 'bad' | null
  correction: string
  comment: string
  values: Said['values']
  created_at: Date
  updated_at: Date
}

/** As `POST /v1/feedback` answers it. */
export interface FeedbackAnswer extends Said {
  object: 'feedback'
  id: string
  request_id: string
  created_at: string
  updated_at: string
}

/** What callers say of requests. Throws `invalid_input`, `not_found` (also of another workspace), and what Postgres throws. */
export type GiveFeedback = (caller: { workspaceId: string; actor: Author }, input: unknown) => Promise<FeedbackAnswer>

/** A record is in Postgres within 2 s of the end of its call. */
const waitsMs = [50, 100, 200, 400, 800, 450]
/** Of a call that is over: none runs longer. */
const freshMs = 20 * 60_000

const columns = 'id, rating, correction, comment, "values", created_at, updated_at'
const upsertSql = `insert into ledger.feedback as f (id, workspace_id, request_id, request_at, author_kind, author_id, rating, correction, comment, "values", created_at, updated_at)
  select $4, r.workspace_id, r.id, r.started_at, $5, $6, $7, coalesce($8, ''), coalesce($9, ''), coalesce($10::jsonb, '{}'), $11::timestamptz, $11::timestamptz
  from ledger.records r where r.workspace_id = $1 and r.id = $2 and r.started_at = to_timestamp($3::float8 / 1000)
  on conflict (workspace_id, request_id, author_id) do update set
    rating = case when $12::boolean then excluded.rating else f.rating end,
    correction = case when $13::boolean then excluded.correction else f.correction end,
    comment = case when $14::boolean then excluded.comment else f.comment end,
    "values" = case when $15::boolean then excluded."values" else f."values" end,
    updated_at = excluded.updated_at
  returning ${columns}`

/** Null: no such request in this workspace. */
async function write(
  ask: Ask,
  {
    workspaceId,
    author,
    requestId,
    change,
    atMs,
  }: { workspaceId: string; author: Author; requestId: string; change: Change; atMs: number },
): Promise<Row | null> {
  if (!isId('req', requestId)) return null
  const { rating, correction, comment, values } = change
  const [row] = await ask<Row>(upsertSql, [
    ...[workspaceId, requestId, timeOfId(requestId), newId('fbk', atMs), author.kind, author.id],
    ...[rating ?? null, correction ?? null, comment ?? null, values ? JSON.stringify(values) : null, new Date(atMs)],
    ...[rating, correction, comment, values].map((part) => part !== undefined),
  ])
  if (!row) return null
  // Nothing is left of what was said.
  if (row.rating === null && row.correction === '' && row.comment === '' && Object.keys(row.values).length === 0)
    await ask('delete from ledger.feedback where workspace_id = $1 and id = $2', [workspaceId, row.id])
  return row
}

/**
 * For the gateway, as `patchbay_system`: a key's own feedback on a request of its workspace; what is said again replaces
 * what was said before. Waits up to 2 s for the record of a call that has just ended.
 */
export function createFeedback({ pool, nowMs }: { pool: Pick<Pool, 'query'>; nowMs: () => number }): GiveFeedback {
  const ask: Ask = async <Row>(sql: string, values: unknown[]) => (await pool.query(sql, values)).rows as Row[]
  return async ({ workspaceId, actor }, input) => {
    const { request_id: requestId, ...change } = parseInput(GatewayFeedbackInput, input)
    for (let turn = 0; ; turn++) {
      const atMs = nowMs()
      const row = await write(ask, { workspaceId, author: actor, requestId, change, atMs })
      if (row) {
        const { id, created_at, updated_at, ...told } = row
        return {
          ...{ object: 'feedback', id, request_id: requestId, ...told },
          ...{ created_at: created_at.toISOString(), updated_at: updated_at.toISOString() },
        }
      }
      const waitMs = waitsMs[turn]
      if (waitMs === undefined || !isId('req', requestId) || atMs - timeOfId(requestId) > freshMs)
        throw notFound('Request')
      await new Promise((resolve) => setTimeout(resolve, waitMs))
    }
  }
}

/**
 * One's own words on a request, in place of what one said before; null once nothing is left of them. Developers and
 * above. Throws `not_found`.
 */
export async function setFeedback(scope: Scope, input: SetFeedbackInput): Promise<FeedbackView | null> {
  requireRole(scope, 'developer')
  const { id: requestId, ...change } = parseInput(SetFeedbackInput, input)
  const { workspaceId, actor } = scope
  return scope.tx(async (tx) => {
    const ask: Ask = (sql, values) => tx.$queryRawUnsafe(sql, ...values)
    const row = await write(ask, { workspaceId, author: actor, requestId, change, atMs: scope.now().getTime() })
    if (!row) throw notFound('Request')
    const { id, rating, correction, comment, values } = row
    if (rating === null && correction === '' && comment === '' && Object.keys(values).length === 0) return null
    return {
      ...{ id, author: actor, rating, correction, comment, values },
      ...{ createdAt: row.created_at.toISOString(), updatedAt: row.updated_at.toISOString() },
    }
  })
}

/** Takes feedback away: developers their own, admins and owners anybody's, which the audit keeps. Throws `not_found`. */
export async function deleteFeedback(scope: Scope, input: DeleteFeedbackInput): Promise<void> {
  requireRole(scope, 'developer')
  const { id: requestId, feedbackId } = parseInput(DeleteFeedbackInput, input)
  const { workspaceId, actor } = scope
  await scope.tx(async (tx) => {
    const [row] = await tx.$queryRaw<{ author_id: string; rating: string | null }[]>`
      select author_id, rating from ledger.feedback where workspace_id = ${workspaceId} and request_id = ${requestId} and id = ${feedbackId} for update`
    if (!row) throw notFound('Feedback')
    const isOwn = row.author_id === actor.id
    if (!isOwn && !roleReaches(scope.role, 'admin'))
      throw new AppError({
        kind: 'forbidden',
        code: 'not_yours',
        message: 'Only admins and owners may take away what somebody else said.',
      })
    await tx.$executeRaw`delete from ledger.feedback where workspace_id = ${workspaceId} and id = ${feedbackId}`
    if (!isOwn)
      await recordAudit(tx, scope, {
        action: 'request.feedback_delete',
        target: { kind: 'request', id: requestId, label: requestId },
        before: { author: row.author_id, rating: row.rating },
      })
  })
}

import type { FeedbackView } from '#lib/metering/schema.ts'
import type { Tx } from '#lib/tenancy/index.ts'

type Row = Pick<FeedbackView, 'id' | 'rating' | 'correction' | 'comment' | 'values'> & {
  author_kind: FeedbackView['author']['kind']
  author_id: string
  author_label: string | null
  created_at: Date
  updated_at: Date
}

/** What was said of one request, the oldest first. */
export async function findFeedback(tx: Tx, workspaceId: string, requestId: string): Promise<FeedbackView[]> {
  const rows = await tx.$queryRaw<Row[]>`
    select f.id, f.rating, f.correction, f.comment, f."values", f.author_kind, f.author_id, coalesce(k.name, u.name, e.name) as author_label, f.created_at, f.updated_at
    from ledger.feedback f left join api_keys k on k.workspace_id = f.workspace_id and k.id = f.author_id left join users u on u.id = f.author_id
      left join evaluators e on e.workspace_id = f.workspace_id and e.id = f.author_id
    where f.workspace_id = ${workspaceId} and f.request_id = ${requestId} order by f.created_at, f.id limit 200`
  return rows.map(({ author_kind, author_id, author_label, created_at, updated_at, ...said }) => ({
    ...said,
    author: { kind: author_kind, id: author_id, label: author_label ?? author_id },
    createdAt: created_at.toISOString(),
    updatedAt: updated_at.toISOString(),
  }))
}

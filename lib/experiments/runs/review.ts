import { notFound } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { toReviewView } from './grid.ts'
import type { ReviewView } from './grid-answers.ts'
import { CellRef, ReviewInput } from './grid-input.ts'
import { requireRun, runTarget } from './stored.ts'

/** One's own words on an answer, in place of what one said before. Developers and above. Throws `not_found`. */
export async function reviewCell(scope: Scope, input: ReviewInput): Promise<ReviewView> {
  requireRole(scope, 'developer')
  const { id, rowId, candidate, ...review } = parseInput(ReviewInput, input)
  return scope.tx(async (tx) => {
    const { workspaceId, actor } = scope
    const run = await requireRun(tx, scope, id)
    const key = { workspaceId, runId: id, candidate, rowId }
    const cell = await tx.experimentCell.findFirst({ where: key, select: { rowId: true } })
    if (!cell) throw notFound('Cell')
    const said = { ...review, reviewerLabel: actor.label, updatedAt: scope.now() }
    const row = await tx.experimentReview.upsert({
      where: { workspaceId_runId_candidate_rowId_reviewerId: { ...key, reviewerId: actor.id } },
      create: { ...key, reviewerId: actor.id, ...said },
      update: said,
    })
    await recordAudit(tx, scope, {
      action: 'run.review',
      target: runTarget(run),
      after: { row: rowId, candidate, rating: review.rating },
    })
    return toReviewView(row)
  })
}

/** Takes one's own review back. Developers and above. */
export async function deleteReview(scope: Scope, input: CellRef): Promise<void> {
  requireRole(scope, 'developer')
  const { id, rowId, candidate } = parseInput(CellRef, input)
  await scope.tx(async (tx) => {
    const { workspaceId, actor } = scope
    const run = await requireRun(tx, scope, id)
    const { count } = await tx.experimentReview.deleteMany({
      where: { workspaceId, runId: id, candidate, rowId, reviewerId: actor.id },
    })
    if (count === 0) throw notFound('Review')
    await recordAudit(tx, scope, {
      action: 'run.review_delete',
      target: runTarget(run),
      before: { row: rowId, candidate },
    })
  })
}

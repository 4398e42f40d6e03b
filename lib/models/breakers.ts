import type { Scope } from '#lib/tenancy/index.ts'

/** What a gateway tells of a model that it keeps calls away from; or, `openForMs` 0, no more. */
export interface BreakerReport {
  modelId: string
  openForMs: number
}

/** Takes a gateway's word, so that people see it. Of several processes the one that waits longest counts. */
export async function reportBreaker(scope: Scope, { modelId, openForMs }: BreakerReport): Promise<void> {
  const { workspaceId } = scope
  const now = scope.now()
  await scope.tx(async (tx) => {
    if (openForMs <= 0) {
      await tx.modelBreaker.deleteMany({ where: { workspaceId, modelId } })
      return
    }
    // Deleted meanwhile: nobody looks at it any more.
    if ((await tx.model.count({ where: { workspaceId, id: modelId, deletedAt: null } })) === 0) return
    const openUntil = new Date(now.getTime() + openForMs)
    await tx.modelBreaker.createMany({
      data: [{ workspaceId, modelId, openedAt: now, openUntil }],
      skipDuplicates: true,
    })
    await tx.modelBreaker.updateMany({
      where: { workspaceId, modelId, openUntil: { lt: openUntil } },
      data: { openUntil },
    })
  })
}

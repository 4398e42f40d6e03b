import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { cardColumns } from './card.ts'
import { readEdit } from './edited.ts'
import { findModel, lockModel } from './find.ts'
import type { House } from './house.ts'
import { closeRow, type RunFacts, readFacts } from './validation/rows.ts'
import type { Run } from './validation/runs.ts'
import { type FinishJob, queues } from './work.ts'

/**
 * A model that is saved in the middle of its validation: the worker finishes the card, so that it survives a restart of
 * this process. Returns what ends the probes here, to be called after the commit; null where nothing is left to do.
 */
export async function handOverRest(
  house: House,
  tx: Tx,
  scope: Scope,
  run: Run,
  modelId: string,
): Promise<(() => void) | null> {
  const letGo = await house.runs.handOver(tx, scope, run)
  if (!letGo) return null
  const data: FinishJob = { workspaceId: scope.workspaceId, modelId, validationId: run.id }
  await house.queue.enqueue(tx, { queue: queues.finish, data, key: run.id })
  return letGo
}

/**
 * A job: goes on with a validation that was handed over, with the model's stored key, and runs only what is undecided.
 * At the end the model gets card and profile.
 */
export async function finishValidation(
  house: House,
  scope: Scope,
  { modelId, validationId }: FinishJob,
  signal: AbortSignal,
): Promise<void> {
  const facts = await readFacts(scope, validationId)
  if (!facts) return
  if (!facts.isOver) {
    const row = await scope.tx((tx) => findModel(tx, scope, modelId))
    const { subject, findings } = facts
    // Edited or deleted meanwhile: what is left to ask would be asked of something else.
    if (!row || row.type !== subject.type || row.modelId !== subject.modelId || row.baseUrl !== findings.baseUrl)
      return closeRow(scope, validationId)
    const { draft } = await readEdit(house, scope, modelId, {})
    const run = house.runs.resume(scope, { ...draft, imageConsent: subject.imageConsent }, facts)
    const stop = () => void house.runs.pause(run)
    signal.addEventListener('abort', stop, { once: true })
    await run.done
    signal.removeEventListener('abort', stop)
  }
  const over = await readFacts(scope, validationId)
  // A failed try: it is taken up again.
  if (over && !over.isOver) throw new Error('the worker stopped in the middle of a validation')
  if (!over) return
  await scope.tx(async (tx) => {
    await lockModel(tx, scope, modelId)
    const row = await findModel(tx, scope, modelId)
    // Validated again meanwhile: the newer card stands.
    if (row?.validationId === validationId) await storeCard(tx, scope, over, modelId)
  })
}

/** Takes the findings of a passed validation as the model's card and profile. */
export async function storeCard(
  tx: Tx,
  scope: Scope,
  run: Pick<RunFacts, 'id' | 'findings' | 'subject' | 'startedAtMs'>,
  modelId: string,
): Promise<void> {
  if (!run.findings.savable) return
  const { workspaceId } = scope
  const row = await tx.model.findFirst({ where: { workspaceId, id: modelId, deletedAt: null } })
  if (!row) return
  const { findings, subject } = run
  // Edited meanwhile into something else: these findings are not about it.
  if (row.type !== subject.type || row.modelId !== subject.modelId || row.baseUrl !== findings.baseUrl) return
  await tx.model.updateMany({
    where: { workspaceId, id: modelId },
    data: {
      ...cardColumns(row, findings, scope.now()),
      validationId: run.id,
      validatedAt: new Date(run.startedAtMs),
      contextTokens: row.contextTokens ?? findings.card.contextTokens,
      version: { increment: 1 },
    },
  })
  await tx.validation.updateMany({ where: { workspaceId, id: run.id }, data: { modelId } })
}

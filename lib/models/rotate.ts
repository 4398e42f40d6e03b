import { z } from 'zod'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { readEdit } from './edited.ts'
import { findModel, lockModel, requireModel } from './find.ts'
import { normaliseApiKey } from './form/api-key.ts'
import type { House } from './house.ts'
import { failureOf } from './prove.ts'
import { settleNotices } from './refused-key.ts'
import { openConnection, sealConnection } from './stored.ts'
import type { CheckProblem, ModelView, RotationMember, RotationResult } from './views.ts'

const id = z.string().min(1).max(256)
const groupMax = 200
/** Keys proven at a time: one server may limit how often it is called. */
const atOnce = 4

export const RotateKeyInput = z.strictObject({
  id,
  apiKey: z.string().max(20_000),
  /** Other models with the same key that get the new one too; those of `rotationGroup`, ticked. */
  also: z.array(id).max(groupMax).default([]),
})
export type RotateKeyInput = z.input<typeof RotateKeyInput>

/** The models of the workspace with the same host and the same key: one new key usually replaces all. */
export async function rotationGroup(scope: Scope, input: { id: string }): Promise<RotationMember[]> {
  requireRead(scope, 'admin')
  return scope.tx(async (tx) => {
    const row = await requireModel(tx, scope, parseInput(z.object({ id }), input).id)
    const { workspaceId } = scope
    const { host, keyFingerprint } = row
    const rows = await tx.model.findMany({
      where: { workspaceId, deletedAt: null, ...(keyFingerprint === null ? { id: row.id } : { host, keyFingerprint }) },
      select: { id: true, name: true, slug: true, modelId: true, state: true, keyRefusedAt: true },
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
      take: groupMax,
    })
    return rows.map((each) => ({
      ...each,
      state: each.state as ModelView['state'],
      keyRefusedAt: each.keyRefusedAt?.toISOString() ?? null,
    }))
  })
}

/**
 * Replaces the key of a model and of others with the same one. The new key is proven on each by the required checks; a
 * model on which it fails keeps the old and says why. Calls in flight are not cut.
 */
export async function rotateKey(house: House, scope: Scope, input: RotateKeyInput): Promise<RotationResult[]> {
  requireRole(scope, 'admin')
  const wanted = parseInput(RotateKeyInput, input)
  const group = await rotationGroup(scope, { id: wanted.id })
  const first = await scope.tx((tx) => requireModel(tx, scope, wanted.id))
  const key = normaliseApiKey(wanted.apiKey, first.host)
  if (!key.ok) throw invalidInput(key.message, { apiKey: key.message })
  const others = group.filter((model) => wanted.also.includes(model.id) && model.id !== first.id)
  const models = [{ id: first.id, name: first.name }, ...others.map(({ id, name }) => ({ id, name }))]
  const results = new Map<string, RotationResult>()
  const waiting = [...models]
  const work = async () => {
    for (let model = waiting.shift(); model; model = waiting.shift())
      results.set(model.id, await replaceKey(house, scope, model, key.key))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await scope.tx((tx) => settleNotices(tx, scope, first))
  return models.map((model) => results.get(model.id)!)
}

async function replaceKey(
  house: House,
  scope: Scope,
  model: { id: string; name: string },
  apiKey: string,
): Promise<RotationResult> {
  const kept = (problem: CheckProblem | null): RotationResult => ({ ...model, replaced: false, problem })
  try {
    const { draft, priceId } = await readEdit(house, scope, model.id, { apiKey })
    const how = { modelId: model.id, priceId, requiredOnly: true, reason: 'rotation', bounded: true } as const
    const run = await house.runs.start(scope, draft, how)
    await run.done
    if (!run.findings.savable) return kept(failureOf(run))
    const replaced = await storeKey(house, scope, model.id, apiKey)
    return replaced ? { ...model, replaced, problem: null } : kept(problemOf('model_gone', 'It was deleted meanwhile.'))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    // One that cannot be read must not keep the others from their key.
    return kept(problemOf(error.code, error.message))
  }
}

/** Whatever else was edited meanwhile stays: only the key is new. False where the model is gone. */
function storeKey(house: House, scope: Scope, modelId: string, apiKey: string): Promise<boolean> {
  return scope.tx(async (tx) => {
    await lockModel(tx, scope, modelId)
    const row = await findModel(tx, scope, modelId)
    if (!row) return false
    const { workspaceId } = scope
    const now = scope.now()
    const connection = { ...openConnection(house.secrets, row), apiKey }
    const { sealedKey, keyHeader, keyFingerprint, keyLastFour, keySetAt, keyRefusedAt } = sealConnection(
      house.secrets,
      workspaceId,
      row.id,
      connection,
      now,
    )
    await tx.model.updateMany({
      where: { workspaceId, id: row.id },
      data: {
        ...{ sealedKey, keyHeader, keyFingerprint, keyLastFour, keySetAt, keyRefusedAt },
        version: { increment: 1 },
        updatedAt: now,
      },
    })
    await recordAudit(tx, scope, {
      action: 'model.rotate_key',
      target: { kind: 'model', id: row.id, label: row.name },
      before: { keyFingerprint: row.keyFingerprint },
      after: { keyFingerprint },
    })
    return true
  })
}

function problemOf(code: string, message: string): CheckProblem {
  return { code, field: 'apiKey', message, fixes: [], allow: null }
}

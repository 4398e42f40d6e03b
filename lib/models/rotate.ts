import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { lockModel, requireModel } from './find.ts'
import { normaliseApiKey } from './form/api-key.ts'
import type { House } from './house.ts'
import { openConnection, sealConnection } from './stored.ts'
import { readEdit } from './update.ts'
import type { CheckProblem, ModelView } from './views.ts'

const id = z.string().min(1).max(256)
export const RotateKeyInput = z.strictObject({
  id,
  apiKey: z.string().max(20_000),
  /** Other models with the same key that get the new one too; those of `rotationGroup`, ticked. */
  also: z.array(id).max(200).default([]),
})
export type RotateKeyInput = z.input<typeof RotateKeyInput>

export interface RotationResult {
  id: string
  name: string
  replaced: boolean
  /** Why it kept the old key. */
  problem: CheckProblem | null
}

/** The models of the workspace with the same host and the same key: one new key usually replaces all. */
export async function rotationGroup(
  scope: Scope,
  input: { id: string },
): Promise<Pick<ModelView, 'id' | 'name' | 'slug'>[]> {
  requireRole(scope, 'admin')
  return scope.tx(async (tx) => {
    const row = await requireModel(tx, scope, parseInput(z.object({ id }), input).id)
    if (row.keyFingerprint === null) return [{ id: row.id, name: row.name, slug: row.slug }]
    return tx.model.findMany({
      where: { workspaceId: scope.workspaceId, deletedAt: null, host: row.host, keyFingerprint: row.keyFingerprint },
      select: { id: true, name: true, slug: true },
      orderBy: { name: 'asc' },
      take: 200,
    })
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
  const [first] = await scope.tx((tx) => Promise.all([requireModel(tx, scope, wanted.id)]))
  const key = normaliseApiKey(wanted.apiKey, first.host)
  if (!key.ok) throw invalidInput(key.message, { apiKey: key.message })
  const others = group.filter((model) => wanted.also.includes(model.id) && model.id !== first.id)
  const results: RotationResult[] = []
  for (const model of [{ id: first.id, name: first.name }, ...others]) {
    results.push(await replaceKey(house, scope, model, key.key))
  }
  return results
}

async function replaceKey(
  house: House,
  scope: Scope,
  model: { id: string; name: string },
  apiKey: string,
): Promise<RotationResult> {
  const { draft, priceId } = await readEdit(house, scope, model.id, { apiKey })
  const run = await house.runs.start(scope, draft, { modelId: model.id, priceId, requiredOnly: true })
  await run.done
  if (!run.findings.savable) {
    const problem = run.findings.checks.find((check) => check.problem)?.problem ?? null
    return { id: model.id, name: model.name, replaced: false, problem }
  }
  await scope.tx(async (tx) => {
    await lockModel(tx, scope, model.id)
    const row = await requireModel(tx, scope, model.id)
    // Whatever else was edited meanwhile stays: only the key is new.
    const connection = { ...openConnection(house.secrets, row), apiKey }
    const { sealedKey, keyHeader, keyFingerprint, keyLastFour, keySetAt } = sealConnection(
      house.secrets,
      scope.workspaceId,
      row.id,
      connection,
      scope.now(),
    )
    await tx.model.updateMany({
      where: { workspaceId: scope.workspaceId, id: row.id },
      data: {
        sealedKey,
        keyHeader,
        keyFingerprint,
        keyLastFour,
        keySetAt,
        version: { increment: 1 },
        updatedAt: scope.now(),
      },
    })
    await recordAudit(tx, scope, {
      action: 'model.rotate_key',
      target: { kind: 'model', id: row.id, label: row.name },
      before: { keyFingerprint: row.keyFingerprint },
      after: { keyFingerprint },
    })
  })
  return { id: model.id, name: model.name, replaced: true, problem: null }
}

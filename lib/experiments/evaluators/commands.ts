import { AppError, invalidInput, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { variablesIn } from '#lib/deployments/schema.ts'
import { claimUses, findModelFacts } from '#lib/models/index.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { EvaluatorView } from './answers.ts'
import type { EvaluatorConfig } from './config.ts'
import { compileFunction, UnusableConfig } from './functions.ts'
import { CreateEvaluatorInput, DeleteEvaluatorInput, UpdateEvaluatorInput } from './input.ts'
import { lockEvaluator, requireEvaluator, toView } from './rows.ts'

const evaluatorsMax = 500
/** How the uses of models by evaluators are called. */
const evaluatorUse = 'evaluator'

/** Developers and above. Throws `invalid_request` by field (`config.pattern`), `too_many_evaluators`. */
export async function createEvaluator(scope: Scope, input: CreateEvaluatorInput): Promise<EvaluatorView> {
  requireRole(scope, 'developer')
  const wanted = parseInput(CreateEvaluatorInput, input)
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    const config = await requireUsable(tx, scope, wanted.config)
    if ((await tx.evaluator.count({ where: { workspaceId, deletedAt: null } })) >= evaluatorsMax)
      throw new AppError({
        kind: 'conflict',
        code: 'too_many_evaluators',
        message: `A workspace holds at most ${evaluatorsMax} evaluators. Delete one first.`,
      })
    const now = scope.now()
    const row = await tx.evaluator.create({
      data: {
        id: newId('evl', now.getTime()),
        workspaceId,
        name: wanted.name,
        description: wanted.description,
        kind: config.kind,
        createdBy: scope.actor.id,
        createdAt: now,
        updatedAt: now,
      },
    })
    await addVersion(tx, scope, { ...row, version: 1 }, config)
    await recordAudit(tx, scope, { action: 'evaluator.add', target: targetOf(row), after: { kind: config.kind } })
    return toView(row, config)
  })
}

/** Every edit is a new version; the earlier ones stay. Developers and above. Throws `stale_version`. */
export async function updateEvaluator(scope: Scope, input: UpdateEvaluatorInput): Promise<EvaluatorView> {
  requireRole(scope, 'developer')
  const { id, version, config: given, ...rest } = parseInput(UpdateEvaluatorInput, input)
  return scope.tx(async (tx) => {
    await lockEvaluator(tx, scope, id)
    const { row: before, config: standing } = await requireEvaluator(tx, scope, { id })
    if (before.version !== version) throw staleEdit('The evaluator', toView(before, standing))
    const config = given ? await requireUsable(tx, scope, given) : standing
    const row = await tx.evaluator.update({
      where: { workspaceId_id: { workspaceId: scope.workspaceId, id } },
      data: { ...rest, kind: config.kind, version: version + 1, updatedAt: scope.now() },
    })
    await addVersion(tx, scope, row, config)
    await recordAudit(tx, scope, {
      action: 'evaluator.update',
      target: targetOf(row),
      before: { name: before.name, kind: before.kind, version },
      after: { name: row.name, kind: row.kind, version: row.version },
    })
    return toView(row, config)
  })
}

/** Runs keep what they judged by, guardrails go on as they are published. Developers and above. */
export async function deleteEvaluator(scope: Scope, input: DeleteEvaluatorInput): Promise<void> {
  requireRole(scope, 'developer')
  const { id } = parseInput(DeleteEvaluatorInput, input)
  await scope.tx(async (tx) => {
    const { row } = await requireEvaluator(tx, scope, { id })
    await tx.evaluator.updateMany({ where: { workspaceId: scope.workspaceId, id }, data: { deletedAt: scope.now() } })
    await claim(tx, scope, row, [])
    await recordAudit(tx, scope, { action: 'evaluator.delete', target: targetOf(row), before: { kind: row.kind } })
  })
}

/** Points an evaluator that asks one model to another, as a new version of it. */
export async function repointEvaluator(tx: Tx, scope: Scope, id: string, from: string, to: string): Promise<void> {
  await lockEvaluator(tx, scope, id)
  const { row, config } = await requireEvaluator(tx, scope, { id })
  if (!('model' in config) || config.model !== from) return
  const moved = await tx.evaluator.update({
    where: { workspaceId_id: { workspaceId: scope.workspaceId, id } },
    data: { version: { increment: 1 }, updatedAt: scope.now() },
  })
  await writeVersion(tx, scope, moved, { ...config, model: to })
  await recordAudit(tx, scope, {
    action: 'evaluator.update',
    target: targetOf(row),
    before: { version: row.version },
    after: { version: moved.version },
  })
}

interface Versioned {
  id: string
  name: string
  version: number
}

async function addVersion(tx: Tx, scope: Scope, row: Versioned, config: EvaluatorConfig): Promise<void> {
  await writeVersion(tx, scope, row, config)
  await claim(tx, scope, row, 'model' in config ? [config.model] : [])
}

async function writeVersion(tx: Tx, scope: Scope, row: Versioned, config: EvaluatorConfig): Promise<void> {
  await tx.evaluatorVersion.create({
    data: {
      workspaceId: scope.workspaceId,
      evaluatorId: row.id,
      version: row.version,
      config: config as Prisma.InputJsonObject,
      createdBy: scope.actor.label,
      createdAt: scope.now(),
    },
    select: { version: true },
  })
}

function claim(tx: Tx, { workspaceId }: Scope, row: Versioned, modelIds: readonly string[]): Promise<void> {
  return claimUses(
    tx,
    { workspaceId, kind: evaluatorUse, refId: row.id, label: `the evaluator “${row.name}”` },
    modelIds,
  )
}

/** The configuration with its model by id. Throws `invalid_request` where it does not compile or its model does not fit. */
export async function requireUsable(tx: Tx, scope: Scope, config: EvaluatorConfig): Promise<EvaluatorConfig> {
  if (config.kind !== 'judge' && config.kind !== 'similarity') {
    try {
      compileFunction(config)
      return config
    } catch (error) {
      if (!(error instanceof UnusableConfig)) throw error
      throw invalidInput(error.message, { [`config.${error.field}`]: error.message })
    }
  }
  if (config.kind === 'judge' && !variablesIn(config.prompt).includes('answer')) {
    const message = 'Say with {{answer}} where the answer stands.'
    throw invalidInput(message, { 'config.prompt': message })
  }
  const model = (await findModelFacts(tx, scope, [config.model])).get(config.model)
  const refuse = (message: string) => invalidInput(message, { 'config.model': message })
  if (!model) throw refuse('The model does not exist.')
  if (config.kind === 'judge' && model.type !== 'chat') throw refuse('A judge is a chat model.')
  if (config.kind === 'similarity' && model.type !== 'embedding') throw refuse('Choose an embedding model.')
  return { ...config, model: model.id }
}

function targetOf(row: { id: string; name: string }): { kind: string; id: string; label: string } {
  return { kind: 'evaluator', id: row.id, label: row.name }
}

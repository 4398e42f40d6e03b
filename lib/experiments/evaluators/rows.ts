import { notFound } from '#lib/core/errors.ts'
import type { Evaluator, EvaluatorVersion } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { EvaluatorVersionView, EvaluatorView } from './answers.ts'
import { canGuard, EvaluatorConfig, type EvaluatorKind } from './config.ts'

export interface StoredEvaluator {
  row: Evaluator
  /** Of the version that was asked for. */
  version: number
  config: EvaluatorConfig
}

/** One that is not deleted, at its newest version unless asked otherwise. Throws `not_found`. */
export async function requireEvaluator(
  tx: Tx,
  scope: Scope,
  { id, version }: { id: string; version?: number },
): Promise<StoredEvaluator> {
  const { workspaceId } = scope
  const row = await tx.evaluator.findFirst({ where: { workspaceId, id, deletedAt: null } })
  if (!row) throw notFound('Evaluator')
  const key = { workspaceId, evaluatorId: id, version: version ?? row.version }
  const found = await tx.evaluatorVersion.findUnique({ where: { workspaceId_evaluatorId_version: key } })
  if (!found) throw notFound('Version')
  return { row, version: found.version, config: readConfig(found) }
}

export function readConfig({ config }: Pick<EvaluatorVersion, 'config'>): EvaluatorConfig {
  return EvaluatorConfig.parse(config)
}

export async function lockEvaluator(tx: Tx, { workspaceId }: Scope, id: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM evaluators WHERE workspace_id = ${workspaceId} AND id = ${id} FOR UPDATE`
}

export function toView(row: Evaluator, config: EvaluatorConfig): EvaluatorView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    kind: row.kind as EvaluatorKind,
    config,
    version: row.version,
    canGuard: canGuard(config),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

export function toVersionView(row: EvaluatorVersion): EvaluatorVersionView {
  return {
    version: row.version,
    config: readConfig(row),
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
  }
}

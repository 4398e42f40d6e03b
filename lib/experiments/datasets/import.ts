import { z } from 'zod'
import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import { type Dataset, type DatasetImport, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { DatasetImportView } from './answers.ts'
import { shapeOfPlan } from './apply-plan.ts'
import { columnsMax, type DatasetColumn } from './columns.ts'
import { targetOf } from './datasets.ts'
import { lockDataset, requireDataset } from './find.ts'
import { ImportRef, ListImportsInput, StartImportInput } from './input.ts'
import type { FilePlan } from './plan.ts'
import { toImportView } from './view.ts'
import { endRows } from './write-rows.ts'

/** What an import keeps of how it was asked for. */
export type StoredPlan = FilePlan & { onError: 'skip' | 'stop' }

/** Newest first, by pages. Developers and above. */
export async function listImports(scope: Scope, input: ListImportsInput): Promise<Page<DatasetImportView>> {
  requireRead(scope, 'developer')
  const { id, cursor, limit } = parseInput(ListImportsInput, input)
  const before = cursor === undefined ? undefined : readCursor(cursor, z.tuple([z.string().max(64)]))[0]
  const rows = await scope.tx(async (tx) => {
    await requireDataset(tx, scope, id)
    return tx.datasetImport.findMany({
      where: { workspaceId: scope.workspaceId, datasetId: id, ...(before && { id: { lt: before } }) },
      orderBy: { id: 'desc' },
      take: limit + 1,
    })
  })
  const last = rows[limit - 1]
  return {
    items: rows.slice(0, limit).map((row) => toImportView(row, scope.now().getTime())),
    ...(rows.length > limit && last && { nextCursor: writeCursor([last.id]) }),
  }
}

/** How far it is. Throws `not_found`. Developers and above. */
export async function getImport(scope: Scope, input: ImportRef): Promise<DatasetImportView> {
  requireRead(scope, 'developer')
  const { id, importId } = parseInput(ImportRef, input)
  const row = await scope.tx((tx) => requireImport(tx, scope, id, importId))
  return toImportView(row, scope.now().getTime())
}

export async function requireImport(tx: Tx, scope: Scope, datasetId: string, importId: string): Promise<DatasetImport> {
  const row = await tx.datasetImport.findFirst({ where: { workspaceId: scope.workspaceId, datasetId, id: importId } })
  if (!row) throw notFound('Import')
  return row
}

/**
 * Agrees on how a file is read and makes the columns that it brings; the file itself is sent to `readImport`. Developers
 * and above. Throws `invalid_request` by field where a column has another type already.
 */
export async function startImport(scope: Scope, input: StartImportInput): Promise<DatasetImportView> {
  requireRole(scope, 'developer')
  const { id, fileName, plan, onError } = parseInput(StartImportInput, input)
  return scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, id)
    await joinColumns(tx, scope, dataset, plan)
    const now = scope.now()
    const stored: StoredPlan = { ...plan, onError }
    const row = await tx.datasetImport.create({
      data: {
        id: newId('imp', now.getTime()),
        workspaceId: scope.workspaceId,
        datasetId: id,
        fileName,
        plan: stored,
        status: 'waiting',
        actorId: scope.actor.id,
        actorLabel: scope.actor.label,
        createdAt: now,
        updatedAt: now,
      },
    })
    await recordAudit(tx, scope, {
      action: 'dataset.import',
      target: targetOf(dataset),
      after: { import: row.id, fileName, format: plan.format },
    })
    return toImportView(row, now.getTime())
  })
}

async function joinColumns(tx: Tx, scope: Scope, dataset: Dataset, plan: FilePlan): Promise<void> {
  const columns = [...(dataset.columns as DatasetColumn[])]
  const wanted = shapeOfPlan(plan)
  const differs = (index: number, what: string, type: string) =>
    invalidInput(`${what} is ${type} already.`, { [`plan.fields.${index}.type`]: `${what} is ${type} already.` })
  for (const { name, type } of wanted.columns) {
    const own = columns.find((column) => column.name === name)
    if (!own) columns.push({ name, type })
    else if (own.type !== type)
      throw differs(
        plan.fields.findIndex((field) => field.to === 'input' && field.name === name),
        `“${name}”`,
        own.type,
      )
  }
  if (columns.length > columnsMax)
    throw invalidInput(`At most ${columnsMax} columns.`, { 'plan.fields': `At most ${columnsMax} columns.` })
  const at = plan.fields.findIndex(({ to }) => to === 'expected')
  const isEmpty = dataset.rowCount === 0
  if (at >= 0 && wanted.expectedType !== dataset.expectedType && !isEmpty)
    throw differs(at, 'What is expected', dataset.expectedType)
  const expectedType = at >= 0 ? wanted.expectedType : dataset.expectedType
  if (columns.length === (dataset.columns as DatasetColumn[]).length && expectedType === dataset.expectedType) return
  await tx.dataset.update({
    where: { workspaceId_id: { workspaceId: scope.workspaceId, id: dataset.id } },
    data: { columns, expectedType, changed: true, version: { increment: 1 }, updatedAt: scope.now() },
  })
}

/** Takes out again what an import brought, and stops one that runs. Developers and above. */
export async function undoImport(scope: Scope, input: ImportRef): Promise<{ deleted: number; undo: string }> {
  requireRole(scope, 'developer')
  const { id, importId } = parseInput(ImportRef, input)
  return scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, id)
    const before = await requireImport(tx, scope, id, importId)
    const at = scope.now()
    const deleted = await endRows(tx, scope, dataset, Prisma.sql`import_id = ${importId}`, at)
    await tx.datasetImport.update({
      where: { workspaceId_id: { workspaceId: scope.workspaceId, id: importId } },
      data: { status: 'undone', updatedAt: at, finishedAt: before.finishedAt ?? at },
    })
    await recordAudit(tx, scope, {
      action: 'dataset.import_undo',
      target: targetOf(dataset),
      before: { import: importId, rows: deleted },
    })
    return { deleted, undo: at.toISOString() }
  })
}

export function importNotWaiting(status: string): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'import_not_waiting',
    message:
      status === 'running'
        ? 'The file of this import is being read already.'
        : 'The file of this import was read already. Start another import for another file.',
  })
}

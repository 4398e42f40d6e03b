import { z } from 'zod'
import type { Page } from '#lib/core/page.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { EvaluatorVersionView, EvaluatorView } from './answers.ts'
import { EvaluatorRef, ListEvaluatorsInput, ListVersionsInput } from './input.ts'
import { readConfig, requireEvaluator, toVersionView, toView } from './rows.ts'

/** By name, by pages. Every member may read. */
export async function listEvaluators(
  scope: Scope,
  input: ListEvaluatorsInput = {},
): Promise<Page<EvaluatorView> & { total: number }> {
  requireRead(scope)
  const { search, kind, cursor, limit } = parseInput(ListEvaluatorsInput, input)
  const { workspaceId } = scope
  const where: Prisma.EvaluatorWhereInput[] = [{ workspaceId, deletedAt: null }]
  if (search?.trim()) {
    const contains = { contains: search.trim(), mode: 'insensitive' as const }
    where.push({ OR: [{ name: contains }, { description: contains }] })
  }
  if (kind) where.push({ kind: { in: kind } })
  const after: Prisma.EvaluatorWhereInput[] = []
  if (cursor !== undefined) {
    const [name, id] = readCursor(cursor, z.tuple([z.string().max(200), z.string().max(64)]))
    after.push({ OR: [{ name: { gt: name } }, { name, id: { gt: id } }] })
  }
  return scope.tx(async (tx) => {
    const total = await tx.evaluator.count({ where: { AND: where } })
    const rows = await tx.evaluator.findMany({
      where: { AND: [...where, ...after] },
      orderBy: [{ name: 'asc' }, { id: 'asc' }],
      take: limit + 1,
    })
    const page = rows.slice(0, limit)
    const versions = await tx.evaluatorVersion.findMany({
      where: { workspaceId, OR: page.map(({ id, version }) => ({ evaluatorId: id, version })) },
    })
    const configs = new Map(versions.map((version) => [version.evaluatorId, readConfig(version)]))
    const last = page.at(-1)
    return {
      items: page.map((row) => toView(row, configs.get(row.id)!)),
      total,
      ...(rows.length > limit && last && { nextCursor: writeCursor([last.name, last.id]) }),
    }
  })
}

/** At its newest version, or at an earlier one. Throws `not_found`. */
export async function getEvaluator(scope: Scope, input: EvaluatorRef): Promise<EvaluatorView> {
  requireRead(scope)
  const ref = parseInput(EvaluatorRef, input)
  const { row, version, config } = await scope.tx((tx) => requireEvaluator(tx, scope, ref))
  return { ...toView({ ...row, kind: config.kind }, config), version }
}

/** Newest first, by pages. */
export async function listEvaluatorVersions(
  scope: Scope,
  input: ListVersionsInput,
): Promise<Page<EvaluatorVersionView>> {
  requireRead(scope)
  const { id, cursor, limit } = parseInput(ListVersionsInput, input)
  const before = cursor === undefined ? undefined : readCursor(cursor, z.tuple([z.int32()]))[0]
  const rows = await scope.tx(async (tx) => {
    await requireEvaluator(tx, scope, { id })
    return tx.evaluatorVersion.findMany({
      where: {
        workspaceId: scope.workspaceId,
        evaluatorId: id,
        ...(before !== undefined && { version: { lt: before } }),
      },
      orderBy: { version: 'desc' },
      take: limit + 1,
    })
  })
  const last = rows[limit - 1]
  return {
    items: rows.slice(0, limit).map(toVersionView),
    ...(rows.length > limit && last && { nextCursor: writeCursor([last.version]) }),
  }
}

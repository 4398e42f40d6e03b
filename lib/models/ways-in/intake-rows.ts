import type { Clock } from '#lib/core/clock.ts'
import type { ModelIntake, Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { IntakeRowView, IntakeView } from './answers.ts'

/** An intake that says it runs, and has not moved for this long, was left by a process that is gone. */
const lostAfterMs = 180_000

export interface IntakeFacts {
  id: string
  source: IntakeView['source']
  status: 'running' | 'finished' | 'stopped'
  startedAtMs: number
  finishedAtMs: number | null
  rows: IntakeRowView[]
}

export async function createIntakeRow(scope: Scope, intake: IntakeFacts): Promise<void> {
  await scope.tx((tx) =>
    tx.modelIntake.create({
      data: {
        id: intake.id,
        workspaceId: scope.workspaceId,
        source: intake.source,
        status: intake.status,
        actorId: scope.actor.id,
        actorLabel: scope.actor.label,
        rows: intake.rows as unknown as Prisma.InputJsonArray,
        startedAt: new Date(intake.startedAtMs),
        updatedAt: new Date(intake.startedAtMs),
      },
      select: { id: true },
    }),
  )
}

export async function updateIntakeRow(scope: Scope, intake: IntakeFacts, now: Date): Promise<void> {
  await scope.tx((tx) =>
    tx.modelIntake.updateMany({
      where: { workspaceId: scope.workspaceId, id: intake.id },
      data: {
        status: intake.status,
        rows: intake.rows as unknown as Prisma.InputJsonArray,
        updatedAt: now,
        finishedAt: intake.finishedAtMs === null ? null : new Date(intake.finishedAtMs),
      },
    }),
  )
}

export async function findIntakeRow(scope: Scope, id: string, clock: Clock): Promise<IntakeView | null> {
  const row = await scope.tx((tx) => tx.modelIntake.findFirst({ where: { workspaceId: scope.workspaceId, id } }))
  return row && toIntakeView(row, clock.nowMs())
}

export async function listIntakeRows(scope: Scope, clock: Clock, since: Date): Promise<IntakeView[]> {
  const rows = await scope.tx((tx) =>
    tx.modelIntake.findMany({
      where: { workspaceId: scope.workspaceId, startedAt: { gte: since } },
      orderBy: { startedAt: 'desc' },
      take: 20,
    }),
  )
  return rows.map((row) => toIntakeView(row, clock.nowMs()))
}

export function toIntakeView(row: ModelIntake, nowMs: number): IntakeView {
  const isLost = row.status === 'running' && nowMs - row.updatedAt.getTime() > lostAfterMs
  return {
    id: row.id,
    source: row.source as IntakeView['source'],
    status: isLost ? 'lost' : (row.status as IntakeView['status']),
    rows: row.rows as unknown as IntakeRowView[],
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    startedBy: row.actorLabel,
  }
}

import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import type { Page } from '#lib/core/page.ts'
import { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import type { RunReason, RunSummaryView, RunView } from './answers.ts'
import { type House, runQueue } from './house.ts'
import { ListRunsInput, ResumeRunInput, RunRef, type RunState } from './input.ts'
import { readCap } from './start.ts'
import {
  countAgain,
  lockRun,
  type RunRowOf,
  requireExperiment,
  requireRun,
  runTarget,
  toRunSummary,
  toRunView,
} from './stored.ts'

/** Newest first, by pages. Every member may read. */
export async function listRuns(scope: Scope, input: ListRunsInput = {}): Promise<Page<RunSummaryView>> {
  requireRead(scope)
  const { experimentId, state, cursor, limit } = parseInput(ListRunsInput, input)
  const before = cursor === undefined ? undefined : readCursor(cursor, z.tuple([z.string().max(64)]))[0]
  return scope.tx(async (tx) => {
    if (experimentId) await requireExperiment(tx, scope, experimentId)
    const rows = await tx.experimentRun.findMany({
      where: {
        workspaceId: scope.workspaceId,
        ...(experimentId && { experimentId }),
        ...(state && { state }),
        ...(before && { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
      include: { experiment: { select: { name: true } } },
    })
    const page = rows.slice(0, limit)
    const again = await countAgain(
      tx,
      scope,
      page.map(({ id }) => id),
    )
    const last = page.at(-1)
    return {
      items: page.map((row) => toRunSummary(row, again.get(row.id) ?? 0)),
      ...(rows.length > limit && last && { nextCursor: writeCursor([last.id]) }),
    }
  })
}

/** How far it is, and what it does. Throws `not_found`. Every member may read. */
export async function getRun(scope: Scope, input: RunRef): Promise<RunView> {
  requireRead(scope)
  const { id } = parseInput(RunRef, input)
  return scope.tx((tx) => readRun(tx, scope, id))
}

export async function readRun(tx: Tx, scope: Scope, id: string): Promise<RunView> {
  const row = await requireRun(tx, scope, id)
  return toRunView(row, (await countAgain(tx, scope, [id])).get(id) ?? 0)
}

/** Calls under way are finished, no others are made. Developers and above. Throws `run_is_over`. */
export async function pauseRun(scope: Scope, input: RunRef): Promise<RunView> {
  return change(scope, input, 'run.pause', async (row) => {
    requireOpen(row)
    const reason: RunReason = { kind: 'person', message: `Paused by ${scope.actor.label}.` }
    return { state: 'paused', reason, resumesAt: null }
  })
}

/** Goes on where it stopped. Developers and above. Throws `run_not_paused`. */
export async function resumeRun(house: House, scope: Scope, input: ResumeRunInput): Promise<RunView> {
  const { capUsd, id } = parseInput(ResumeRunInput, input)
  const cap = capUsd === undefined ? undefined : readCap(capUsd)
  return change(scope, { id }, 'run.resume', async (row, tx) => {
    if (row.state !== 'paused')
      throw new AppError({ kind: 'conflict', code: 'run_not_paused', message: 'The run is not paused.' })
    await enqueue(house, tx, scope, id)
    return { state: 'queued', reason: null, resumesAt: null, ...(cap !== undefined && { capNanoUsd: cap }) }
  })
}

/** For good: calls under way are broken off. What was finished stays. Developers and above. Throws `run_is_over`. */
export async function cancelRun(scope: Scope, input: RunRef): Promise<RunView> {
  return change(scope, input, 'run.cancel', async (row) => {
    requireOpen(row)
    return { state: 'cancelled', reason: null, resumesAt: null, finishedAt: scope.now() }
  })
}

/**
 * Makes failed cells once more, and what was left where a run was cancelled; what was answered is judged again only where
 * the judging failed. Developers and above. Throws `nothing_to_retry`.
 */
export async function retryRun(house: House, scope: Scope, input: RunRef): Promise<RunView> {
  return change(scope, input, 'run.retry', async (row, tx) => {
    const { workspaceId, id } = row
    const isLeft = row.cells > row.done + row.failed && row.state === 'cancelled'
    if (row.failed === 0 && !isLeft)
      throw new AppError({ kind: 'conflict', code: 'nothing_to_retry', message: 'No cell of this run has failed.' })
    await tx.$executeRaw`
      UPDATE experiment_scores SET state = 'waiting', error = '' WHERE workspace_id = ${workspaceId} AND run_id = ${id} AND state = 'failed'`
    await tx.$executeRaw`
      UPDATE experiment_cells SET state = CASE WHEN answer IS NULL THEN 'waiting' ELSE 'answered' END, error_code = '', error_message = '', finished_at = NULL
       WHERE workspace_id = ${workspaceId} AND run_id = ${id} AND state = 'failed'`
    if (row.state !== 'running') await enqueue(house, tx, scope, id)
    const state = row.state === 'running' ? row.state : 'queued'
    return { state, failed: 0, reason: null, resumesAt: null, finishedAt: null }
  })
}

/** With its answers, scores and reviews. Developers and above. Throws `run_in_progress`. */
export async function deleteRun(scope: Scope, input: RunRef): Promise<void> {
  requireRole(scope, 'developer')
  const { id } = parseInput(RunRef, input)
  await scope.tx(async (tx) => {
    const row = await lockRun(tx, scope, id)
    if (isOpen(row))
      throw new AppError({
        kind: 'conflict',
        code: 'run_in_progress',
        message: 'The run is not over yet. Cancel it first.',
      })
    await tx.experimentRun.delete({ where: { workspaceId_id: { workspaceId: scope.workspaceId, id } } })
    await recordAudit(tx, scope, { action: 'run.delete', target: runTarget(row), before: { cells: row.cells } })
  })
}

type Change = Pick<Prisma.ExperimentRunUncheckedUpdateInput, 'failed' | 'resumesAt' | 'finishedAt' | 'capNanoUsd'> & {
  state: string
  reason: RunReason | null
}

async function change(
  scope: Scope,
  input: RunRef,
  action: string,
  work: (row: RunRowOf, tx: Tx) => Promise<Change>,
): Promise<RunView> {
  requireRole(scope, 'developer')
  const { id } = parseInput(RunRef, input)
  return scope.tx(async (tx) => {
    const row = await lockRun(tx, scope, id)
    const { reason, ...data } = await work(row, tx)
    await tx.experimentRun.update({
      where: { workspaceId_id: { workspaceId: scope.workspaceId, id } },
      data: { ...data, reason: reason ?? Prisma.DbNull },
    })
    await recordAudit(tx, scope, {
      action,
      target: runTarget(row),
      before: { state: row.state },
      after: { state: data.state },
    })
    return readRun(tx, scope, id)
  })
}

function enqueue({ queue }: House, tx: Tx, { workspaceId }: Scope, runId: string): Promise<string | null> {
  return queue.enqueue(tx, { queue: runQueue, data: { workspaceId, runId } })
}

const openStates: readonly RunState[] = ['queued', 'running', 'paused']

export function isOpen({ state }: Pick<RunRowOf, 'state'>): boolean {
  return (openStates as readonly string[]).includes(state)
}

function requireOpen(row: RunRowOf): void {
  if (!isOpen(row))
    throw new AppError({ kind: 'conflict', code: 'run_is_over', message: `The run is ${row.state} already.` })
}

import { z } from 'zod'
import { AppError, invalidInput, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { Page } from '#lib/core/page.ts'
import { claimUses, findModelFacts } from '#lib/models/index.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { readCursor, writeCursor } from '../cursor.ts'
import { requireDataset } from '../datasets/find.ts'
import type { ExperimentView } from './answers.ts'
import { experimentUse } from './house.ts'
import { CreateExperimentInput, ExperimentRef, ListExperimentsInput, UpdateExperimentInput } from './input.ts'
import type { ExperimentSetup } from './setup.ts'
import {
  countAgain,
  type ExperimentRow,
  lockExperiment,
  readSetup,
  requireExperiment,
  targetOf,
  toExperimentView,
  toRunSummary,
} from './stored.ts'

const experimentsMax = 2_000

/** Newest edit first, by pages. Every member may read. */
export async function listExperiments(
  scope: Scope,
  input: ListExperimentsInput = {},
): Promise<Page<ExperimentView> & { total: number }> {
  requireRead(scope)
  const { search, datasetId, state, cursor, limit } = parseInput(ListExperimentsInput, input)
  const { workspaceId } = scope
  const where: Prisma.ExperimentWhereInput[] = [{ workspaceId, ...(datasetId && { datasetId }) }]
  if (search?.trim()) {
    const contains = { contains: search.trim(), mode: 'insensitive' as const }
    where.push({ OR: [{ name: contains }, { description: contains }] })
  }
  return scope.tx(async (tx) => {
    if (state) where.push({ id: { in: await idsInState(tx, scope, state) } })
    const total = await tx.experiment.count({ where: { AND: where } })
    const after: Prisma.ExperimentWhereInput[] = []
    if (cursor !== undefined) {
      const [at, id] = readCursor(cursor, z.tuple([z.iso.datetime(), z.string().max(64)]))
      after.push({ OR: [{ updatedAt: { lt: at } }, { updatedAt: at, id: { lt: id } }] })
    }
    const rows = await tx.experiment.findMany({
      where: { AND: [...where, ...after] },
      orderBy: [{ updatedAt: 'desc' }, { id: 'desc' }],
      take: limit + 1,
      include: { dataset: { select: { name: true } } },
    })
    const page = rows.slice(0, limit)
    const last = page.at(-1)
    return {
      items: await toViews(tx, scope, page),
      total,
      ...(rows.length > limit && last && { nextCursor: writeCursor([last.updatedAt.toISOString(), last.id]) }),
    }
  })
}

/** Experiments whose newest run is in this state. */
async function idsInState(tx: Tx, { workspaceId }: Scope, state: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT e.id FROM experiments e LEFT JOIN LATERAL (SELECT state FROM experiment_runs r
        WHERE r.workspace_id = e.workspace_id AND r.experiment_id = e.id ORDER BY r.number DESC LIMIT 1) r ON true
     WHERE e.workspace_id = ${workspaceId} AND coalesce(r.state, 'draft') = ${state}`
  return rows.map(({ id }) => id)
}

/** Throws `not_found`. */
export async function getExperiment(scope: Scope, input: ExperimentRef): Promise<ExperimentView> {
  requireRead(scope)
  const { id } = parseInput(ExperimentRef, input)
  return scope.tx((tx) => readView(tx, scope, id))
}

/** Saved as it stands; `checkExperiment` says what is in the way of a run. Developers and above. */
export async function createExperiment(scope: Scope, input: CreateExperimentInput): Promise<ExperimentView> {
  requireRole(scope, 'developer')
  const wanted = parseInput(CreateExperimentInput, input)
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    if ((await tx.experiment.count({ where: { workspaceId } })) >= experimentsMax)
      throw new AppError({
        kind: 'conflict',
        code: 'too_many_experiments',
        message: `A workspace holds at most ${experimentsMax.toLocaleString('en')} experiments. Delete one first.`,
      })
    await requireSource(tx, scope, wanted.datasetId)
    const now = scope.now()
    const setup = await settle(tx, scope, wanted.setup)
    const row = await tx.experiment.create({
      data: {
        ...wanted,
        setup: setup as Prisma.InputJsonObject,
        id: newId('exp', now.getTime()),
        workspaceId,
        createdBy: scope.actor.id,
        createdAt: now,
        updatedAt: now,
      },
    })
    await claim(tx, scope, row.id, row.name, setup)
    await recordAudit(tx, scope, { action: 'experiment.add', target: targetOf(row), after: factsOf(setup) })
    return readView(tx, scope, row.id)
  })
}

/** Runs that were started keep what they were started with. Developers and above. Throws `stale_version`. */
export async function updateExperiment(scope: Scope, input: UpdateExperimentInput): Promise<ExperimentView> {
  requireRole(scope, 'developer')
  const { id, version, setup: given, ...rest } = parseInput(UpdateExperimentInput, input)
  return scope.tx(async (tx) => {
    const before = await lockExperiment(tx, scope, id)
    if (before.version !== version) throw staleEdit('The experiment', await readView(tx, scope, id))
    if (rest.datasetId !== undefined) await requireSource(tx, scope, rest.datasetId)
    const setup = given ? await settle(tx, scope, given) : readSetup(before)
    const row = await tx.experiment.update({
      where: { workspaceId_id: { workspaceId: scope.workspaceId, id } },
      data: {
        ...rest,
        setup: setup as Prisma.InputJsonObject,
        version: { increment: 1 },
        updatedAt: scope.now(),
      },
    })
    await claim(tx, scope, id, row.name, setup)
    await recordAudit(tx, scope, {
      action: 'experiment.update',
      target: targetOf(row),
      before: { name: before.name, ...factsOf(readSetup(before)) },
      after: { name: row.name, ...factsOf(setup) },
    })
    return readView(tx, scope, id)
  })
}

/** With its runs. Developers and above. Throws `run_in_progress`. */
export async function deleteExperiment(scope: Scope, input: ExperimentRef): Promise<void> {
  requireRole(scope, 'developer')
  const { id } = parseInput(ExperimentRef, input)
  await scope.tx(async (tx) => {
    const row = await lockExperiment(tx, scope, id)
    const { workspaceId } = scope
    const busy = await tx.experimentRun.count({
      where: { workspaceId, experimentId: id, state: { in: ['queued', 'running', 'paused'] } },
    })
    if (busy > 0)
      throw new AppError({
        kind: 'conflict',
        code: 'run_in_progress',
        message: 'A run is not over yet. Cancel it first.',
      })
    await tx.experiment.delete({ where: { workspaceId_id: { workspaceId, id } } })
    await claimUses(tx, { workspaceId, kind: experimentUse, refId: id, label: '' }, [])
    await recordAudit(tx, scope, {
      action: 'experiment.delete',
      target: targetOf(row),
      before: factsOf(readSetup(row)),
    })
  })
}

/** Points an experiment's candidates from one model to another. */
export async function repointExperiment(tx: Tx, scope: Scope, id: string, from: string, to: string): Promise<void> {
  const row = await lockExperiment(tx, scope, id)
  const setup = readSetup(row)
  const candidates = setup.candidates.map((candidate) =>
    candidate.kind === 'model' && candidate.model === from ? { ...candidate, model: to } : candidate,
  )
  await tx.experiment.update({
    where: { workspaceId_id: { workspaceId: scope.workspaceId, id } },
    data: {
      setup: { ...setup, candidates } as Prisma.InputJsonObject,
      version: { increment: 1 },
      updatedAt: scope.now(),
    },
  })
}

async function requireSource(tx: Tx, scope: Scope, datasetId: string): Promise<void> {
  await requireDataset(tx, scope, datasetId).catch(() => {
    throw invalidInput('The dataset does not exist.', { datasetId: 'The dataset does not exist.' })
  })
}

/** The setup with its models by their ids; what is not there stays as it was written, and is told by the check. */
async function settle(tx: Tx, scope: Scope, setup: ExperimentSetup): Promise<ExperimentSetup> {
  const names = setup.candidates.flatMap((candidate) => (candidate.kind === 'model' ? [candidate.model] : []))
  const models = await findModelFacts(tx, scope, names)
  const candidates = setup.candidates.map((candidate) =>
    candidate.kind === 'model'
      ? { ...candidate, model: models.get(candidate.model)?.id ?? candidate.model }
      : candidate,
  )
  return { ...setup, candidates }
}

async function claim(tx: Tx, scope: Scope, id: string, name: string, setup: ExperimentSetup): Promise<void> {
  const wanted = setup.candidates.flatMap((candidate) => (candidate.kind === 'model' ? [candidate.model] : []))
  const living = await findModelFacts(tx, scope, wanted)
  const ref = { workspaceId: scope.workspaceId, kind: experimentUse, refId: id, label: `the experiment “${name}”` }
  await claimUses(
    tx,
    ref,
    [...living.values()].map((facts) => facts.id),
  )
}

async function readView(tx: Tx, scope: Scope, id: string): Promise<ExperimentView> {
  const [view] = await toViews(tx, scope, [await requireExperiment(tx, scope, id)])
  return view!
}

async function toViews(tx: Tx, scope: Scope, rows: ExperimentRow[]): Promise<ExperimentView[]> {
  if (rows.length === 0) return []
  const { workspaceId } = scope
  const experimentIds = rows.map(({ id }) => id)
  const where = { workspaceId, experimentId: { in: experimentIds } }
  const groups = await tx.experimentRun.groupBy({ by: ['experimentId'], where, _count: true, _max: { number: true } })
  const runs = await tx.experimentRun.findMany({
    where: { workspaceId, OR: groups.map(({ experimentId, _max }) => ({ experimentId, number: _max.number! })) },
    include: { experiment: { select: { name: true } } },
  })
  const again = await countAgain(
    tx,
    scope,
    runs.map(({ id }) => id),
  )
  const latest = new Map(runs.map((run) => [run.experimentId, toRunSummary(run, again.get(run.id) ?? 0)]))
  const counts = new Map(groups.map(({ experimentId, _count }) => [experimentId, _count]))
  return rows.map((row) => toExperimentView(row, { runs: counts.get(row.id) ?? 0, latest: latest.get(row.id) ?? null }))
}

function factsOf({ candidates, evaluators }: ExperimentSetup): Record<string, unknown> {
  return { candidates: candidates.map(({ name, kind }) => `${name} (${kind})`), evaluators: evaluators.length }
}

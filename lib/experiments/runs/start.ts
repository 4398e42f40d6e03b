import { AppError, invalidInput } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { parseMicroAmount } from '#lib/core/money.ts'
import type { Dataset, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { callerOf } from '../caller.ts'
import { lockDataset, requireDataset, shapeAt } from '../datasets/find.ts'
import { keepSnapshot } from '../datasets/snapshots.ts'
import type { ExperimentCheckView, RunView } from './answers.ts'
import { estimateRun } from './estimate.ts'
import { type House, runQueue } from './house.ts'
import { CheckExperimentInput, StartRunInput } from './input.ts'
import { type FindVersion, type FoundVersion, type Pinned, pinSetup, readRowFacts } from './pin.ts'
import {
  type ExperimentRow,
  lockExperiment,
  readSetup,
  requireExperiment,
  requireRun,
  runTarget,
  toRunView,
} from './stored.ts'

const cellsMax = 500_000
/** Of one workspace, not over yet. */
const openRunsMax = 20

/** What is in the way of a run, what somebody should know, and what it would cost. Every member may read. */
export async function checkExperiment(
  house: House,
  scope: Scope,
  input: CheckExperimentInput,
): Promise<ExperimentCheckView> {
  requireRead(scope)
  const wanted = parseInput(CheckExperimentInput, input)
  const experiment = await scope.tx((tx) => requireExperiment(tx, scope, wanted.id))
  const findVersion = await findVersions(house, scope, experiment)
  return scope.tx(async (tx) => {
    const dataset = await requireDataset(tx, scope, experiment.datasetId)
    const { pinned, rows } = await pin(tx, scope, experiment, dataset, wanted, findVersion)
    const { problems, warnings, setup } = pinned
    if (problems.length > 0) return { problems, warnings, estimate: null }
    const source = { datasetId: dataset.id, rows, ...(wanted.snapshot !== undefined && { snapshot: wanted.snapshot }) }
    return { problems, warnings, estimate: await estimateRun({ ...house, findVersion }, tx, scope, setup, source) }
  })
}

/**
 * Pins the dataset, the candidates and the evaluators as they stand, and puts the run into the worker's queue. Developers
 * and above. Throws `not_runnable` (with the problems), `too_many_cells`, `too_many_runs`.
 */
export async function startRun(house: House, scope: Scope, input: StartRunInput): Promise<RunView> {
  requireRole(scope, 'developer')
  const { capUsd, concurrency, ...wanted } = parseInput(StartRunInput, input)
  const capNanoUsd = readCap(capUsd)
  const found = await scope.tx((tx) => requireExperiment(tx, scope, wanted.id))
  const findVersion = await findVersions(house, scope, found)
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    const experiment = await lockExperiment(tx, scope, wanted.id)
    const dataset = await lockDataset(tx, scope, experiment.datasetId)
    const { pinned, rows } = await pin(tx, scope, experiment, dataset, wanted, findVersion)
    if (pinned.problems.length > 0) throw notRunnable(pinned)
    const cells = rows * pinned.setup.candidates.length
    if (cells > cellsMax) throw tooManyCells(cells)
    const open = await tx.experimentRun.count({
      where: { workspaceId, state: { in: ['queued', 'running', 'paused'] } },
    })
    if (open >= openRunsMax)
      throw new AppError({
        kind: 'conflict',
        code: 'too_many_runs',
        message: `${openRunsMax} runs of this workspace are not over yet. Wait for one, or cancel it.`,
      })
    const snapshot = wanted.snapshot ?? (await keepSnapshot(tx, scope, dataset)).number
    const source = { datasetId: dataset.id, snapshot, rows }
    const estimate = await estimateRun({ ...house, findVersion }, tx, scope, pinned.setup, source)
    const now = scope.now()
    const { runCount } = await tx.experiment.update({
      where: { workspaceId_id: { workspaceId, id: experiment.id } },
      data: { runCount: { increment: 1 }, updatedAt: now },
    })
    const { id } = await tx.experimentRun.create({
      data: {
        id: newId('run', now.getTime()),
        workspaceId,
        experimentId: experiment.id,
        number: runCount,
        datasetId: dataset.id,
        snapshot,
        setup: pinned.setup as unknown as Prisma.InputJsonObject,
        state: 'queued',
        capNanoUsd,
        concurrency,
        estimate,
        rowCount: rows,
        cells,
        actorKind: scope.actor.kind,
        actorId: scope.actor.id,
        actorLabel: scope.actor.label,
        createdAt: now,
      },
    })
    await house.queue.enqueue(tx, { queue: runQueue, data: { workspaceId, runId: id } })
    const run = await requireRun(tx, scope, id)
    await recordAudit(tx, scope, {
      action: 'run.start',
      target: runTarget(run),
      after: { rows, cells, snapshot, cap: capNanoUsd?.toString() ?? null, estimate: estimate.cost?.usd ?? null },
    })
    return toRunView(run, 0)
  })
}

async function pin(
  tx: Tx,
  scope: Scope,
  experiment: ExperimentRow,
  dataset: Dataset,
  { snapshot, rows }: { snapshot?: number; rows?: number | null },
  findVersion: FindVersion,
): Promise<{ pinned: Pinned; rows: number }> {
  const shape = await shapeAt(tx, scope, dataset, snapshot)
  const source = { ...(snapshot !== undefined && { snapshot }), ...(rows && { rows }) }
  const facts = await readRowFacts(tx, scope, dataset, source)
  const caller = await callerOf(tx, scope)
  const pinned = await pinSetup(tx, scope, caller, { setup: readSetup(experiment), shape, facts, findVersion })
  return { pinned, rows: facts.rows }
}

/** The versions that an experiment's candidates name, read before: they belong to another room. */
async function findVersions({ deployments }: House, scope: Scope, experiment: ExperimentRow): Promise<FindVersion> {
  const found = new Map<string, FoundVersion>()
  for (const candidate of readSetup(experiment).candidates) {
    if (candidate.kind !== 'deployment') continue
    const { deployment: id, version } = candidate
    try {
      const view = await deployments.getDeployment(scope, { id })
      const { config } = await deployments.getVersion(scope, { id: view.id, version })
      const known = { id: view.id, key: view.key, type: view.type, config }
      // As the setup names it, and as a run is pinned to it.
      for (const name of [id, view.id]) found.set(`${name} ${version}`, known)
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'not_found') throw error
    }
  }
  return (deployment, version) => found.get(`${deployment} ${version}`) ?? null
}

function notRunnable({ problems }: Pinned): AppError {
  const fields: Record<string, string> = {}
  for (const { path, message } of problems) fields[`setup.${path}`] ??= message
  return new AppError({
    kind: 'conflict',
    code: 'not_runnable',
    message: problems.length === 1 ? problems[0]!.message : `${problems.length} things are in the way of a run.`,
    fields,
    details: { problems },
  })
}

function tooManyCells(cells: number): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'too_many_cells',
    message: `A run has at most ${cellsMax.toLocaleString('en')} cells; this one would have ${cells.toLocaleString('en')}. Take fewer rows or candidates.`,
  })
}

/** Nano-dollars; null: no bound. Throws `invalid_request`. */
export function readCap(given: string | number | null | undefined): bigint | null {
  if (given === null || given === undefined) return null
  const read = parseMicroAmount(String(given))
  if (!read.ok || read.micro === 0n) {
    const message = 'Write an amount in dollars above zero, such as 5 or 0.25.'
    throw invalidInput(message, { capUsd: message })
  }
  return read.micro * 1_000n
}

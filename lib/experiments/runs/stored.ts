import { notFound } from '#lib/core/errors.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Dataset, Experiment, ExperimentRun } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { ExperimentView, PinnedSetupView, RunEstimate, RunReason, RunSummaryView, RunView } from './answers.ts'
import type { RunState } from './input.ts'
import { ExperimentSetup, type PinnedCandidate, type PinnedSetup } from './setup.ts'

export type ExperimentRow = Experiment & { dataset: Pick<Dataset, 'name'> }
export type RunRowOf = ExperimentRun & { experiment: Pick<Experiment, 'name'> }

/** Throws `not_found`. */
export async function requireExperiment(tx: Tx, { workspaceId }: Scope, id: string): Promise<ExperimentRow> {
  const row = await tx.experiment.findFirst({
    where: { workspaceId, id },
    include: { dataset: { select: { name: true } } },
  })
  if (!row) throw notFound('Experiment')
  return row
}

export async function lockExperiment(tx: Tx, scope: Scope, id: string): Promise<ExperimentRow> {
  await tx.$queryRaw`SELECT 1 FROM experiments WHERE workspace_id = ${scope.workspaceId} AND id = ${id} FOR UPDATE`
  return requireExperiment(tx, scope, id)
}

/** Throws `not_found`. */
export async function requireRun(tx: Tx, { workspaceId }: Scope, id: string): Promise<RunRowOf> {
  const row = await tx.experimentRun.findFirst({
    where: { workspaceId, id },
    include: { experiment: { select: { name: true } } },
  })
  if (!row) throw notFound('Run')
  return row
}

export async function lockRun(tx: Tx, scope: Scope, id: string): Promise<RunRowOf> {
  await tx.$queryRaw`SELECT 1 FROM experiment_runs WHERE workspace_id = ${scope.workspaceId} AND id = ${id} FOR UPDATE`
  return requireRun(tx, scope, id)
}

export function readSetup({ setup }: Pick<Experiment, 'setup'>): ExperimentSetup {
  return ExperimentSetup.parse(setup)
}

export function readPinned({ setup }: Pick<ExperimentRun, 'setup'>): PinnedSetup {
  return setup as unknown as PinnedSetup
}

/** What is called in a candidate's name. */
export function addressOf(candidate: PinnedCandidate): string {
  if (candidate.kind === 'model') return candidate.slug
  return candidate.kind === 'deployment' ? `deployment/${candidate.deploymentKey}@${candidate.version}` : ''
}

function toPinnedView({ candidates, evaluators, baseline }: PinnedSetup): PinnedSetupView {
  return {
    candidates: candidates.map((candidate) => {
      const address = addressOf(candidate)
      if (candidate.kind === 'model') {
        const { type, slug, ...rest } = candidate
        return { candidate: rest, type, address }
      }
      if (candidate.kind === 'deployment') {
        const { type, deploymentKey, ...rest } = candidate
        return { candidate: rest, type, address }
      }
      return { candidate, type: null, address }
    }),
    evaluators,
    baseline,
  }
}

export function toRunSummary(row: RunRowOf, again: number): RunSummaryView {
  const left = row.cells - row.done - row.failed
  const isMoving = row.state === 'running' && row.pace > 0
  return {
    id: row.id,
    experimentId: row.experimentId,
    experimentName: row.experiment.name,
    number: row.number,
    datasetId: row.datasetId,
    snapshot: row.snapshot,
    state: row.state as RunState,
    reason: row.reason as RunReason | null,
    resumesAt: row.resumesAt?.toISOString() ?? null,
    rows: row.rowCount,
    cells: row.cells,
    done: row.done,
    failed: row.failed,
    left,
    again,
    // Where nothing of it has a price, zero would be a lie.
    cost: row.costNanoUsd === 0n && (row.estimate as RunEstimate).cost === null ? null : toMoneyView(row.costNanoUsd),
    cap: row.capNanoUsd === null ? null : toMoneyView(row.capNanoUsd),
    concurrency: row.concurrency,
    secondsLeft: isMoving ? Math.ceil(left / row.pace) : null,
    startedBy: row.actorLabel,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
  }
}

export function toRunView(row: RunRowOf, again: number): RunView {
  return {
    ...toRunSummary(row, again),
    estimate: row.estimate as RunEstimate,
    setup: toPinnedView(readPinned(row)),
  }
}

export function toExperimentView(
  row: ExperimentRow,
  { runs, latest }: { runs: number; latest: RunSummaryView | null },
): ExperimentView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    datasetId: row.datasetId,
    datasetName: row.dataset.name,
    setup: readSetup(row),
    runs,
    latestRun: latest,
    state: latest?.state ?? 'draft',
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** Cells that were made once more, by run. */
export async function countAgain(
  tx: Tx,
  { workspaceId }: Scope,
  runIds: readonly string[],
): Promise<Map<string, number>> {
  if (runIds.length === 0) return new Map()
  const groups = await tx.experimentCell.groupBy({
    by: ['runId'],
    where: { workspaceId, runId: { in: [...runIds] }, again: true },
    _count: true,
  })
  return new Map(groups.map(({ runId, _count }) => [runId, _count]))
}

export function targetOf(row: Pick<Experiment, 'id' | 'name'>): { kind: string; id: string; label: string } {
  return { kind: 'experiment', id: row.id, label: row.name }
}

export function runTarget(row: RunRowOf): { kind: string; id: string; label: string } {
  return { kind: 'run', id: row.id, label: `${row.experiment.name} #${row.number}` }
}

import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '#lib/core/errors.ts'
import type { ComparisonView, ExperimentView, RunView } from '#lib/experiments/schema.ts'
import type { ExperimentArguments } from './arguments.ts'
import { type CheckedThreshold, checkThresholds, placesOf } from './thresholds.ts'

/** The management API of a workspace. Throws `AppError` with what it answers where it refuses. */
export type CallApi = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>

export interface ExperimentResult {
  passed: boolean
  run: RunView
  thresholds: CheckedThreshold[]
  comparison: ComparisonView
}

const everyMs = 1_000

/**
 * Runs an experiment to its end and holds it against its thresholds. `onProgress` is told of every change. Where `signal`
 * asks for it the run is cancelled. Throws `run_paused` where it waits for somebody.
 */
export async function runExperiment(
  call: CallApi,
  {
    experimentId,
    thresholds,
    candidate,
    run: bounds,
  }: Omit<ExperimentArguments, 'workspace' | 'baseUrl' | 'apiKey' | 'json'>,
  { signal, onProgress = () => undefined }: { signal: AbortSignal; onProgress?: (run: RunView) => void },
): Promise<ExperimentResult> {
  // A name that is misspelt is told before anything is paid for.
  const { setup } = await call<ExperimentView>('GET', `/experiments/${encodeURIComponent(experimentId)}`)
  placesOf(candidate, setup.candidates)
  const started = await call<RunView>('POST', `/experiments/${encodeURIComponent(experimentId)}/runs`, bounds)
  try {
    checkThresholds(thresholds, candidate, started.setup, { candidates: [], evaluators: [], baseline: 0 })
  } catch (error) {
    await cancel(call, started.id)
    throw error
  }
  const run = await follow(call, started, signal, onProgress)
  const comparison = await call<ComparisonView>('GET', `/runs/${run.id}/comparison`)
  const checked = checkThresholds(thresholds, candidate, run.setup, comparison)
  return {
    passed: run.state === 'completed' && checked.every(({ holds }) => holds),
    run,
    thresholds: checked,
    comparison,
  }
}

async function follow(
  call: CallApi,
  started: RunView,
  signal: AbortSignal,
  onProgress: (run: RunView) => void,
): Promise<RunView> {
  let run = started
  for (let shown = ''; ; ) {
    const moved = `${run.state} ${run.done} ${run.failed}`
    if (moved !== shown) onProgress(run)
    shown = moved
    if (run.state === 'completed' || run.state === 'failed' || run.state === 'cancelled') return run
    // One that goes on by itself is waited for.
    if (run.state === 'paused' && run.resumesAt === null) throw paused(run)
    if (signal.aborted) return cancel(call, run.id)
    await delay(everyMs, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) run = await call<RunView>('GET', `/runs/${run.id}`)
  }
}

const cancel = (call: CallApi, runId: string) => call<RunView>('POST', `/runs/${runId}/cancel`)

function paused(run: RunView): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'run_paused',
    message: `The run ${run.id} is paused: ${run.reason?.message ?? 'somebody paused it.'} Resume it in the studio.`,
  })
}

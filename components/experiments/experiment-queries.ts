import { createLoader, type inferParserType, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs/server'
import { callApi, isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import { type SpanUnit, splitSpan } from '#components/ui/span.ts'
import type { Page } from '#lib/core/page.ts'
import type {
  CellDetailView,
  ComparisonView,
  CreateExperimentInput,
  DatasetSnapshotView,
  DatasetView,
  ExperimentCheckView,
  ExperimentView,
  GridView,
  ReplayInput,
  ReplayView,
  ReviewInput,
  ReviewView,
  RunSummaryView,
  RunView,
  UpdateExperimentInput,
} from '#lib/experiments/schema.ts'
import { stateOrder } from './run-words.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`
const experimentsPath = (workspace: string) => `${apiOf(workspace)}/experiments`
const experimentPath = (workspace: string, id: string) => `${experimentsPath(workspace)}/${encodeURIComponent(id)}`
export const runPath = (workspace: string, id: string) => `${apiOf(workspace)}/runs/${encodeURIComponent(id)}`
export const experimentPage = (workspace: string, id: string) => `/${workspace}/experiments/${id}`

/** What the address of the list holds. */
export const experimentsParsers = {
  q: parseAsString,
  state: parseAsStringLiteral(stateOrder),
  after: parseAsString,
}
export type ExperimentsState = inferParserType<typeof experimentsParsers>
export const loadExperimentsState = createLoader(experimentsParsers)

export function experimentsQuery(workspace: string, { q, state, after }: ExperimentsState) {
  const query = { ...(q && { search: q }), ...(state && { state }), ...(after && { cursor: after }) }
  return {
    query,
    queryKey: ['experiments', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<Page<ExperimentView> & { total: number }>(withQuery(experimentsPath(workspace), query), signal),
    retry: isWorthRetrying,
  }
}

/** What the address of one experiment holds. Everything after `run` is about that run; without it the newest one. */
export const experimentParsers = {
  tab: parseAsStringLiteral(['setup', 'grid', 'compare', 'review'] as const),
  run: parseAsString,
  sort: parseAsString,
  q: parseAsString,
  state: parseAsStringLiteral(['waiting', 'answered', 'done', 'failed'] as const),
  verdict: parseAsStringLiteral(['passed', 'failed', 'worse'] as const),
  reviewed: parseAsStringLiteral(['yes', 'no'] as const),
  again: parseAsStringLiteral(['yes'] as const),
  candidate: parseAsInteger,
  evaluator: parseAsInteger,
  label: parseAsString,
  min: parseAsString,
  max: parseAsString,
  code: parseAsString,
  latency: parseAsString,
  first: parseAsString,
  cost: parseAsString,
  input: parseAsString,
  output: parseAsString,
  /** An open cell: the row's id and the candidate's place. */
  cell: parseAsString,
  baseline: parseAsInteger,
}
export type ExperimentState = inferParserType<typeof experimentParsers>
export const loadExperimentState = createLoader(experimentParsers)
/** Without conditions all rows of the run are shown. */
export const conditionsNone = {
  q: null,
  state: null,
  verdict: null,
  reviewed: null,
  again: null,
  candidate: null,
  evaluator: null,
  label: null,
  min: null,
  max: null,
  code: null,
  latency: null,
  first: null,
  cost: null,
  input: null,
  output: null,
} satisfies Partial<ExperimentState>
/** What belongs to the run that is looked at, and goes when another one is. */
export const runStateNone = {
  ...conditionsNone,
  sort: null,
  cell: null,
  baseline: null,
} satisfies Partial<ExperimentState>

export const experimentQuery = (workspace: string, id: string) => ({
  queryKey: ['experiment', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<ExperimentView>(experimentPath(workspace, id), signal),
  retry: isWorthRetrying,
})

export function checkQuery(
  workspace: string,
  id: string,
  version: number,
  { snapshot, rows }: { snapshot: number | null; rows: number | null },
) {
  const query = { ...(snapshot && { snapshot: String(snapshot) }), ...(rows && { rows: String(rows) }) }
  return {
    queryKey: ['experiment-check', workspace, id, version, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<ExperimentCheckView>(withQuery(`${experimentPath(workspace, id)}/check`, query), signal),
    retry: isWorthRetrying,
  }
}

export const runsQuery = (workspace: string, experimentId: string) => ({
  queryKey: ['runs', workspace, experimentId],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<RunSummaryView>>(withQuery(`${apiOf(workspace)}/runs`, { experimentId, limit: '50' }), signal),
  retry: isWorthRetrying,
})

export const runQuery = (workspace: string, id: string) => ({
  queryKey: ['run', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<RunView>(runPath(workspace, id), signal),
  retry: isWorthRetrying,
})

export const comparisonQuery = (workspace: string, id: string, baseline: number | null) => ({
  queryKey: ['comparison', workspace, id, baseline],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<ComparisonView>(
      withQuery(`${runPath(workspace, id)}/comparison`, { baseline: baseline === null ? undefined : String(baseline) }),
      signal,
    ),
  retry: isWorthRetrying,
})

/** Figures of an answer that rows are found by, by their names in the address, with those that the API knows them by. */
export const figureSpans = {
  latency: { unit: 'ms', label: 'Latency', min: 'minLatencyMs', max: 'maxLatencyMs' },
  first: { unit: 'ms', label: 'First token', min: 'minFirstTokenMs', max: 'maxFirstTokenMs' },
  cost: { unit: 'usd', label: 'Cost', min: 'minCost', max: 'maxCost' },
  input: { unit: 'tokens', label: 'Prompt tokens', min: 'minInputTokens', max: 'maxInputTokens' },
  output: { unit: 'tokens', label: 'Answer tokens', min: 'minOutputTokens', max: 'maxOutputTokens' },
} as const satisfies Record<string, { unit: SpanUnit; label: string; min: string; max: string }>
export const figureNames = Object.keys(figureSpans) as (keyof typeof figureSpans)[]

export type GridQuery = Pick<ExperimentState, 'sort' | keyof typeof conditionsNone>

/** The conditions of the address as the API takes them. */
export function gridConditions(state: GridQuery): Record<string, string> {
  const { sort, q, state: cells, verdict, reviewed, again, candidate, evaluator, label, min, max, code } = state
  const figures = figureNames.flatMap((name) => {
    const { unit, ...names } = figureSpans[name]
    const span = splitSpan(state[name] ?? '', unit)
    return [
      ...(span?.min !== undefined ? [[names.min, span.min]] : []),
      ...(span?.max !== undefined ? [[names.max, span.max]] : []),
    ]
  })
  return {
    ...(sort && { sort }),
    ...(q && { search: q }),
    ...(cells && { state: cells }),
    ...(verdict === 'passed' && { passed: 'true' }),
    ...(verdict === 'failed' && { passed: 'false' }),
    ...(verdict === 'worse' && { worse: 'true' }),
    ...(reviewed && { reviewed: String(reviewed === 'yes') }),
    ...(again && { again: 'true' }),
    ...(candidate !== null && { candidate: String(candidate) }),
    ...(evaluator !== null && { evaluator: String(evaluator) }),
    ...(label && { label }),
    ...(min && { minScore: min }),
    ...(max && { maxScore: max }),
    ...(code && { errorCode: code }),
    ...Object.fromEntries(figures),
  }
}

export const gridKey = (workspace: string, runId: string) => ['grid', workspace, runId]

export const gridQuery = (
  workspace: string,
  runId: string,
  conditions: Record<string, string>,
  from: number,
  limit: number,
) => ({
  queryKey: [...gridKey(workspace, runId), conditions, from, limit],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<GridView>(
      withQuery(`${runPath(workspace, runId)}/rows`, { ...conditions, from: String(from), limit: String(limit) }),
      signal,
    ),
  retry: isWorthRetrying,
})

const cellPath = (workspace: string, runId: string, rowId: string, candidate: number) =>
  `${runPath(workspace, runId)}/rows/${encodeURIComponent(rowId)}/cells/${candidate}`

export const cellQuery = (workspace: string, runId: string, rowId: string, candidate: number) => ({
  queryKey: ['cell', workspace, runId, rowId, candidate],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<CellDetailView>(cellPath(workspace, runId, rowId, candidate), signal),
  retry: isWorthRetrying,
})

export const addExperiment = (workspace: string, body: CreateExperimentInput) =>
  callApi<ExperimentView>(experimentsPath(workspace), { body })

export const editExperiment = (workspace: string, { id, ...body }: UpdateExperimentInput) =>
  callApi<ExperimentView>(experimentPath(workspace, id), { method: 'PATCH', body })

export const removeExperiment = (workspace: string, id: string) =>
  callApi<void>(experimentPath(workspace, id), { method: 'DELETE' })

export const replayRequests = (workspace: string, body: ReplayInput) =>
  callApi<ReplayView>(`${experimentsPath(workspace)}/replay`, { body })

export const startRun = (
  workspace: string,
  id: string,
  body: { snapshot?: number; rows?: number; capUsd?: string; concurrency: number },
) => callApi<RunView>(`${experimentPath(workspace, id)}/runs`, { body })

export const actOnRun = (workspace: string, id: string, act: 'pause' | 'cancel' | 'retry') =>
  callApi<RunView>(`${runPath(workspace, id)}/${act}`, { method: 'POST' })

export const resumeRun = (workspace: string, id: string, body: { capUsd?: string }) =>
  callApi<RunView>(`${runPath(workspace, id)}/resume`, { body })

export const removeRun = (workspace: string, id: string) => callApi<void>(runPath(workspace, id), { method: 'DELETE' })

export const reviewCell = (workspace: string, { id, rowId, candidate, ...body }: ReviewInput) =>
  callApi<ReviewView>(`${cellPath(workspace, id, rowId, Number(candidate))}/review`, { method: 'PUT', body })

export const removeReview = (workspace: string, runId: string, rowId: string, candidate: number) =>
  callApi<void>(`${cellPath(workspace, runId, rowId, candidate)}/review`, { method: 'DELETE' })

export const runExportPath = (workspace: string, id: string, format: 'csv' | 'jsonl') =>
  withQuery(`${runPath(workspace, id)}/export`, { format })

export const datasetQuery = (workspace: string, id: string) => ({
  queryKey: ['dataset', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<DatasetView>(`${apiOf(workspace)}/datasets/${encodeURIComponent(id)}`, signal),
  retry: isWorthRetrying,
})

export const snapshotChoicesQuery = (workspace: string, id: string) => ({
  queryKey: ['dataset-snapshots', workspace, id, 'to-choose'],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<DatasetSnapshotView>>(
      withQuery(`${apiOf(workspace)}/datasets/${encodeURIComponent(id)}/snapshots`, { limit: '100' }),
      signal,
    ),
  retry: isWorthRetrying,
})

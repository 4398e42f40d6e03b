import { z } from 'zod'
import { type Operations, pageOf } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import * as grid from './grid-answers.ts'
import { CompareInput, ExportRunInput, GridInput, ReviewInput } from './grid-input.ts'
import {
  CheckExperimentInput,
  CreateExperimentInput,
  ListExperimentsInput,
  ListRunsInput,
  ReplayInput,
  ResumeRunInput,
  StartRunInput,
  UpdateExperimentInput,
} from './input.ts'

const workspace = '/api/workspaces/[workspace]'
const api = `${workspace}/experiments`
const runs = `${workspace}/runs`
const experiment = { id: 'Of the experiment.' }
const run = { id: 'Of the run.' }
const cell = { ...run, rowId: 'Of the row.', candidate: 'Its place in the run, from 0.' }
const page = { cursor: 'Of the page before; opaque.', limit: 'Of one page.' }
const reads = { group: 'Experiments', access: 'read', least: 'viewer' } as const
const writes = { group: 'Experiments', access: 'write', least: 'developer' } as const
const snapshot = 'Number of a snapshot; without it the dataset as it stands.'
const rows = 'Only the first ones, so many.'
const prompt = { messages: [{ role: 'user', content: '{{question}}' }] }
const setup = {
  candidates: [
    { key: 'a', name: 'Model A', kind: 'model', model: 'model-a', prompt },
    { key: 'b', name: 'Model B', kind: 'model', model: 'model-b', prompt },
  ],
  evaluators: ['evl_000000000000000000000000'],
}

/** Schemas that have a name in the document. */
export const named = {
  ExperimentView: answers.ExperimentView,
  ExperimentCheckView: answers.ExperimentCheckView,
  ReplayView: answers.ReplayView,
  RunView: answers.RunView,
  RunSummaryView: answers.RunSummaryView,
  RunEstimate: answers.RunEstimate,
  RunReason: answers.RunReason,
  CallEstimate: answers.CallEstimate,
  PinnedSetup: answers.PinnedSetupView,
  SetupProblem: answers.ProblemView,
  GridView: grid.GridView,
  GridRowView: grid.GridRowView,
  CellView: grid.CellView,
  CellAnswerView: grid.CellAnswerView,
  CellDetailView: grid.CellDetailView,
  ScoreView: grid.ScoreView,
  ReviewView: grid.ReviewView,
  ComparisonView: grid.ComparisonView,
  CandidateScores: grid.CandidateScores,
  VersusView: grid.VersusView,
}

/** What the routes of experiments promise. */
export const operations: Operations = {
  [`GET ${api}`]: {
    ...reads,
    id: 'listExperiments',
    summary: 'Experiments, newest edit first',
    query: ListExperimentsInput,
    fields: {
      search: 'Found in name or description.',
      datasetId: 'That use this dataset.',
      state: 'Of the newest run.',
      ...page,
    },
    answer: pageOf(answers.ExperimentView).extend({ total: z.int().min(0) }),
  },
  [`POST ${api}`]: {
    ...writes,
    id: 'addExperiment',
    summary: 'Make an experiment',
    details: 'Saved as it stands; `checkExperiment` tells what is in the way of a run.',
    body: CreateExperimentInput,
    fields: { setup: 'Candidates, evaluators, and which candidate others are compared with.' },
    example: { name: 'A or B', datasetId: 'dts_000000000000000000000000', setup },
    status: 201,
    answer: answers.ExperimentView,
    errors: { 409: ['too_many_experiments'] },
  },
  [`POST ${api}/replay`]: {
    ...writes,
    id: 'replayRequests',
    summary: 'Let another model answer recorded requests',
    details:
      'Makes a dataset of the newest answered requests of a deployment whose prompts are kept, and an experiment on it that is not run yet: what was answered is its baseline. Words are compared by their likeness, vectors by their angle; of pictures the number is recorded.',
    body: ReplayInput,
    fields: {
      deployment: 'Its id or key.',
      last: 'So many of its requests.',
      model: 'Id, slug or alias of the other model.',
      similarityModel: 'An embedding model that says how near answers in words are in meaning.',
    },
    example: { deployment: 'support-answer', last: 50, model: 'model-b' },
    status: 201,
    answer: answers.ReplayView,
    errors: { 409: ['nothing_recorded'] },
  },
  [`GET ${api}/[id]`]: {
    ...reads,
    id: 'getExperiment',
    summary: 'One experiment',
    params: experiment,
    answer: answers.ExperimentView,
  },
  [`PATCH ${api}/[id]`]: {
    ...writes,
    id: 'updateExperiment',
    summary: 'Change an experiment',
    details: 'Runs that were started keep what they were started with.',
    params: experiment,
    body: UpdateExperimentInput.omit({ id: true }),
    fields: { version: 'As it was read; a stale one is 409 with the object as it stands.' },
    example: { version: 1, name: 'A or B, again' },
    answer: answers.ExperimentView,
    errors: { 409: ['stale_version'] },
  },
  [`DELETE ${api}/[id]`]: {
    ...writes,
    id: 'deleteExperiment',
    summary: 'Delete an experiment with its runs',
    params: experiment,
    answer: null,
    errors: { 409: ['run_in_progress'] },
  },
  [`GET ${api}/[id]/check`]: {
    ...reads,
    id: 'checkExperiment',
    summary: 'What is in the way of a run, and what it would cost',
    params: experiment,
    query: CheckExperimentInput.omit({ id: true }),
    fields: { snapshot, rows },
    answer: answers.ExperimentCheckView,
  },
  [`POST ${api}/[id]/runs`]: {
    ...writes,
    id: 'startRun',
    summary: 'Run an experiment',
    details:
      'Pins the dataset, the candidates and the evaluators as they stand, and puts the run into the queue. Its calls are limited, paid for and on the record like any other, with source `experiment` or `judge`.',
    params: experiment,
    body: StartRunInput.omit({ id: true }),
    fields: {
      snapshot,
      rows,
      capUsd: 'Dollars that all its calls may cost.',
      concurrency: 'Calls at once to one model.',
    },
    example: { capUsd: '5', concurrency: 10 },
    status: 201,
    answer: answers.RunView,
    errors: { 409: ['not_runnable', 'too_many_cells', 'too_many_runs', 'too_many_snapshots'] },
  },
  [`GET ${runs}`]: {
    ...reads,
    id: 'listRuns',
    summary: 'Runs, newest first',
    query: ListRunsInput,
    fields: { experimentId: 'Of this experiment.', ...page },
    answer: pageOf(answers.RunSummaryView),
  },
  [`GET ${runs}/[id]`]: { ...reads, id: 'getRun', summary: 'How far a run is', params: run, answer: answers.RunView },
  [`GET ${runs}/[id]/events`]: {
    ...reads,
    id: 'followRun',
    summary: 'A run as it moves',
    details: 'The run, again whenever something of it has changed, until it is over.',
    params: run,
    answer: null,
    status: 200,
    also: { 'text/event-stream': 'each event is a RunView.' },
  },
  [`POST ${runs}/[id]/pause`]: {
    ...writes,
    id: 'pauseRun',
    summary: 'Pause a run',
    details: 'Calls under way are finished.',
    params: run,
    answer: answers.RunView,
    errors: { 409: ['run_is_over'] },
  },
  [`POST ${runs}/[id]/resume`]: {
    ...writes,
    id: 'resumeRun',
    summary: 'Resume a run',
    params: run,
    body: ResumeRunInput.omit({ id: true }),
    fields: { capUsd: 'Another cap; left out, the one that stands.' },
    example: { capUsd: '10' },
    answer: answers.RunView,
    errors: { 409: ['run_not_paused'] },
  },
  [`POST ${runs}/[id]/cancel`]: {
    ...writes,
    id: 'cancelRun',
    summary: 'Cancel a run',
    details: 'Calls under way are broken off; what was finished stays.',
    params: run,
    answer: answers.RunView,
    errors: { 409: ['run_is_over'] },
  },
  [`POST ${runs}/[id]/retry`]: {
    ...writes,
    id: 'retryRun',
    summary: 'Make failed cells once more',
    details: 'And what was left where the run was cancelled. What was answered is judged again only where that failed.',
    params: run,
    answer: answers.RunView,
    errors: { 409: ['nothing_to_retry'] },
  },
  [`DELETE ${runs}/[id]`]: {
    ...writes,
    id: 'deleteRun',
    summary: 'Delete a run with its answers',
    params: run,
    answer: null,
    errors: { 409: ['run_in_progress'] },
  },
  [`GET ${runs}/[id]/rows`]: {
    ...reads,
    least: 'developer',
    id: 'listCells',
    summary: 'A window of the grid',
    details:
      'Rows with the cell of every candidate. `sort` is `position`, `latency:<candidate>`, `firstToken:`, `cost:`, `inputTokens:`, `outputTokens:`, `tries:`, `error:` or `score:<candidate>:<evaluator>`, by their places; a minus turns it round.',
    params: run,
    query: GridInput.omit({ id: true }),
    fields: {
      search: 'Found in inputs, messages, what is expected, or an answer: its text, or the functions it calls.',
      errorCode: 'Why a cell failed; `state=failed` finds each that did.',
      minCost: 'Dollars.',
      maxCost: 'Dollars.',
      candidate: 'Conditions hold for this one; left out, for any.',
      evaluator: 'Conditions on scores hold for this one; left out, for any.',
      worse: 'It scores below the candidate that others are compared with.',
      from: 'The first row of the window.',
      limit: 'Of one window.',
    },
    answer: grid.GridView,
  },
  [`GET ${runs}/[id]/rows/[rowId]/cells/[candidate]`]: {
    ...reads,
    least: 'developer',
    id: 'getCell',
    summary: 'One cell, whole',
    params: cell,
    answer: grid.CellDetailView,
  },
  [`PUT ${runs}/[id]/rows/[rowId]/cells/[candidate]/review`]: {
    ...writes,
    id: 'reviewCell',
    summary: 'Say what one thinks of an answer',
    details: 'In place of what one said before.',
    params: cell,
    body: ReviewInput.omit({ id: true, rowId: true, candidate: true }),
    fields: { rating: '1 to 5.', correction: 'What the answer should have been.' },
    example: { rating: 2, category: 'wrong fact', correction: 'Berlin' },
    answer: grid.ReviewView,
  },
  [`DELETE ${runs}/[id]/rows/[rowId]/cells/[candidate]/review`]: {
    ...writes,
    id: 'deleteReview',
    summary: "Take one's review back",
    params: cell,
    answer: null,
  },
  [`GET ${runs}/[id]/comparison`]: {
    ...reads,
    id: 'compareRun',
    summary: 'Candidates side by side',
    details:
      'Each is held against the baseline row by row, with a 95 % interval by the paired bootstrap: whether the difference is real.',
    params: run,
    query: CompareInput.omit({ id: true }),
    fields: { baseline: "Place of a candidate, in place of the run's own." },
    answer: grid.ComparisonView,
  },
  [`GET ${runs}/[id]/export`]: {
    ...reads,
    least: 'developer',
    id: 'exportRun',
    summary: 'Everything of a run as a file',
    params: run,
    query: ExportRunInput.omit({ id: true }),
    answer: null,
    status: 200,
    also: { 'text/csv': 'unless asked otherwise.', 'application/jsonl': 'with `format=jsonl`.' },
  },
}

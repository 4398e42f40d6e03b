import { z } from 'zod'
import { Instant, Money } from '#lib/core/operation.ts'
import { ModelType } from '#lib/models/schema.ts'
import { EvaluatorConfig } from '../evaluators/config.ts'
import { runStates } from './input.ts'
import { Candidate, ExperimentSetup } from './setup.ts'

/* What the routes of experiments answer. The exported names are those of the API's document. */

const count = z.int().min(0)
const version = z.int().min(1).describe('To be sent back with an edit.')

export const ProblemView = z
  .object({ path: z.string().describe('The field: `candidates.0.model`.'), message: z.string() })
  .describe('Why a setup cannot be run as it stands.')
export type ProblemView = z.infer<typeof ProblemView>

export const RunReason = z
  .object({
    kind: z.enum([
      'person',
      'cap',
      'budget',
      'limit',
      'breaker',
      'model',
      'key_refused',
      'quota',
      'failing',
      'all_failed',
      'internal',
    ]),
    message: z.string(),
  })
  .describe('Why a run is paused or failed.')
export type RunReason = z.infer<typeof RunReason>

export const CallEstimate = z.object({
  name: z.string().describe('Of the candidate or the evaluator.'),
  calls: count,
  inputTokens: count,
  outputTokens: count,
  basis: z
    .enum(['history', 'assumed', 'none'])
    .describe('What output tokens, and the cost of a deployment, are taken from; none: nothing is called.'),
  cost: Money.nullable().describe('Null: a model without a price.'),
})
export type CallEstimate = z.infer<typeof CallEstimate>

export const RunEstimate = z.object({
  rows: count,
  cells: count,
  parts: z.array(CallEstimate),
  cost: Money.nullable().describe('Of all parts that have a price; null where none has.'),
  unpriced: z.array(z.string()).describe('Names of the parts without a price: they are not in the sum.'),
})
export type RunEstimate = z.infer<typeof RunEstimate>

export const ExperimentCheckView = z.object({
  problems: z.array(ProblemView).describe('Empty: it can be run.'),
  warnings: z.array(ProblemView).describe('It can be run, and somebody should know.'),
  estimate: RunEstimate.nullable().describe('Null where a problem stands in its way.'),
})
export type ExperimentCheckView = z.infer<typeof ExperimentCheckView>

export const PinnedSetupView = z.object({
  candidates: z.array(
    z.object({
      candidate: Candidate,
      type: ModelType.nullable().describe('Null: recorded answers.'),
      address: z.string().describe('What is called; empty for recorded answers.'),
    }),
  ),
  evaluators: z.array(z.object({ id: z.string(), version: z.int(), name: z.string(), config: EvaluatorConfig })),
  baseline: count.describe('Place of the candidate that others are compared with.'),
})
export type PinnedSetupView = z.infer<typeof PinnedSetupView>

export const RunView = z.object({
  id: z.string(),
  experimentId: z.string(),
  experimentName: z.string(),
  number: z.int().min(1),
  datasetId: z.string(),
  snapshot: z.int().min(1),
  state: z.enum(runStates),
  reason: RunReason.nullable(),
  resumesAt: Instant.nullable().describe('When a paused run goes on by itself.'),
  rows: count,
  cells: count,
  done: count,
  failed: count,
  left: count,
  again: count.describe('Cells that were in flight when their process died, and were made once more.'),
  cost: Money.nullable().describe('Of all its calls so far; null where nothing of it has a price.'),
  cap: Money.nullable(),
  estimate: RunEstimate,
  concurrency: count,
  secondsLeft: count.nullable().describe('At its present pace; null where it is not known.'),
  setup: PinnedSetupView,
  startedBy: z.string(),
  createdAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
})
export type RunView = z.infer<typeof RunView>

export const RunSummaryView = RunView.omit({ setup: true, estimate: true }).describe('A run in a list.')
export type RunSummaryView = z.infer<typeof RunSummaryView>

export const ExperimentView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  datasetId: z.string(),
  datasetName: z.string(),
  setup: ExperimentSetup,
  runs: count,
  latestRun: RunSummaryView.nullable(),
  state: z.enum(['draft', ...runStates]).describe('Of the newest run.'),
  version,
  createdAt: Instant,
  updatedAt: Instant,
})
export type ExperimentView = z.infer<typeof ExperimentView>

export const ReplayView = z.object({
  experiment: ExperimentView,
  rows: count,
  left: z.array(z.object({ requestId: z.string(), why: z.string() })).describe('Requests that no row was made of.'),
})
export type ReplayView = z.infer<typeof ReplayView>

import { z } from 'zod'
import { Instant, Money } from '#lib/core/operation.ts'
import { DatasetMessage } from '../datasets/columns.ts'

/* What the routes of a run's grid, comparison and reviews answer. */

const count = z.int().min(0)

export const ScoreView = z.object({
  evaluator: count.describe('Its place in the run.'),
  state: z.enum(['waiting', 'done', 'failed']),
  passed: z.boolean().nullable(),
  value: z.number().nullable(),
  label: z.string().nullable(),
  detail: z.string(),
  skipped: z.boolean(),
  error: z.string().describe('Why it could not be judged; empty where it was.'),
  again: z.boolean(),
  requestIds: z.array(z.string()).describe('Calls that a judge took.'),
  cost: Money.nullable(),
})
export type ScoreView = z.infer<typeof ScoreView>

export const ReviewView = z.object({
  reviewerId: z.string(),
  reviewer: z.string(),
  rating: z.int().nullable(),
  category: z.string(),
  correction: z.string().nullable(),
  comment: z.string(),
  updatedAt: Instant,
})
export type ReviewView = z.infer<typeof ReviewView>

export const CellAnswerView = z.object({
  text: z.string(),
  toolCalls: z.array(z.object({ name: z.string(), arguments: z.string() })),
  images: z.array(z.object({ url: z.string().optional(), base64: z.string().optional() })),
  imageCount: count,
  cut: z.boolean().describe('It is longer than what is shown.'),
})
export type CellAnswerView = z.infer<typeof CellAnswerView>

export const CellView = z.object({
  candidate: count.describe('Its place in the run.'),
  state: z.enum(['waiting', 'answered', 'done', 'failed']).describe('answered: not judged to the end.'),
  answer: CellAnswerView.nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  latencyMs: count.nullable(),
  firstTokenMs: count.nullable(),
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
  cost: Money.nullable().describe('Null: unpriced, or not called.'),
  finishReason: z.string(),
  requestId: z.string().nullable().describe('Leads to its trace.'),
  tries: count,
  again: z.boolean().describe('It was in flight when its process died, and was made once more.'),
  scores: z.array(ScoreView),
  reviews: z.array(ReviewView),
})
export type CellView = z.infer<typeof CellView>

export const GridRowView = z.object({
  id: z.string(),
  position: z.int().min(1),
  inputs: z.record(z.string(), z.unknown()).describe('Long texts are cut; a cell by itself has them whole.'),
  messages: z.array(DatasetMessage),
  expected: z.unknown(),
  requestId: z.string().nullable(),
  cells: z.array(CellView),
})
export type GridRowView = z.infer<typeof GridRowView>

export const GridView = z.object({ items: z.array(GridRowView), total: count.describe('Rows that the filter finds.') })
export type GridView = z.infer<typeof GridView>

export const CellDetailView = GridRowView.omit({ cells: true }).extend({ cell: CellView })
export type CellDetailView = z.infer<typeof CellDetailView>

const Spread = z.object({ mean: z.number().nullable(), p50: z.number().nullable(), p95: z.number().nullable() })

export const VersusView = z
  .object({
    rows: count.describe('That both have a score for.'),
    wins: count,
    ties: count,
    losses: count,
    difference: z.number().describe('Mean of the paired differences.'),
    low: z.number().describe('Of the 95 % interval, by the paired bootstrap.'),
    high: z.number(),
    verdict: z.enum(['better', 'worse', 'unclear']).describe('unclear: the interval holds zero.'),
    sentence: z.string().describe('Whether the difference is real, in plain words.'),
  })
  .describe('Against the candidate that others are compared with.')
export type VersusView = z.infer<typeof VersusView>

export const CandidateScores = z.object({
  candidate: count,
  judged: count,
  skipped: count,
  errors: count,
  mean: z.number().nullable(),
  passed: count,
  failed: count,
  distribution: z
    .array(z.object({ label: z.string(), from: z.number().nullable(), to: z.number().nullable(), count }))
    .describe('By category, by passed or not, or in ten parts.'),
  versus: VersusView.nullable(),
})
export type CandidateScores = z.infer<typeof CandidateScores>

export const ComparisonView = z.object({
  baseline: count,
  candidates: z.array(
    z.object({
      candidate: count,
      name: z.string(),
      done: count,
      failed: count,
      left: count,
      cost: Money.nullable().describe('Of its answers; null where none has a price.'),
      costPerAnswer: Money.nullable(),
      latencyMs: Spread,
      inputTokens: z.number().nullable().describe('Of an answer, on average.'),
      outputTokens: z.number().nullable(),
      rating: z.number().nullable().describe('Of people, on average.'),
      reviews: count,
    }),
  ),
  evaluators: z.array(
    z.object({
      evaluator: count,
      name: z.string(),
      kind: z.string(),
      graded: z.boolean().describe('It measures; else it only passes or not.'),
      candidates: z.array(CandidateScores),
    }),
  ),
})
export type ComparisonView = z.infer<typeof ComparisonView>

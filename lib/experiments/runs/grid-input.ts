import { z } from 'zod'
import { Usd } from '#lib/core/usd.ts'
import { candidatesMax, evaluatorsMax } from './setup.ts'

const Id = z.string().min(1).max(64)
const place = (max: number) =>
  z.coerce
    .number()
    .int()
    .min(0)
    .max(max - 1)
const Candidate = place(candidatesMax)
const Evaluator = place(evaluatorsMax)
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
const measure = z.coerce.number().min(-1e9).max(1e9)
const Milliseconds = z.coerce.number().int().min(0).max(86_400_000)
const Tokens = z.coerce.number().int().min(0).max(1_000_000_000)

/** By what rows are sorted: `position`, `latency:<candidate>` and the like, `score:<candidate>:<evaluator>`; a minus turns it round. */
export const GridSort = z
  .string()
  .regex(
    /^-?(position|(latency|firstToken|cost|inputTokens|outputTokens|tries|error):[0-7]|score:[0-7]:\d{1,2})$/,
    'This cannot be sorted by.',
  )
  .default('position')

/**
 * Which rows of a run are meant. Conditions on a cell hold for the candidate whose place is given, else for any, and all of
 * them for the same one; so do those on a score, with the evaluator.
 */
export const GridFilter = z.strictObject({
  /** In the row's inputs, messages or expectation, or in an answer: its text, or the functions it calls. */
  search: z.string().max(200).optional(),
  candidate: Candidate.optional(),
  evaluator: Evaluator.optional(),
  state: z.enum(['waiting', 'answered', 'done', 'failed']).optional(),
  /** Why a cell failed. Each that did is in the state "failed". */
  errorCode: z.string().min(1).max(200).optional(),
  minLatencyMs: Milliseconds.optional(),
  maxLatencyMs: Milliseconds.optional(),
  minFirstTokenMs: Milliseconds.optional(),
  maxFirstTokenMs: Milliseconds.optional(),
  /** Dollars. */
  minCost: Usd.optional(),
  maxCost: Usd.optional(),
  minInputTokens: Tokens.optional(),
  maxInputTokens: Tokens.optional(),
  minOutputTokens: Tokens.optional(),
  maxOutputTokens: Tokens.optional(),
  passed: flag.optional(),
  minScore: measure.optional(),
  maxScore: measure.optional(),
  label: z.string().max(64).optional(),
  /** The candidate scores below the one that others are compared with. */
  worse: flag.optional(),
  /** Somebody has reviewed it. */
  reviewed: flag.optional(),
  again: flag.optional(),
})
export type GridFilter = z.output<typeof GridFilter>

export const rowsShownMax = 200
export const GridInput = GridFilter.extend({
  id: Id,
  sort: GridSort,
  /** The first row of the window, from 0. */
  from: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(rowsShownMax).default(50),
})
export type GridInput = z.input<typeof GridInput>

export const CellRef = z.strictObject({ id: Id, rowId: Id, candidate: Candidate })
export type CellRef = z.input<typeof CellRef>

export const reviewCategoryMax = 64
export const ReviewInput = CellRef.extend({
  /** 1 to 5; null: none. */
  rating: z.int().min(1, 'From 1 to 5.').max(5, 'From 1 to 5.').nullable().default(null),
  category: z.string().trim().max(reviewCategoryMax, `At most ${reviewCategoryMax} characters.`).default(''),
  /** What the answer should have been. */
  correction: z.string().max(200_000, 'At most 200,000 characters.').nullable().default(null),
  comment: z.string().trim().max(5_000, 'At most 5,000 characters.').default(''),
})
export type ReviewInput = z.input<typeof ReviewInput>

export const ExportRunInput = z.strictObject({ id: Id, format: z.enum(['csv', 'jsonl']).default('csv') })
export type ExportRunInput = z.input<typeof ExportRunInput>

export const CompareInput = z.strictObject({
  id: Id,
  /** In place of the run's own. */
  baseline: Candidate.optional(),
})
export type CompareInput = z.input<typeof CompareInput>

import { z } from 'zod'
import { Variant } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { ColumnName } from '../datasets/columns.ts'
import type { EvaluatorConfig } from '../evaluators/config.ts'

export const candidatesMax = 8
export const evaluatorsMax = 20
export const concurrencyMax = 30

/** Names a candidate for good: what is compared by it goes on when its name changes. */
const Key = z.string().regex(/^[a-z0-9-]{1,16}$/, 'Lower-case letters, digits and “-”, up to 16.')
const Name = z
  .string()
  .trim()
  .min(1, 'Enter a name.')
  .max(60, 'At most 60 characters.')
  .refine((text) => !/\p{Cc}/u.test(text), 'Control characters are not allowed.')
const of = { key: Key, name: Name }
const Model = z.string().min(1, 'Choose a model.').max(256)

/** A prompt as variants of deployments have it. `{{column}}` stands for a value of the row; its messages come last. */
export const CandidatePrompt = Variant.pick({ messages: true, prompt: true, parameters: true, tools: true })
export type CandidatePrompt = z.output<typeof CandidatePrompt>

/** What gives an answer to a row. */
export const Candidate = z.discriminatedUnion('kind', [
  /** A model of the workspace with a prompt. `model`: id, slug or alias; kept by its id. */
  z.strictObject({ ...of, kind: z.literal('model'), model: Model, prompt: CandidatePrompt.prefault({}) }),
  /** A version of a deployment; the row's inputs are its variables. */
  z.strictObject({
    ...of,
    kind: z.literal('deployment'),
    deployment: z.string().min(1, 'Choose a deployment.').max(128),
    version: z.string().regex(/^\d{1,6}\.\d{1,6}$/, 'Name a version such as 1.0.'),
  }),
  /** Answers that are there already: what rows expect, or a column. */
  z.strictObject({ ...of, kind: z.literal('recorded'), column: ColumnName.nullable().default(null) }),
])
export type Candidate = z.output<typeof Candidate>

export const ExperimentSetup = z
  .strictObject({
    candidates: z
      .array(Candidate)
      .max(candidatesMax, `At most ${candidatesMax} candidates.`)
      .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, 'Two candidates have one key.')
      .refine(
        (list) => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length,
        'Two candidates have one name.',
      )
      .default([]),
    /** Ids. A run takes the newest version of each. */
    evaluators: z
      .array(z.string().min(1).max(64))
      .max(evaluatorsMax, `At most ${evaluatorsMax} evaluators.`)
      .refine((list) => new Set(list).size === list.length, 'An evaluator stands there twice.')
      .default([]),
    /** Key of the candidate that others are compared with; empty: the first one. */
    baseline: z.union([Key, z.literal('')]).default(''),
    /** Of a replay: the deployment whose requests its rows are. */
    replayOf: z.string().min(1).max(64).nullable().default(null),
  })
  .refine((setup) => JSON.stringify(setup).length <= 500_000, 'All of it together is too large.')
export type ExperimentSetup = z.output<typeof ExperimentSetup>

/** A candidate as a run is pinned to it. */
export type PinnedCandidate = Candidate &
  (
    | { kind: 'model'; type: ModelType; slug: string }
    | { kind: 'deployment'; deploymentKey: string; type: ModelType }
    | { kind: 'recorded' }
  )

/** What a run does, as it stood when it was started. */
export interface PinnedSetup {
  candidates: PinnedCandidate[]
  evaluators: { id: string; version: number; name: string; config: EvaluatorConfig }[]
  /** Place of the candidate that others are compared with. */
  baseline: number
}

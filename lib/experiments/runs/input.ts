import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import { concurrencyMax, ExperimentSetup } from './setup.ts'

const Id = z.string().min(1).max(64)
const Version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
const Name = z
  .string({ error: 'Enter a name.' })
  .trim()
  .min(1, 'Enter a name.')
  .max(80, 'At most 80 characters.')
  .refine((text) => !/\p{Cc}/u.test(text), 'Control characters are not allowed.')
const Description = z.string().trim().max(2_000, 'At most 2,000 characters.')

export const runStates = ['queued', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const
export const RunState = z.enum(runStates)
export type RunState = z.infer<typeof RunState>

export const ExperimentRef = z.strictObject({ id: Id })
export type ExperimentRef = z.input<typeof ExperimentRef>

export const ListExperimentsInput = PageInput.extend({
  /** In name or description. */
  search: z.string().max(200).optional(),
  datasetId: Id.optional(),
  /** Of the newest run; `draft`: there is none. */
  state: z.enum(['draft', ...runStates]).optional(),
})
export type ListExperimentsInput = z.input<typeof ListExperimentsInput>

export const CreateExperimentInput = z.strictObject({
  name: Name,
  description: Description.default(''),
  datasetId: Id,
  setup: ExperimentSetup.prefault({}),
})
export type CreateExperimentInput = z.input<typeof CreateExperimentInput>

export const UpdateExperimentInput = z.strictObject({
  id: Id,
  version: Version,
  name: Name.optional(),
  description: Description.optional(),
  datasetId: Id.optional(),
  setup: ExperimentSetup.optional(),
})
export type UpdateExperimentInput = z.input<typeof UpdateExperimentInput>

/** What is asked before a run: how it would be made, with this snapshot or the dataset as it stands. */
export const CheckExperimentInput = z.strictObject({
  id: Id,
  snapshot: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
  /** Only so many rows, the first ones; null: all. */
  rows: z.coerce.number().int().min(1).max(200_000).nullish(),
})
export type CheckExperimentInput = z.input<typeof CheckExperimentInput>

export const StartRunInput = CheckExperimentInput.extend({
  /** Dollars that all calls of the run may cost; null: no bound of its own. */
  capUsd: z.union([z.string().min(1).max(32), z.number()]).nullish(),
  /** Calls at once to one model. */
  concurrency: z.coerce.number().int().min(1).max(concurrencyMax).default(10),
})
export type StartRunInput = z.input<typeof StartRunInput>

export const replayedMax = 200
/** The newest requests of a deployment, for another model. */
export const ReplayInput = z.strictObject({
  /** Its id or key. */
  deployment: z.string().min(1, 'Choose a deployment.').max(128),
  last: z.coerce.number().int().min(1, 'At least one.').max(replayedMax, `At most ${replayedMax}.`).default(50),
  /** Id, slug or alias. */
  model: z.string().min(1, 'Choose a model.').max(256),
  /** An embedding model that says how near answers are in meaning. */
  similarityModel: z.string().min(1).max(256).optional(),
})
export type ReplayInput = z.input<typeof ReplayInput>

export const RunRef = z.strictObject({ id: Id })
export type RunRef = z.input<typeof RunRef>

export const ResumeRunInput = z.strictObject({
  id: Id,
  /** Another bound; left out, the one that stands. */
  capUsd: z.union([z.string().min(1).max(32), z.number()]).nullish(),
})
export type ResumeRunInput = z.input<typeof ResumeRunInput>

export const ListRunsInput = PageInput.extend({
  /** Of this experiment; without it of all. */
  experimentId: Id.optional(),
  state: RunState.optional(),
})
export type ListRunsInput = z.input<typeof ListRunsInput>

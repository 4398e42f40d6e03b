import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import { DatasetMessages } from '../datasets/columns.ts'
import { EvaluatorConfig, evaluatorKinds } from './config.ts'

const Id = z.string().min(1).max(64)
const Version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
const Name = z
  .string({ error: 'Enter a name.' })
  .trim()
  .min(1, 'Enter a name.')
  .max(80, 'At most 80 characters.')
  .refine((text) => !/\p{Cc}/u.test(text), 'Control characters are not allowed.')
const Description = z.string().trim().max(2_000, 'At most 2,000 characters.')
const kind = z.enum(evaluatorKinds)

export const EvaluatorRef = z.strictObject({
  id: Id,
  /** An earlier one in place of the newest. */
  version: Version.optional(),
})
export type EvaluatorRef = z.input<typeof EvaluatorRef>

export const ListEvaluatorsInput = PageInput.extend({
  /** In name or description. */
  search: z.string().max(200).optional(),
  kind: z.union([kind.transform((one) => [one]), z.array(kind).max(evaluatorKinds.length)]).optional(),
})
export type ListEvaluatorsInput = z.input<typeof ListEvaluatorsInput>

export const CreateEvaluatorInput = z.strictObject({
  name: Name,
  description: Description.default(''),
  config: EvaluatorConfig,
})
export type CreateEvaluatorInput = z.input<typeof CreateEvaluatorInput>

export const UpdateEvaluatorInput = z.strictObject({
  id: Id,
  version: Version,
  name: Name.optional(),
  description: Description.optional(),
  config: EvaluatorConfig.optional(),
})
export type UpdateEvaluatorInput = z.input<typeof UpdateEvaluatorInput>

export const DeleteEvaluatorInput = z.strictObject({ id: Id })
export type DeleteEvaluatorInput = z.input<typeof DeleteEvaluatorInput>

export const ListVersionsInput = PageInput.extend({ id: Id })
export type ListVersionsInput = z.input<typeof ListVersionsInput>

/** An example to judge. */
export const EvaluatorExample = z.strictObject({
  answer: z.string().max(200_000, 'At most 200,000 characters.'),
  expected: z.unknown().optional(),
  inputs: z
    .record(z.string().max(64), z.unknown())
    .refine((inputs) => JSON.stringify(inputs).length <= 262_144, 'At most 256 KB.')
    .default({}),
  messages: DatasetMessages.default([]),
  latencyMs: z.number().min(0).max(3_600_000).optional(),
  costUsd: z.number().min(0).max(1_000_000).optional(),
  inputTokens: z.int().min(0).max(1_000_000_000).optional(),
  outputTokens: z.int().min(0).max(1_000_000_000).optional(),
})
export type EvaluatorExample = z.input<typeof EvaluatorExample>

/** One that is saved, by its id, or one that is still being written. */
export const TryEvaluatorInput = z
  .strictObject({
    id: Id.optional(),
    version: Version.optional(),
    config: EvaluatorConfig.optional(),
    example: EvaluatorExample,
  })
  .refine(({ id, config }) => (id === undefined) !== (config === undefined), 'Send an id, or a config.')
export type TryEvaluatorInput = z.input<typeof TryEvaluatorInput>

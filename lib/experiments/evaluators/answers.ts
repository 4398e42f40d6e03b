import { z } from 'zod'
import { Instant, Money } from '#lib/core/operation.ts'
import { EvaluatorConfig, evaluatorKinds } from './config.ts'
import { Score } from './score.ts'

/* What the routes of evaluators answer. The exported names are those of the API's document. */

const version = z.int().min(1)

export const EvaluatorView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  kind: z.enum(evaluatorKinds),
  config: EvaluatorConfig,
  version: version.describe('Of the configuration; to be sent back with an edit.'),
  canGuard: z.boolean().describe('It can be a guardrail of a deployment.'),
  createdAt: Instant,
  updatedAt: Instant,
})
export type EvaluatorView = z.infer<typeof EvaluatorView>

export const EvaluatorVersionView = z.object({
  version,
  config: EvaluatorConfig,
  createdBy: z.string(),
  createdAt: Instant,
})
export type EvaluatorVersionView = z.infer<typeof EvaluatorVersionView>

export const JudgementView = z.object({
  score: Score,
  calls: z
    .array(
      z.object({ requestId: z.string(), cost: Money.nullable().describe('Null: unpriced.'), latencyMs: z.number() }),
    )
    .describe('Of models that were asked.'),
})
export type JudgementView = z.infer<typeof JudgementView>
export { Score }

import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { feedbackFilters, ratings } from './vocabulary.ts'

const Rating = z.enum(ratings)

export const FeedbackFilter = z.enum(feedbackFilters)
export type FeedbackFilter = z.infer<typeof FeedbackFilter>

/** Text as Postgres takes it. */
const words = (max: number) =>
  z
    .string()
    .max(max)
    .transform((text) => text.toWellFormed().replaceAll('\0', '\ufffd'))
const valuesMax = 16
const Values = z
  .record(words(64).pipe(z.string().min(1)), z.union([words(512), z.number(), z.boolean()]))
  .refine((values) => Object.keys(values).length <= valuesMax, { error: `At most ${valuesMax} values.` })

/** What is left out stays as it was; null takes it away. */
const said = {
  rating: Rating.nullish(),
  /** What the answer should have been. */
  correction: words(20_000).nullish(),
  comment: words(2_000).nullish(),
  /** Anything else, by name. */
  values: Values.nullish(),
}
type Said = { [Name in keyof typeof said]?: unknown }
const saysSomething = (input: Said) => Object.keys(said).some((name) => input[name as keyof Said] !== undefined)
const nothingSaid = { error: 'Say something: rating, correction, comment or values.' }

/** The body of `POST /v1/feedback`. */
export const GatewayFeedbackInput = z
  .strictObject({ request_id: z.string().max(100), ...said })
  .refine(saysSomething, nothingSaid)

export const FeedbackBody = z.strictObject(said).refine(saysSomething, nothingSaid)
export const SetFeedbackInput = z.strictObject({ id: z.string().max(100), ...said }).refine(saysSomething, nothingSaid)
export type SetFeedbackInput = z.input<typeof SetFeedbackInput>

export const DeleteFeedbackInput = z.strictObject({ id: z.string().max(100), feedbackId: z.string().max(100) })
export type DeleteFeedbackInput = z.input<typeof DeleteFeedbackInput>

export const FeedbackView = z.object({
  id: z.string(),
  author: z.object({ kind: z.enum(['key', 'user', 'job']), id: z.string(), label: z.string() }),
  rating: Rating.nullable(),
  correction: z.string().describe('What the answer should have been.'),
  comment: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe('Anything else, by name.'),
  createdAt: Instant,
  updatedAt: Instant,
})
export type FeedbackView = z.infer<typeof FeedbackView>

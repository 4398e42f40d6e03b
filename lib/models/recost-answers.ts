import { z } from 'zod'
import { Instant, Money } from '#lib/core/operation.ts'

const count = z.number().min(0)
const price = z.string().nullable()

const sums = {
  requests: count.describe('Calls of the span that were not answered from the cache.'),
  moved: count.describe('Of them, those whose figure changes.'),
  cost: Money.describe('What they count for now.'),
  newCost: Money,
  unpriced: count,
  newUnpriced: count,
}

export const RecostPreview = z
  .object({
    from: Instant,
    to: Instant.describe('Not included.'),
    ...sums,
    days: z
      .array(z.object({ day: z.iso.date(), ...sums }))
      .describe("Days of the workspace's calendar that have calls."),
  })
  .describe('What a re-cost would change. The days add up to the sums.')
export type RecostPreview = z.infer<typeof RecostPreview>

export const RecostView = z.object({
  id: z.string(),
  from: Instant,
  to: Instant.describe('Not included.'),
  mode: z.enum(['price', 'ran']).describe('At these prices, or back to what each call cost when it ran.'),
  inputPrice: price,
  outputPrice: price,
  cachedInputPrice: price,
  imagePrice: price,
  state: z.enum(['running', 'done', 'stopped']),
  share: z.number().min(0).max(1).describe('Of the span that is done.'),
  requests: count.describe('Calls whose figure changed.'),
  cost: Money.describe('What those counted for before.'),
  newCost: Money,
  createdBy: z.string(),
  createdAt: Instant,
  endedAt: Instant.nullable(),
})
export type RecostView = z.infer<typeof RecostView>

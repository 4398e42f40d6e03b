import type { Parameters } from '#components/prompt/types.ts'
import { type MoneyView, parseMicroAmount, toMoneyView } from '#lib/core/money.ts'
import type { ModelView } from '#lib/models/schema.ts'
import type { Column } from './setup.ts'

/** What the pictures of one run cost at the models' prices; null where one of them has none. */
export function pictureCost(
  models: readonly ModelView[],
  columns: readonly Column[],
  shared: Parameters,
): { pictures: number; amount: MoneyView | null } {
  let pictures = 0
  let sum: bigint | null = 0n
  for (const { model: slug, parameters } of columns) {
    const model = models.find((each) => each.slug === slug)
    if (!model) continue
    const count = { ...shared, ...parameters }.n ?? 1
    pictures += count
    const price = model.imagePrice === null ? null : parseMicroAmount(model.imagePrice)
    sum = sum === null || !price?.ok ? null : sum + price.micro * 1_000n * BigInt(count)
  }
  return { pictures, amount: sum === null ? null : toMoneyView(sum) }
}

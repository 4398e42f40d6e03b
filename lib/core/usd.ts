import { z } from 'zod'
import { parseMicroAmount } from './money.ts'

/** Dollars as a query gives them; read as nano-dollars, as text. */
export const Usd = z.union([z.string().max(40), z.number().nonnegative()]).transform((value, context) => {
  const parsed = parseMicroAmount(String(value))
  if (parsed.ok) return (parsed.micro * 1_000n).toString()
  context.addIssue({ code: 'custom', message: 'Give an amount of dollars with at most 6 decimals.' })
  return z.NEVER
})

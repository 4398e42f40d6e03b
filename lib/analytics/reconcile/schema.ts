import { z } from 'zod'
import { Money } from '#lib/core/operation.ts'
import { billFields, billFormats } from '../vocabulary.ts'

const header = z.string().max(200)

export const ReconcileInput = z
  .strictObject({
    /** The file, or what was pasted. */
    text: z.string().max(8_000_000).optional(),
    /** In its place: the total of an invoice, in dollars, and the days that it is for. */
    total: z.string().max(40).optional(),
    from: z.iso.date().optional(),
    /** The last day, included. */
    through: z.iso.date().optional(),
    /** Columns by what they hold, where the headers do not say it; '' takes none. */
    columns: z.partialRecord(z.enum(billFields), header).optional(),
    /** Whose days they are. UTC unless given, for a total the workspace's. */
    timeZone: z.string().max(64).optional(),
    /** Only models of this host; those that the file names unless given. */
    host: z.string().max(300).optional(),
  })
  .refine((input) => (input.text === undefined) !== (input.total === undefined), {
    error: 'Give a file or a total.',
  })
export type ReconcileInput = z.input<typeof ReconcileInput>

const count = z.number()
const Theirs = z.object({
  cost: Money.nullable().describe('Null where the file tells none.'),
  requests: count.nullable(),
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
})
const Ours = z.object({
  cost: Money,
  requests: count,
  inputTokens: count,
  outputTokens: count,
  unpriced: count.describe('Requests whose cost is not known and not in it.'),
  estimated: count.describe('Requests whose tokens are estimated.'),
  probes: count.describe('Our own validations and drift checks, in cost and requests.'),
  probeCost: Money,
})
const sides = {
  theirs: Theirs.nullable().describe('Null: the file has nothing of it.'),
  ours: Ours.nullable().describe('Null: nothing of it is on record here.'),
  difference: Money.nullable().describe('Ours less theirs; null where the file tells no cost.'),
}

const ReconciledModel = z.object({
  name: z.string().describe('As the provider names it; empty: the file does not say.'),
  models: z.array(z.object({ id: z.string(), name: z.string(), slug: z.string() })).describe('Ours by that name.'),
  ...sides,
})

const ReconciledDay = z.object({ day: z.iso.date(), ...sides })

export const ReconcileView = z
  .object({
    format: z.enum(billFormats),
    headers: z.array(z.string()),
    columns: z.partialRecord(z.enum(billFields), z.string()),
    lines: count.describe('Of the file, that were read.'),
    problems: z.array(z.object({ line: z.int(), message: z.string() })).describe('The first 100 of those in no sum.'),
    problemCount: count,
    from: z.iso.date(),
    through: z.iso.date(),
    timeZone: z.string().describe("Whose days they are; another one than the workspace's gives other days."),
    fitsBetter: z.string().nullable().describe('A time zone by whose days the two differ by less than half.'),
    hosts: z.array(z.string()).describe('Of models here.'),
    host: z.string().nullable(),
    total: z.object(sides),
    byModel: z.array(ReconciledModel).describe('The greatest difference first; adds up to the total.'),
    byDay: z.array(ReconciledDay).describe('Adds up to the total.'),
    cells: z
      .array(ReconciledModel.omit({ models: true }).extend({ day: z.iso.date() }))
      .describe('By model and day, at most 10,000.'),
  })
  .describe('A bill beside what is on record here. Nothing of it is kept.')
export type ReconcileView = z.infer<typeof ReconcileView>

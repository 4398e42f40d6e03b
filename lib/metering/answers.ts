import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { BudgetUnit, BudgetWindow, LimitKind, RuleScope } from './schema.ts'

/* What the room's routes answer. The exported names are those of the API's document. */

const version = z.int().min(1).describe('To be sent back with an edit.')
const units = z.string().describe('Exact dollars as a decimal, or a whole number of tokens, as `unit` says.')
const of = {
  scope: RuleScope,
  scopeId: z
    .string()
    .describe('Of the key, model, deployment or identity; `*`: every identity by itself; empty: the workspace.'),
  scopeLabel: z.string().describe("The key's name, the model's slug or the deployment's key."),
}

export const BudgetHolder = z.object({
  holder: z.string(),
  process: z.string().describe('studio, gateway or worker; empty where nobody knows it any more.'),
  host: z.string(),
  reserved: units,
  seenAt: Instant.nullable().describe('When it was last heard of. One that is silent for long is released by hand.'),
})

export type BudgetHolder = z.infer<typeof BudgetHolder>

export const BudgetView = z.object({
  id: z.string(),
  ...of,
  unit: BudgetUnit,
  amount: units,
  window: BudgetWindow,
  raise: units.describe('More until the reset; 0 where there is none.'),
  startsAt: Instant.nullable().describe('Of the period that runs; null for a budget in all.'),
  resetsAt: Instant.nullable().describe('Null: never.'),
  cap: units.describe('Amount and raise.'),
  spent: units.describe('In this period; for every identity by itself, of all of them.'),
  reserved: units.describe('Held by processes for calls under way and to come.'),
  left: units.nullable().describe('Null for every identity by itself.'),
  exhausted: z.boolean().describe('It has turned a call away since it was last raised, or all of it is spent.'),
  identities: z
    .array(z.object({ identity: z.string(), spent: units, reserved: units, exhausted: z.boolean() }))
    .describe('Those that spent most, for every identity by itself.'),
  holders: z.array(BudgetHolder),
  past: z
    .array(z.object({ startsAt: Instant, endsAt: Instant, cap: units, spent: units }))
    .describe('The last 12 periods that had calls, the newest first; for every identity by itself, of all of them.'),
  version,
  createdAt: Instant,
})
export type BudgetView = z.infer<typeof BudgetView>

const part = {
  text: z.string().describe('As it was sent: JSON, or the events of a stream.'),
  bytes: z.int().min(0).describe('Of the whole.'),
  cut: z.boolean().describe('Only the first 4 MB are kept.'),
}

export const PayloadView = z.object({
  requestId: z.string(),
  keptUntil: Instant,
  request: z.object(part).describe('The body as the caller sent it; of a deployment, as its model saw it.'),
  answer: z
    .object({ ...part, stream: z.boolean() })
    .nullable()
    .describe('What the caller got; null where that was nothing.'),
})
export type PayloadView = z.infer<typeof PayloadView>

export const LimitView = z.object({
  id: z.string(),
  ...of,
  kind: LimitKind,
  amount: z.string().describe('A whole number.'),
  used: z.string().describe('In the last minute, or at once; of all identities together for every identity by itself.'),
  version,
  createdAt: Instant,
})
export type LimitView = z.infer<typeof LimitView>

import { z } from 'zod'
import { type ConditionType, type Operator, operatorsOf, rowsMax } from './vocabulary.ts'

const conditionTypes = Object.keys(operatorsOf) as [ConditionType, ...ConditionType[]]
const operators = [...new Set(Object.values(operatorsOf).flat())] as [Operator, ...Operator[]]
const scalar = z.union([z.string().max(1_000), z.number(), z.boolean()])

export const Condition = z.strictObject({
  /** A field of the context; dots lead into objects. */
  field: z.string().max(128),
  type: z.enum(conditionTypes),
  operator: z.enum(operators),
  /** One value; a list with `in`; true or false with `exists`. */
  value: z.union([scalar, z.array(scalar).max(200)]),
})
export type Condition = z.output<typeof Condition>

export const Share = z.strictObject({
  /** Its name. */
  variant: z.string().max(64),
  /** With at most two decimals; those of a row add up to 100. */
  percent: z.number().min(0).max(100),
})

export const RoutingRow = z.strictObject({
  /** All of them hold; without any the row is for every call. */
  conditions: z.array(Condition).max(20).default([]),
  split: z.array(Share).min(1).max(20),
})
export type RoutingRow = z.output<typeof RoutingRow>

/** Top down, the first row that matches wins; the rest goes to the default. */
export const Routing = z.strictObject({
  rows: z.array(RoutingRow).max(rowsMax, `At most ${rowsMax} rows.`).default([]),
  /** A variant by its name; '' is the first one. */
  default: z.string().max(64).default(''),
})
export type Routing = z.output<typeof Routing>

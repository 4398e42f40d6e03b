import { z } from 'zod'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { formatNanoUsd, parseMicroAmount } from '#lib/core/money.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { BudgetUnit, BudgetWindow, LimitKind, RuleScope } from './schema.ts'

const version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
const id = z.string().min(1).max(64)
/** Dollars or a whole number, as a person or a program writes it. */
const Amount = z.union([z.string().min(1).max(32), z.number()])
const scopeId = z.string().max(256).default('')

export const CreateBudgetInput = z.strictObject({
  scope: RuleScope,
  scopeId,
  unit: BudgetUnit.default('usd'),
  amount: Amount,
  window: BudgetWindow,
})
export type CreateBudgetInput = z.input<typeof CreateBudgetInput>

export const UpdateBudgetInput = z.strictObject({ id, version, amount: Amount })
export type UpdateBudgetInput = z.input<typeof UpdateBudgetInput>

/** With a minus in front: less of a raise, as far as none. */
export const RaiseBudgetInput = z.strictObject({ id, amount: Amount })
export type RaiseBudgetInput = z.input<typeof RaiseBudgetInput>

export const CreateLimitInput = z.strictObject({ scope: RuleScope, scopeId, kind: LimitKind, amount: Amount })
export type CreateLimitInput = z.input<typeof CreateLimitInput>

export const UpdateLimitInput = z.strictObject({ id, version, amount: Amount })
export type UpdateLimitInput = z.input<typeof UpdateLimitInput>

export const RuleIdInput = z.strictObject({ id })

const wholeMax = 1_000_000_000_000_000n

/** In nano-dollars or whole units. Throws `invalid_input`. */
export function parseAmount(unit: BudgetUnit | 'count', given: string | number): bigint {
  const text = String(given)
  if (unit === 'usd') {
    const read = parseMicroAmount(text)
    if (!read.ok) throw bad('Write an amount in dollars, up to 1,000,000 with at most 6 decimals, such as 50 or 12.50.')
    if (read.micro === 0n) throw bad('Write more than zero.')
    return read.micro * 1_000n
  }
  const digits = text.replace(/[\s,_]/g, '')
  if (!/^\d{1,16}$/.test(digits)) throw bad('Write a whole number.')
  const amount = BigInt(digits)
  if (amount === 0n || amount > wholeMax) throw bad('Write a whole number from 1 to 1,000,000,000,000,000.')
  return amount
}

export function formatAmount(unit: BudgetUnit, amount: bigint): string {
  return unit === 'usd' ? formatNanoUsd(amount) : amount.toString()
}

/** The same with a minus in front or without. */
export function parseChange(unit: BudgetUnit, given: string | number): bigint {
  const text = String(given).trim()
  return text.startsWith('-') ? -parseAmount(unit, text.slice(1)) : parseAmount(unit, text)
}

export const bad = (message: string) => invalidInput(message, { amount: message })

/**
 * What a rule is for, as it is stored: an id of a key, model or deployment that is here, an identity, or '*' for every
 * identity by itself. A model may be given by its slug, a deployment by its key. Throws `invalid_input`.
 */
export async function findScopeId(tx: Tx, scope: Scope, kind: RuleScope, given: string): Promise<string> {
  const { workspaceId } = scope
  const refuse = (message: string) => invalidInput(message, { scopeId: message })
  if (kind === 'workspace') {
    if (given !== '') throw refuse('A rule for the whole workspace names nothing else.')
    return ''
  }
  if (given === '') throw refuse(`Name the ${kind}.`)
  if (kind === 'identity') return given
  if (kind === 'key') {
    const row = await tx.apiKey.findFirst({ where: { workspaceId, id: given }, select: { id: true } })
    if (!row) throw refuse('The key does not exist.')
    return row.id
  }
  if (kind === 'model') {
    const row = await tx.model.findFirst({
      where: { workspaceId, deletedAt: null, OR: [{ id: given }, { slug: given }] },
      select: { id: true },
    })
    if (!row) throw refuse('The model does not exist.')
    return row.id
  }
  const row = await tx.deployment.findFirst({
    where: { workspaceId, deletedAt: null, OR: [{ id: given }, { key: given }] },
    select: { id: true },
  })
  if (!row) throw refuse('The deployment does not exist.')
  return row.id
}

/** Names of keys, models and deployments that rules are for. */
export async function labelsOf(
  tx: Tx,
  workspaceId: string,
  rows: readonly { scope: string; scopeId: string }[],
): Promise<(row: { scope: string; scopeId: string }) => string> {
  const ids = (scope: string) => rows.filter((row) => row.scope === scope).map((row) => row.scopeId)
  const [keys, models, deployments] = await Promise.all([
    tx.apiKey.findMany({ where: { workspaceId, id: { in: ids('key') } }, select: { id: true, name: true } }),
    tx.model.findMany({ where: { workspaceId, id: { in: ids('model') } }, select: { id: true, slug: true } }),
    tx.deployment.findMany({ where: { workspaceId, id: { in: ids('deployment') } }, select: { id: true, key: true } }),
  ])
  const names = new Map([
    ...keys.map((key) => [key.id, key.name]),
    ...models.map((model) => [model.id, model.slug]),
    ...deployments.map((deployment) => [deployment.id, deployment.key]),
  ] as [string, string][])
  return (row) => names.get(row.scopeId) ?? (row.scopeId === '*' ? 'every identity' : row.scopeId)
}

/** Two made at once: the unique key lets one through. */
export async function unlessTaken<Result>(taken: AppError, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code === 'P2002') throw taken
    throw error
  }
}

export function existsAlready(code: string, message: string): AppError {
  return new AppError({ kind: 'conflict', code, message })
}

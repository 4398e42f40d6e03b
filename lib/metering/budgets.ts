import { AppError, notFound, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { parseNanoUsd } from '#lib/core/money.ts'
import type { Budget } from '#lib/platform/generated/prisma/client.ts'
import {
  parseInput,
  recordAudit,
  requireRead,
  requireRole,
  resolveNotice,
  type Scope,
  type Tx,
} from '#lib/tenancy/index.ts'
import type { BudgetView } from './answers.ts'
import { budgetNotice } from './budget-notices.ts'
import {
  bad,
  CreateBudgetInput,
  existsAlready,
  findScopeId,
  formatAmount,
  labelsOf,
  parseAmount,
  parseChange,
  RaiseBudgetInput,
  RuleIdInput,
  UpdateBudgetInput,
  unlessTaken,
} from './rule-input.ts'
import type { BudgetUnit, BudgetWindow, RuleScope } from './schema.ts'

const budgetsMax = 500
const identitiesShown = 20
const holdersShown = 50
const pastShown = 12
const taken = existsAlready(
  'budget_exists',
  'There is a budget of this unit and window for it already. Change that one.',
)

/** The workspace's budgets with what is spent and reserved in the period that runs, oldest first. */
export async function listBudgets(scope: Scope): Promise<BudgetView[]> {
  requireRead(scope)
  return scope.tx((tx) => readBudgets(tx, scope, {}))
}

/** Throws `not_found`. */
export async function getBudget(scope: Scope, input: { id: string }): Promise<BudgetView> {
  requireRead(scope)
  const { id } = parseInput(RuleIdInput, input)
  return scope.tx((tx) => readBudget(tx, scope, id))
}

/** Admins and owners. Throws `budget_exists`, `too_many_budgets`. Gateways hold it within seconds. */
export async function createBudget(scope: Scope, input: CreateBudgetInput): Promise<BudgetView> {
  requireRole(scope, 'admin')
  const wanted = parseInput(CreateBudgetInput, input)
  const amount = parseAmount(wanted.unit, wanted.amount)
  const { workspaceId } = scope
  return unlessTaken(taken, () =>
    scope.tx(async (tx) => {
      if ((await tx.budget.count({ where: { workspaceId } })) >= budgetsMax) {
        const message = `At most ${budgetsMax} budgets. Delete some first.`
        throw new AppError({ kind: 'conflict', code: 'too_many_budgets', message })
      }
      const scopeId = await findScopeId(tx, scope, wanted.scope, wanted.scopeId)
      const now = scope.now()
      const row = await tx.budget.create({
        data: {
          id: newId('bud', now.getTime()),
          workspaceId,
          scope: wanted.scope,
          scopeId,
          unit: wanted.unit,
          amount,
          window: wanted.window,
          createdBy: scope.actor.id,
          createdAt: now,
          updatedAt: now,
        },
      })
      const view = await readBudget(tx, scope, row.id)
      await recordAudit(tx, scope, { action: 'budget.add', target: targetOf(view), after: factsOf(view) })
      return view
    }),
  )
}

/** Another amount. Admins and owners. A stale version is `stale_version` (409) with the budget as it stands. */
export async function updateBudget(scope: Scope, input: UpdateBudgetInput): Promise<BudgetView> {
  requireRole(scope, 'admin')
  const { id, version, amount } = parseInput(UpdateBudgetInput, input)
  return scope.tx(async (tx) => {
    const before = await readBudget(tx, scope, id)
    const { count } = await tx.budget.updateMany({
      where: { workspaceId: scope.workspaceId, id, version },
      data: { amount: parseAmount(before.unit, amount), version: { increment: 1 }, updatedAt: scope.now() },
    })
    if (count === 0) throw staleEdit('The budget', before)
    const view = await readBudget(tx, scope, id)
    await recordAudit(tx, scope, {
      action: 'budget.update',
      target: targetOf(view),
      before: { amount: before.amount },
      after: { amount: view.amount },
    })
    return view
  })
}

/**
 * More until the reset, added to what it was raised by before; with a minus in front less, as far as no raise. Calls go
 * on within seconds. Admins and owners.
 */
export async function raiseBudget(scope: Scope, input: RaiseBudgetInput): Promise<BudgetView> {
  requireRole(scope, 'admin')
  const { id, amount } = parseInput(RaiseBudgetInput, input)
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    // Two who raise at once: both count.
    await tx.$queryRaw`SELECT id FROM budgets WHERE workspace_id = ${workspaceId} AND id = ${id} FOR UPDATE`
    const before = await readBudget(tx, scope, id)
    const change = parseChange(before.unit, amount)
    const raise = parseUnits(before.unit, before.raise) + change
    if (raise < 0n) throw bad(`It is raised by no more than ${before.raise}.`)
    await tx.budget.updateMany({
      where: { workspaceId, id },
      data: {
        raise,
        raisedUntil: before.resetsAt ?? new Date(neverMs),
        version: { increment: 1 },
        updatedAt: scope.now(),
      },
    })
    if (change > 0n) await resolveNotice(tx, workspaceId, scope.now(), { kind: budgetNotice, refId: id })
    // The notice that the raise had settled is due again.
    else
      await tx.$executeRaw`UPDATE ledger.budget_period SET told = 0 WHERE workspace_id = ${workspaceId} AND budget_id = ${id} AND period_end > ${scope.now()}`
    const view = await readBudget(tx, scope, id)
    await recordAudit(tx, scope, {
      action: 'budget.raise',
      target: targetOf(view),
      before: { cap: before.cap },
      after: { cap: view.cap, until: view.resetsAt },
    })
    return view
  })
}

/** Calls are not held by it any more, within seconds. Admins and owners. */
export async function deleteBudget(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  const { id } = parseInput(RuleIdInput, input)
  await scope.tx(async (tx) => {
    const { workspaceId } = scope
    const before = await readBudget(tx, scope, id)
    await tx.budget.deleteMany({ where: { workspaceId, id } })
    await resolveNotice(tx, workspaceId, scope.now(), { kind: budgetNotice, refId: id })
    await recordAudit(tx, scope, { action: 'budget.delete', target: targetOf(before), before: factsOf(before) })
  })
}

const neverMs = Date.UTC(9999, 11, 31)

async function readBudget(tx: Tx, scope: Scope, id: string): Promise<BudgetView> {
  const [view] = await readBudgets(tx, scope, { id })
  if (!view) throw notFound('Budget')
  return view
}

interface Period {
  id: string
  cap: bigint
  period_start: Date
  period_end: Date
  spent: bigint
  leased: bigint
  exhausted: boolean
}
interface PastPeriod {
  budget_id: string
  period_start: Date
  period_end: Date
  cap: bigint
  spent: bigint
}

interface Subject {
  budget_id: string
  subject: string
  spent: bigint
  leased: bigint
  exhausted: boolean
}
interface HolderRow {
  budget_id: string
  holder: string
  process: string | null
  host: string | null
  seen_at: Date | null
  amount: bigint
}

async function readBudgets(tx: Tx, scope: Scope, where: { id?: string }): Promise<BudgetView[]> {
  const { workspaceId } = scope
  const rows = await tx.budget.findMany({ where: { workspaceId, ...where }, orderBy: { id: 'asc' }, take: budgetsMax })
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const now = scope.now()
  const periods = await tx.$queryRaw<Period[]>`
    SELECT b.id, r.cap, r.period_start, r.period_end, coalesce(sum(p.spent), 0)::bigint AS spent, coalesce(sum(p.leased), 0)::bigint AS leased,
           coalesce(bool_or(p.spent >= r.cap OR p.told = 100 AND p.told_cap >= r.cap), false) AS exhausted
      FROM budgets b CROSS JOIN LATERAL ledger.lease_rule(b.workspace_id, b.id, ${now}) r
      LEFT JOIN ledger.budget_period p ON p.workspace_id = b.workspace_id AND p.budget_id = b.id AND p.period_start = r.period_start
     WHERE b.workspace_id = ${workspaceId} AND b.id = ANY(${ids}) GROUP BY b.id, r.cap, r.period_start, r.period_end`
  const subjects = await tx.$queryRaw<Subject[]>`
    SELECT * FROM (SELECT p.budget_id, p.subject, p.spent, p.leased, p.spent >= r.cap OR p.told = 100 AND p.told_cap >= r.cap AS exhausted,
             row_number() OVER (PARTITION BY p.budget_id ORDER BY p.spent DESC, p.subject) AS place
      FROM ledger.budget_period p CROSS JOIN LATERAL ledger.lease_rule(p.workspace_id, p.budget_id, ${now}) r WHERE p.workspace_id = ${workspaceId} AND p.budget_id = ANY(${ids}) AND p.subject <> '' AND p.period_start <= ${now} AND p.period_end > ${now}) s
     WHERE place <= ${identitiesShown} ORDER BY place`
  const holders = await tx.$queryRaw<HolderRow[]>`
    SELECT l.budget_id, l.holder, h.process, h.host, h.seen_at, sum(l.amount)::bigint AS amount
      FROM ledger.budget_lease l LEFT JOIN ledger.holders h ON h.id = l.holder
     WHERE l.workspace_id = ${workspaceId} AND l.budget_id = ANY(${ids}) AND l.amount > 0
     GROUP BY 1, 2, 3, 4, 5 ORDER BY amount DESC LIMIT ${holdersShown * ids.length}`
  const past = await tx.$queryRaw<PastPeriod[]>`
    SELECT b.id AS budget_id, p.* FROM budgets b CROSS JOIN LATERAL (
      SELECT p.period_start, max(p.period_end) AS period_end, max(p.cap) AS cap, sum(p.spent)::bigint AS spent FROM ledger.budget_period p
       WHERE p.workspace_id = b.workspace_id AND p.budget_id = b.id AND p.period_end <= ${now} GROUP BY p.period_start ORDER BY p.period_start DESC LIMIT ${pastShown}) p
     WHERE b.workspace_id = ${workspaceId} AND b.id = ANY(${ids}) ORDER BY p.period_start DESC`
  const labelOf = await labelsOf(tx, workspaceId, rows)
  const byId = new Map(periods.map((period) => [period.id, period]))
  return rows.map((row) =>
    toView(row, byId.get(row.id)!, labelOf(row), {
      subjects: subjects.filter(({ budget_id }) => budget_id === row.id),
      holders: holders.filter(({ budget_id }) => budget_id === row.id).slice(0, holdersShown),
      past: past.filter(({ budget_id }) => budget_id === row.id),
    }),
  )
}

function toView(
  row: Budget,
  period: Period,
  scopeLabel: string,
  more: { subjects: Subject[]; holders: HolderRow[]; past: PastPeriod[] },
): BudgetView {
  const unit = row.unit as BudgetUnit
  const units = (amount: bigint) => formatAmount(unit, amount)
  const isEach = row.scopeId === '*' && row.scope === 'identity'
  const left = period.cap - period.spent - period.leased
  return {
    id: row.id,
    scope: row.scope as RuleScope,
    scopeId: row.scopeId,
    scopeLabel,
    unit,
    amount: units(row.amount),
    window: row.window as BudgetWindow,
    raise: units(period.cap - row.amount),
    startsAt: row.window === 'total' ? null : period.period_start.toISOString(),
    resetsAt: row.window === 'total' ? null : period.period_end.toISOString(),
    cap: units(period.cap),
    spent: units(period.spent),
    reserved: units(period.leased),
    left: isEach ? null : units(left > 0n ? left : 0n),
    exhausted: period.exhausted,
    identities: more.subjects.map(({ subject, spent, leased, exhausted }) => ({
      identity: subject,
      spent: units(spent),
      reserved: units(leased),
      exhausted,
    })),
    holders: more.holders.map(({ holder, process, host, seen_at, amount }) => ({
      holder,
      process: process ?? '',
      host: host ?? '',
      reserved: units(amount),
      seenAt: seen_at?.toISOString() ?? null,
    })),
    past: more.past.map(({ period_start, period_end, cap, spent }) => ({
      startsAt: period_start.toISOString(),
      endsAt: period_end.toISOString(),
      cap: units(cap),
      spent: units(spent),
    })),
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  }
}

/** What `formatAmount` made. */
function parseUnits(unit: BudgetUnit, shown: string): bigint {
  return unit === 'usd' ? parseNanoUsd(shown) : BigInt(shown)
}

function targetOf(view: BudgetView): { kind: string; id: string; label: string } {
  return {
    kind: 'budget',
    id: view.id,
    label: view.scope === 'workspace' ? 'workspace' : `${view.scope} ${view.scopeLabel}`,
  }
}

function factsOf({ scope, scopeId, unit, amount, window }: BudgetView): Record<string, unknown> {
  return { scope, scopeId, unit, amount, window }
}

import { AppError, notFound, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import type { LimitView } from './answers.ts'
import {
  CreateLimitInput,
  existsAlready,
  findScopeId,
  labelsOf,
  parseAmount,
  RuleIdInput,
  UpdateLimitInput,
  unlessTaken,
} from './rule-input.ts'
import type { LimitKind, RuleScope } from './schema.ts'

const limitsMax = 500
const taken = existsAlready('limit_exists', 'There is a limit of this kind for it already. Change that one.')

/** The workspace's limits with their present use, oldest first. */
export async function listLimits(scope: Scope): Promise<LimitView[]> {
  requireRead(scope)
  return scope.tx((tx) => readLimits(tx, scope, {}))
}

/** Throws `not_found`. */
export async function getLimit(scope: Scope, input: { id: string }): Promise<LimitView> {
  requireRead(scope)
  const { id } = parseInput(RuleIdInput, input)
  return scope.tx((tx) => readLimit(tx, scope, id))
}

/** Admins and owners. Throws `limit_exists`, `too_many_limits`. Gateways hold it within seconds. */
export async function createLimit(scope: Scope, input: CreateLimitInput): Promise<LimitView> {
  requireRole(scope, 'admin')
  const wanted = parseInput(CreateLimitInput, input)
  const amount = parseAmount('count', wanted.amount)
  const { workspaceId } = scope
  return unlessTaken(taken, () =>
    scope.tx(async (tx) => {
      if ((await tx.limit.count({ where: { workspaceId } })) >= limitsMax) {
        const message = `At most ${limitsMax} limits. Delete some first.`
        throw new AppError({ kind: 'conflict', code: 'too_many_limits', message })
      }
      const scopeId = await findScopeId(tx, scope, wanted.scope, wanted.scopeId)
      const now = scope.now()
      const row = await tx.limit.create({
        data: {
          id: newId('lim', now.getTime()),
          workspaceId,
          scope: wanted.scope,
          scopeId,
          kind: wanted.kind,
          amount,
          createdBy: scope.actor.id,
          createdAt: now,
          updatedAt: now,
        },
      })
      const view = await readLimit(tx, scope, row.id)
      await recordAudit(tx, scope, { action: 'limit.add', target: targetOf(view), after: factsOf(view) })
      return view
    }),
  )
}

/** Another amount. Admins and owners. A stale version is `stale_version` (409) with the limit as it stands. */
export async function updateLimit(scope: Scope, input: UpdateLimitInput): Promise<LimitView> {
  requireRole(scope, 'admin')
  const { id, version, amount } = parseInput(UpdateLimitInput, input)
  return scope.tx(async (tx) => {
    const before = await readLimit(tx, scope, id)
    const { count } = await tx.limit.updateMany({
      where: { workspaceId: scope.workspaceId, id, version },
      data: { amount: parseAmount('count', amount), version: { increment: 1 }, updatedAt: scope.now() },
    })
    if (count === 0) throw staleEdit('The limit', before)
    const view = await readLimit(tx, scope, id)
    await recordAudit(tx, scope, {
      action: 'limit.update',
      target: targetOf(view),
      before: { amount: before.amount },
      after: { amount: view.amount },
    })
    return view
  })
}

/** Admins and owners. */
export async function deleteLimit(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  const { id } = parseInput(RuleIdInput, input)
  await scope.tx(async (tx) => {
    const before = await readLimit(tx, scope, id)
    await tx.limit.deleteMany({ where: { workspaceId: scope.workspaceId, id } })
    await recordAudit(tx, scope, { action: 'limit.delete', target: targetOf(before), before: factsOf(before) })
  })
}

async function readLimit(tx: Tx, scope: Scope, id: string): Promise<LimitView> {
  const [view] = await readLimits(tx, scope, { id })
  if (!view) throw notFound('Limit')
  return view
}

async function readLimits(tx: Tx, scope: Scope, where: { id?: string }): Promise<LimitView[]> {
  const { workspaceId } = scope
  const rows = await tx.limit.findMany({ where: { workspaceId, ...where }, orderBy: { id: 'asc' }, take: limitsMax })
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const used = await tx.$queryRaw<{ id: string; used: bigint }[]>`
    SELECT limit_id AS id, sum(units)::bigint AS used FROM ledger.limit_slot
      WHERE workspace_id = ${workspaceId} AND limit_id = ANY(${ids}) AND usable_until > now() - interval '1 minute' GROUP BY 1
    UNION ALL SELECT budget_id, sum(leased)::bigint FROM ledger.budget_period
      WHERE workspace_id = ${workspaceId} AND budget_id = ANY(${ids}) GROUP BY 1`
  const uses = new Map(used.map((row) => [row.id, row.used]))
  const labelOf = await labelsOf(tx, workspaceId, rows)
  return rows.map((row) => ({
    id: row.id,
    scope: row.scope as RuleScope,
    scopeId: row.scopeId,
    scopeLabel: labelOf(row),
    kind: row.kind as LimitKind,
    amount: row.amount.toString(),
    used: (uses.get(row.id) ?? 0n).toString(),
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  }))
}

function targetOf(view: LimitView): { kind: string; id: string; label: string } {
  return {
    kind: 'limit',
    id: view.id,
    label: view.scope === 'workspace' ? 'workspace' : `${view.scope} ${view.scopeLabel}`,
  }
}

function factsOf({ scope, scopeId, kind, amount }: LimitView): Record<string, unknown> {
  return { scope, scopeId, kind, amount }
}

import { notFound } from '#lib/core/errors.ts'
import { isId } from '#lib/core/ids.ts'
import { budgets } from '#lib/metering/index.ts'
import { budgetWords } from '#lib/metering/schema.ts'
import type { AlertRule } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { RuleView } from './answers.ts'
import type { AlertScopeName, ConditionName } from './vocabulary.ts'
import { figureText } from './words.ts'

export type RuleRow = AlertRule & { channels: { channelId: string }[] }

export const withChannels = { channels: { select: { channelId: true }, orderBy: { channelId: 'asc' } } } as const

export async function requireRule(tx: Tx, { workspaceId }: Scope, id: string): Promise<RuleRow> {
  const row =
    isId('alr', id) &&
    (await tx.alertRule.findUnique({ where: { workspaceId_id: { workspaceId, id } }, include: withChannels }))
  if (!row) throw notFound('Rule')
  return row
}

/** Names of what rules are about; of a budget its words. What is gone has none. */
export async function findScopeLabels(
  scope: Scope,
  rows: readonly Pick<AlertRule, 'scope' | 'scopeId'>[],
): Promise<(row: Pick<AlertRule, 'scope' | 'scopeId'>) => string> {
  const { workspaceId } = scope
  const ids = (kind: AlertScopeName) => [...new Set(rows.filter((row) => row.scope === kind).map((row) => row.scopeId))]
  const names = await scope.tx(async (tx) => {
    const of = (kind: AlertScopeName) => ({ workspaceId, id: { in: ids(kind) } })
    const models = await tx.model.findMany({ where: of('model'), select: { id: true, slug: true } })
    const deployments = await tx.deployment.findMany({ where: of('deployment'), select: { id: true, key: true } })
    const keys = await tx.apiKey.findMany({ where: of('key'), select: { id: true, name: true } })
    return new Map<string, string>([
      ...models.map(({ id, slug }) => [id, slug] as const),
      ...deployments.map(({ id, key }) => [id, key] as const),
      ...keys.map(({ id, name }) => [id, name] as const),
    ])
  })
  if (ids('budget').length > 0)
    for (const { id, window, scope: about, scopeLabel } of await budgets.listBudgets(scope))
      names.set(id, budgetWords(window, about, scopeLabel))
  return (row) => names.get(row.scopeId) ?? row.scopeId
}

export async function toRuleViews(scope: Scope, rows: readonly RuleRow[]): Promise<RuleView[]> {
  const labelOf = await findScopeLabels(scope, rows)
  return rows.map((row) => toRuleView(row, labelOf(row)))
}

export function toRuleView(row: RuleRow, scopeLabel: string): RuleView {
  const condition = row.condition as ConditionName
  return {
    id: row.id,
    name: row.name,
    condition,
    percentile: row.percentile,
    scope: row.scope as AlertScopeName,
    scopeId: row.scopeId,
    scopeLabel,
    windowMinutes: row.windowMinutes,
    threshold: figureText(condition, row.threshold),
    resolveBelow: figureText(condition, row.resolveBelow),
    callsMin: row.callsMin,
    channelIds: row.channels.map(({ channelId }) => channelId),
    state: row.firing ? 'firing' : row.evaluatedAt === null ? 'new' : row.value === null ? 'quiet' : 'ok',
    value: row.value === null ? null : figureText(condition, row.value),
    firedAt: row.firedAt?.toISOString() ?? null,
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
    evaluatedAt: row.evaluatedAt?.toISOString() ?? null,
    mutedUntil: row.mutedUntil?.toISOString() ?? null,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  }
}

import { type RecentFigures, recentFigures } from '#lib/analytics/index.ts'
import { budgets } from '#lib/metering/index.ts'
import type { AlertRule } from '#lib/platform/generated/prisma/client.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { House } from './house.ts'
import { type AlertScopeName, type ConditionName, noticeKinds } from './vocabulary.ts'

export type ReadRule = Pick<AlertRule, 'condition' | 'percentile' | 'scope' | 'scopeId' | 'windowMinutes' | 'callsMin'>

/** Models that are looked at together. */
const modelsAtOnce = 200
/** More models than that are not looked at: one failing of the others is not seen by a rule for the whole workspace. */
const modelsMax = 1_000

/**
 * Reads figures of rules, each source once however many rules ask for it: of the ledger by window, of budgets, of the
 * health of models. Null: there is nothing to judge.
 */
export function createReadings(
  house: Pick<House, 'modelHealth'>,
  scope: Scope,
): (rule: ReadRule) => Promise<bigint | null> {
  const recent = memoise((minutes: number) => recentFigures(scope, { minutes }))
  const allBudgets = memoise((_: '') => budgets.listBudgets(scope))
  const failing = memoise((_: '') => findFailing(house, scope))
  const changed = memoise((minutes: number) => findChanged(scope, minutes))

  async function figuresOf({ scope: kind, scopeId, windowMinutes }: ReadRule): Promise<RecentFigures> {
    const figures = await recent(windowMinutes)
    return kind === 'model' || kind === 'deployment' || kind === 'key' ? figures[kind](scopeId) : figures.workspace
  }

  const read: Record<ConditionName, (rule: ReadRule) => Promise<bigint | null>> = {
    async cost(rule) {
      return BigInt((await figuresOf(rule)).figures.cost.nanoUsd)
    },
    async unpriced(rule) {
      return BigInt((await figuresOf(rule)).figures.unpriced)
    },
    async error_rate(rule) {
      const { ok, errors } = (await figuresOf(rule)).figures
      const calls = ok + errors
      return calls < rule.callsMin ? null : BigInt(Math.round((errors / calls) * 10_000))
    },
    async latency(rule) {
      const { figures, latency } = await figuresOf(rule)
      if (latency === null || figures.ok + figures.errors < rule.callsMin) return null
      const of = { 50: latency.p50Ms, 95: latency.p95Ms, 99: latency.p99Ms }
      return BigInt(of[(rule.percentile ?? 95) as keyof typeof of])
    },
    async budget({ scope: kind, scopeId }) {
      const all = await allBudgets('')
      const looked = kind === 'budget' ? all.filter(({ id }) => id === scopeId) : all
      // For every identity by itself the fullest of them counts.
      const shares = looked.flatMap(({ cap, spent, identities, left }) =>
        (left === null ? identities.map((each) => each.spent) : [spent]).map((part) => shareOf(part, cap)),
      )
      return shares.length === 0 ? null : BigInt(Math.max(...shares))
    },
    async failing_model(rule) {
      return countOf(await failing(''), rule)
    },
    async drift(rule) {
      return countOf(await changed(rule.windowMinutes), rule)
    },
  }
  return (rule) => read[rule.condition as ConditionName](rule)
}

function memoise<Key, Value>(find: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const known = new Map<Key, Promise<Value>>()
  return (key) => {
    const found = known.get(key) ?? find(key)
    known.set(key, found)
    return found
  }
}

/** Hundredths of a percent. Both are decimals of one unit. */
function shareOf(spent: string, cap: string): number {
  const most = Number(cap)
  return most > 0 ? Math.floor((Number(spent) / most) * 10_000) : 10_000
}

function countOf(ids: ReadonlySet<string>, { scope: kind, scopeId }: ReadRule): bigint {
  if ((kind as AlertScopeName) === 'model') return ids.has(scopeId) ? 1n : 0n
  return BigInt(ids.size)
}

/** Active models that are failing, or whose key is refused. */
async function findFailing({ modelHealth }: Pick<House, 'modelHealth'>, scope: Scope): Promise<Set<string>> {
  const { workspaceId } = scope
  const models = await scope.tx((tx) =>
    tx.model.findMany({
      where: { workspaceId, deletedAt: null, state: 'active' },
      select: { id: true },
      orderBy: { id: 'desc' },
      take: modelsMax,
    }),
  )
  const found = new Set<string>()
  for (let from = 0; from < models.length; from += modelsAtOnce) {
    const modelIds = models.slice(from, from + modelsAtOnce).map(({ id }) => id)
    for (const { modelId, word } of await modelHealth(scope, { modelIds }))
      if (word === 'failing' || word === 'key_refused') found.add(modelId)
  }
  return found
}

/** Models whose card changed in the last `minutes`, and those that are out of reach or not what they were, as long as they are. */
async function findChanged(scope: Scope, minutes: number): Promise<Set<string>> {
  const { workspaceId } = scope
  const since = new Date(scope.now().getTime() - minutes * 60_000)
  return scope.tx(async (tx) => {
    const notices = await tx.notice.findMany({
      where: { workspaceId, kind: { in: [...noticeKinds.drift] }, createdAt: { gte: since } },
      select: { refId: true },
      distinct: ['refId'],
      take: modelsMax,
    })
    const watches = await tx.modelWatch.findMany({
      where: { workspaceId, standing: { not: '' }, model: { deletedAt: null, state: 'active' } },
      select: { modelId: true },
      take: modelsMax,
    })
    return new Set([...notices.flatMap(({ refId }) => refId ?? []), ...watches.map(({ modelId }) => modelId)])
  })
}

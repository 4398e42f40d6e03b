import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { type FactRow, sumFacts } from './facts.ts'
import { addFigures, byCost, toFigures } from './figures.ts'
import { findLabels } from './labels.ts'
import { resolvePeriod, sliceSpan, toPeriodView } from './period.ts'
import { type Grain, type PracticeView, type UsageGroup, UsageInput, type UsageRow, type UsageView } from './schema.ts'

const groups: Record<UsageGroup, { by: string; grain?: Grain }> = {
  model: { by: 'f.model_id' },
  key: { by: 'f.actor_id' },
  day: { by: `''`, grain: 'day' },
  hour: { by: `''`, grain: 'hour' },
  source: { by: 'f.source' },
  status: { by: 'f.status_class' },
  region: { by: `coalesce(m.region, '')` },
  type: { by: `coalesce(m.type, '')` },
  deployment: { by: 'f.deployment_id' },
  version: { by: 'f.version' },
  variant: { by: 'f.variant' },
  environment: { by: 'f.environment' },
}
const rowsMax = 1_000

/** Sums of a span by one thing. The rows add up to the total, to the nano-dollar. Every member may read. */
export async function usage(scope: Scope, input: unknown): Promise<UsageView> {
  requireRead(scope)
  const asked = parseInput(UsageInput, input)
  const { by, grain } = groups[asked.groupBy]
  return scope.tx(async (tx) => {
    const period = await resolvePeriod(tx, scope, asked)
    const slices = await sliceSpan(tx, period, { withDays: grain !== 'hour' })
    const facts = await sumFacts(tx, {
      workspaceId: scope.workspaceId,
      timeZone: period.timeZone,
      slices,
      filters: asked,
      group: by,
      ...(grain && { grain }),
    })
    const { kept, practice } = splitPractice(facts, asked.includePractice)
    const rows = await toRows(tx, kept, asked.groupBy, period.timeZone)
    return { period: toPeriodView(period), groupBy: asked.groupBy, rows, total: addFigures(rows), practice }
  })
}

/** Takes practice models out where they are not asked for. */
export function splitPractice(
  facts: readonly FactRow[],
  include: boolean | undefined,
): { kept: FactRow[]; practice: PracticeView } {
  const practice = facts.filter((row) => row.practice)
  const others = facts.filter((row) => !row.practice)
  const included = include ?? others.length === 0
  return { kept: included ? [...facts] : others, practice: { included, figures: toFigures(practice) } }
}

export async function toRows(
  tx: Tx,
  facts: readonly FactRow[],
  groupBy: UsageGroup,
  timeZone: string,
): Promise<UsageRow[]> {
  const { grain } = groups[groupBy]
  const grouped = Map.groupBy(facts, (row) => (grain === undefined ? row.group : toKey(row.bucket, groupBy, timeZone)))
  const labels =
    groupBy === 'model' || groupBy === 'key' ? await findLabels(tx, [...grouped.keys()]) : new Map<string, string>()
  const rows = [...grouped].map(([key, parts]) => ({
    key,
    label: labels.get(key) ?? key,
    practice: parts.every((part) => part.practice),
    ...toFigures(parts),
  }))
  rows.sort(grain === undefined ? byCost : (one, other) => (one.key < other.key ? -1 : 1))
  if (rows.length <= rowsMax) return rows
  const rest = rows.slice(rowsMax)
  return [
    ...rows.slice(0, rowsMax),
    { key: 'others', label: `${rest.length} others`, practice: false, ...addFigures(rest) },
  ]
}

/** A day as `2026-11-22` in its zone, an hour as an instant. */
function toKey(bucketMs: number, groupBy: UsageGroup, timeZone: string): string {
  if (groupBy === 'hour') return new Date(bucketMs).toISOString()
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(bucketMs)
}

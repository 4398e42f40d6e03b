import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { type FactRow, sumFacts } from './facts.ts'
import { addFigures, byCost, toFigures } from './figures.ts'
import { findLabels } from './labels.ts'
import { resolvePeriod, sliceSpan, toPeriodView } from './period.ts'
import { type Grain, type PracticeView, type UsageGroup, UsageInput, type UsageRow, type UsageView } from './schema.ts'

/** What each group is, as an SQL expression over the facts `f` and their model `m`. */
export const groups: Readonly<Record<UsageGroup, { by: string; grain?: Grain }>> = {
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
  identity: { by: 'f.identity' },
}
const rowsMax = 1_000
/** Groups whose keys are ids of something that has a name. */
export const named: ReadonlySet<UsageGroup> = new Set<UsageGroup>(['model', 'key', 'deployment'])

/** Sums of a span by one thing. The rows add up to the total, to the nano-dollar. Every member may read. */
export async function usage(scope: Scope, input: unknown): Promise<UsageView> {
  requireRead(scope)
  const asked = parseInput(UsageInput, input)
  const { by, grain } = groups[asked.groupBy]
  return scope.tx(async (tx) => {
    const period = await resolvePeriod(tx, scope, asked)
    // No sum knows identities.
    const byRecords = asked.identity !== undefined || asked.groupBy === 'identity'
    const slices = await sliceSpan(tx, period, { byRecords, withDays: grain !== 'hour' })
    const [facts = []] = await sumFacts(tx, {
      ...{ workspaceId: scope.workspaceId, timeZone: period.timeZone, slices, filters: asked },
      groups: [{ by, grain }],
    })
    const { kept, practice } = splitPractice(facts, asked.includePractice)
    const labels = named.has(asked.groupBy)
      ? await findLabels(
          tx,
          kept.map(({ group }) => group),
        )
      : undefined
    const rows = toRows(kept, { groupBy: asked.groupBy, timeZone: period.timeZone, labels, top: asked.top })
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

/** By the greatest cost, or in order of time. `labels`: names of keys, where they have any. */
export function toRows(
  facts: readonly FactRow[],
  {
    groupBy,
    timeZone,
    labels,
    top = rowsMax,
  }: { groupBy: UsageGroup; timeZone: string; labels?: ReadonlyMap<string, string> | undefined; top?: number },
): UsageRow[] {
  const { grain } = groups[groupBy]
  const grouped = Map.groupBy(facts, (row) => (grain === undefined ? row.group : toKey(row.bucket, groupBy, timeZone)))
  const rows = [...grouped].map(([key, parts]) => ({
    key,
    label: labels?.get(key) ?? key,
    practice: parts.every((part) => part.practice),
    ...toFigures(parts),
  }))
  rows.sort(grain === undefined ? byCost : (one, other) => (one.key < other.key ? -1 : 1))
  if (rows.length <= top) return rows
  const rest = rows.slice(top)
  return [
    ...rows.slice(0, top),
    { key: 'others', label: `${rest.length} others`, practice: false, ...addFigures(rest) },
  ]
}

/** A day as `2026-11-22` in its zone, an hour as an instant. */
function toKey(bucketMs: number, groupBy: UsageGroup, timeZone: string): string {
  if (groupBy === 'hour') return new Date(bucketMs).toISOString()
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(bucketMs)
}

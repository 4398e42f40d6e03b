import type { Tx } from '#lib/tenancy/index.ts'
import { bucketOf, type Slices } from './period.ts'
import type { Grain } from './schema.ts'

export interface FactFilters {
  modelId?: readonly string[] | undefined
  actorId?: readonly string[] | undefined
  deploymentId?: readonly string[] | undefined
  source?: readonly string[] | undefined
  /** Only where everything is read from the records: no sum knows it. */
  identity?: string | undefined
}

/** What sums are split by: an SQL expression over the facts `f` and their model `m`; by span too where there is a grain. */
export interface FactGroup {
  by: string
  grain?: Grain | undefined
}

const keys = 'model_id, deployment_id, version, variant, environment, actor_id, source, status_class'
const measures = [
  'requests',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'reasoning_tokens',
  'images',
  'cost_nano_usd',
  'unpriced',
  'estimated',
  'estimated_tokens',
  'cache_hits',
] as const

/** As in the rollups. */
const statusClass = `case when outcome = 'ok' then '2xx' when outcome <> 'error' then outcome when status between 400 and 499 then '4xx' else '5xx' end`
const ofRecord = `identity, ${keys.replace('status_class', statusClass)}, 1, input_tokens, cached_tokens, output_tokens, reasoning_tokens, images, cost_nano_usd,
  case when priced then 0 else 1 end, case when usage_source = 'estimated' then 1 else 0 end, case when usage_source = 'estimated' then input_tokens + output_tokens else 0 end,
  case when cache = 'hit' then 1 else 0 end`

/** Sums of one group, as they come from the database: decimal strings. */
export type FactRow = { group: string; practice: boolean; bucket: number } & Record<
  (typeof measures)[number] | (typeof outcomes)[number],
  string
>

const outcomes = ['ok', 'errors', 'aborted', 'refused', 'probes'] as const
const outcomeOf = `case when source in ('validation', 'drift') then 'probes' when status_class = '2xx' then 'ok'
  when status_class in ('4xx', '5xx', 'truncated', 'lost') then 'errors' else status_class end`

/**
 * Sums by each of `groups`, in one pass over the facts: a list of rows for each. Only the first may have a grain. By
 * `f.identity` only where the slices read everything from the records.
 */
export async function sumFacts(
  tx: Tx,
  {
    workspaceId,
    timeZone,
    slices,
    filters,
    groups,
  }: {
    workspaceId: string
    timeZone: string
    slices: Slices
    filters: FactFilters
    groups: readonly FactGroup[]
  },
): Promise<FactRow[][]> {
  const grain = groups[0]?.grain
  const values: unknown[] = [workspaceId, timeZone, slices.fromMs, slices.bodyFromMs, slices.bodyToMs, slices.toMs]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const at = (ordinal: number) => `to_timestamp($${ordinal}::float8 / 1000)`
  const parts = [
    `select ${bucketOf(grain, 'started_at')} as bucket, ${ofRecord} from ledger.records where workspace_id = $1
      and ((started_at >= ${at(3)} and started_at < least(${at(4)}, ${at(6)})) or (started_at >= greatest(${at(5)}, ${at(3)}) and started_at < ${at(6)}))
      ${filters.identity === undefined ? '' : `and identity = ${bind(filters.identity, 'text')} and identity <> ''`}`,
  ]
  if (slices.bodyToMs > slices.bodyFromMs) {
    let outsideDays = ''
    if (slices.dayFrom !== null) {
      const [from, to] = [bind(slices.dayFrom, 'date'), bind(slices.dayTo, 'date')]
      parts.push(
        `select ${grain === undefined ? 'null::timestamptz' : `day::timestamp at time zone $2`}, '', ${keys}, ${measures.join(', ')} from ledger.usage_day where workspace_id = $1 and day >= ${from} and day < ${to}`,
      )
      // The wide bounds serve the index, the dates decide.
      outsideDays = `and (quarter < ${at(values.push(slices.dayFromMs))} + interval '3 hours' or quarter >= ${at(values.push(slices.dayToMs))} - interval '3 hours')
        and ((quarter at time zone $2)::date < ${from} or (quarter at time zone $2)::date >= ${to})`
    }
    parts.push(
      `select ${bucketOf(grain, 'quarter')}, '', ${keys}, ${measures.join(', ')} from ledger.usage_quarter where workspace_id = $1 and quarter >= ${at(4)} and quarter < ${at(5)} ${outsideDays}`,
    )
  }
  const conditions = [
    filters.modelId && `model_id = any(${bind(filters.modelId, 'text[]')})`,
    filters.actorId && `actor_id = any(${bind(filters.actorId, 'text[]')})`,
    filters.deploymentId && `deployment_id = any(${bind(filters.deploymentId, 'text[]')})`,
    filters.source && `source = any(${bind(filters.source, 'text[]')})`,
  ].filter((condition) => condition !== undefined)
  const sums = measures.map((measure) => `sum(${measure}) as ${measure}`).join(', ')
  const all = `${sums}, ${outcomes.map((outcome) => `coalesce(sum(requests) filter (where ended = '${outcome}'), 0) as ${outcome}`).join(', ')}`
  // By the columns that groups are made of first, which leaves few rows: models are joined to those, and sets cost little.
  const select = (rows: readonly (readonly [name: string, group: FactGroup])[], more: string) => {
    const columns = new Set([
      ...['model_id', 'ended'],
      ...rows.flatMap(([, { by }]) => [...by.matchAll(/\bf\.(\w+)/g)].map(([, name]) => name)),
    ])
    const names = [...columns].join(', ') + more
    return `select f.*, coalesce(m.practice, false) as practice, ${rows.map(([name, { by }]) => `${by} as ${name}`).join(', ')}
      from (select ${names}, ${sums} from f group by ${names}) f left join models m on m.workspace_id = $1 and m.id = f.model_id`
  }
  const named = groups.map((group, index) => [`g${index}`, group] as const)
  const [series, tables] = grain === undefined ? [[], named] : [named.slice(0, 1), named.slice(1)]
  const sets = [
    ...series.map(
      (one) => `select 0, g0, bucket, practice, ${all} from (${select([one], ', bucket')}) s group by 2, 3, 4`,
    ),
  ]
  if (tables.length > 0)
    sets.push(
      `select case ${tables.map(([name]) => `when grouping(${name}) = 0 then ${name.slice(1)}`).join(' ')} end, coalesce(${tables.map(([name]) => name).join(', ')}), null::timestamptz, practice, ${all}
       from (${select(tables, '')}) t group by grouping sets (${tables.map(([name]) => `(${name}, practice)`).join(', ')})`,
    )
  const told = [...measures, ...outcomes]
  const rows = await tx.$queryRawUnsafe<(FactRow & { set: number })[]>(
    `with a (bucket, identity, ${keys}, ${measures.join(', ')}) as (${parts.join('\nunion all\n')}),
     f as materialized (select a.*, ${outcomeOf} as ended from a where ${['$2::text is not null', ...conditions].join(' and ')}),
     s (set, "group", bucket, practice, ${told.join(', ')}) as (${sets.join('\nunion all\n')})
     select set, "group", practice, coalesce(round(extract(epoch from bucket) * 1000)::float8, 0) as bucket, ${told.map((measure) => `${measure}::text as ${measure}`).join(', ')}
     from s order by 4, 2`,
    ...values,
  )
  return groups.map((_, index) => rows.filter(({ set }) => set === index))
}

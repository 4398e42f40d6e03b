import type { Tx } from '#lib/tenancy/index.ts'
import type { Slices } from './period.ts'
import type { Grain } from './schema.ts'

export interface FactFilters {
  modelId?: readonly string[] | undefined
  actorId?: readonly string[] | undefined
  deploymentId?: readonly string[] | undefined
  source?: readonly string[] | undefined
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
const ofRecord = `${keys.replace('status_class', statusClass)}, 1, input_tokens, cached_tokens, output_tokens, reasoning_tokens, images, cost_nano_usd,
  case when priced then 0 else 1 end, case when usage_source = 'estimated' then 1 else 0 end, case when usage_source = 'estimated' then input_tokens + output_tokens else 0 end,
  case when cache = 'hit' then 1 else 0 end`

/** Sums of one group, as they come from the database: decimal strings. */
export type FactRow = { group: string; practice: boolean; bucket: number } & Record<
  (typeof measures)[number] | 'ok' | 'errors' | 'aborted' | 'refused' | 'probes',
  string
>

const isProbe = `source in ('validation', 'drift')`

/** Sums by `group` (an SQL expression over the facts `f` and their model `m`), and by span where a grain is asked for. */
export async function sumFacts(
  tx: Tx,
  {
    workspaceId,
    timeZone,
    slices,
    filters,
    group,
    grain,
  }: { workspaceId: string; timeZone: string; slices: Slices; filters: FactFilters; group: string; grain?: Grain },
): Promise<FactRow[]> {
  const values: unknown[] = [workspaceId, timeZone, slices.fromMs, slices.bodyFromMs, slices.bodyToMs, slices.toMs]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const at = (ordinal: number) => `to_timestamp($${ordinal}::float8 / 1000)`
  const bucketOf = (instant: string) => {
    if (grain === undefined) return 'null::timestamptz'
    if (grain === '5m' || grain === '15m')
      return `date_bin('${grain === '5m' ? 5 : 15} minutes', ${instant}, timestamptz 'epoch')`
    return `date_trunc('${grain}', ${instant}, $2)`
  }
  const parts = [
    `select ${bucketOf('started_at')} as bucket, ${ofRecord} from ledger.records where workspace_id = $1
      and ((started_at >= ${at(3)} and started_at < least(${at(4)}, ${at(6)})) or (started_at >= greatest(${at(5)}, ${at(3)}) and started_at < ${at(6)}))`,
  ]
  if (slices.bodyToMs > slices.bodyFromMs) {
    let outsideDays = ''
    if (slices.dayFrom !== null) {
      const [from, to] = [bind(slices.dayFrom, 'date'), bind(slices.dayTo, 'date')]
      parts.push(
        `select ${grain === undefined ? 'null::timestamptz' : `day::timestamp at time zone $2`}, ${keys}, ${measures.join(', ')} from ledger.usage_day where workspace_id = $1 and day >= ${from} and day < ${to}`,
      )
      // The wide bounds serve the index, the dates decide.
      outsideDays = `and (quarter < ${at(values.push(slices.dayFromMs))} + interval '3 hours' or quarter >= ${at(values.push(slices.dayToMs))} - interval '3 hours')
        and ((quarter at time zone $2)::date < ${from} or (quarter at time zone $2)::date >= ${to})`
    }
    parts.push(
      `select ${bucketOf('quarter')}, ${keys}, ${measures.join(', ')} from ledger.usage_quarter where workspace_id = $1 and quarter >= ${at(4)} and quarter < ${at(5)} ${outsideDays}`,
    )
  }
  const conditions = [
    filters.modelId && `f.model_id = any(${bind(filters.modelId, 'text[]')})`,
    filters.actorId && `f.actor_id = any(${bind(filters.actorId, 'text[]')})`,
    filters.deploymentId && `f.deployment_id = any(${bind(filters.deploymentId, 'text[]')})`,
    filters.source && `f.source = any(${bind(filters.source, 'text[]')})`,
  ].filter((condition) => condition !== undefined)
  return tx.$queryRawUnsafe<FactRow[]>(
    `with f (bucket, ${keys}, ${measures.join(', ')}) as (${parts.join('\nunion all\n')})
     select ${group} as group, coalesce(m.practice, false) as practice, coalesce(round(extract(epoch from f.bucket) * 1000)::float8, 0) as bucket,
       ${measures.map((measure) => `sum(f.${measure})::text as ${measure}`).join(', ')},
       ${sumWhere(`not ${isProbe} and status_class in ('2xx')`)} as ok,
       ${sumWhere(`not ${isProbe} and status_class in ('4xx', '5xx', 'truncated', 'lost')`)} as errors,
       ${sumWhere(`not ${isProbe} and status_class = 'aborted'`)} as aborted,
       ${sumWhere(`not ${isProbe} and status_class = 'refused'`)} as refused,
       ${sumWhere(isProbe)} as probes
     from f left join models m on m.workspace_id = $1 and m.id = f.model_id
     where ${['$2::text is not null', ...conditions].join(' and ')}
     group by 1, 2, 3 order by 3, 1`,
    ...values,
  )
}

function sumWhere(condition: string): string {
  return `coalesce(sum(f.requests) filter (where ${condition}), 0)::text`
}

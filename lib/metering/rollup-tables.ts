/** A table of sums over records, by a span of time and a key. */
export interface RollupTable {
  name: 'usage_quarter' | 'usage_day' | 'latency_hour' | 'latency_day'
  /** The column of the span. */
  period: 'quarter' | 'day' | 'hour'
  /** Rows of one key, one of each in a span. */
  key: readonly string[]
  sums: readonly (readonly [column: string, value: string])[]
  /** What it sums: records, or the durations in them. */
  of: 'records' | 'durations'
}

const usageKey = [
  ...['model_id', 'deployment_id', 'version', 'variant', 'environment', 'actor_id', 'source', 'status_class'],
] as const
const usageSums = [
  ['requests', 'count(*)'],
  ['input_tokens', 'sum(input_tokens)'],
  ['cached_tokens', 'sum(cached_tokens)'],
  ['output_tokens', 'sum(output_tokens)'],
  ['reasoning_tokens', 'sum(reasoning_tokens)'],
  ['images', 'sum(images)'],
  ['cost_nano_usd', 'sum(cost_nano_usd)'],
  ['unpriced', 'count(*) filter (where not priced)'],
  ['estimated', "count(*) filter (where usage_source = 'estimated')"],
  ['estimated_tokens', "coalesce(sum(input_tokens + output_tokens) filter (where usage_source = 'estimated'), 0)"],
  ['latency_ms', 'sum(latency_ms)'],
  ['cache_hits', "count(*) filter (where cache = 'hit')"],
] as const
/** A histogram: an array whose index is the bucket. */
const counts = [['counts', 'ledger.histogram(bucket, 1)']] as const

export const usageQuarter = {
  ...{ name: 'usage_quarter', period: 'quarter', of: 'records' },
  ...{ key: usageKey, sums: usageSums },
} as const satisfies RollupTable
/** Days of the workspace's calendar. */
export const usageDay = { ...usageQuarter, name: 'usage_day', period: 'day' } as const satisfies RollupTable
export const latencyHour = {
  ...{ name: 'latency_hour', period: 'hour', of: 'durations' },
  ...{ key: ['model_id', 'deployment_id', 'kind'], sums: counts },
} as const satisfies RollupTable
/** Days of UTC. */
export const latencyDay = {
  ...{ name: 'latency_day', period: 'day', of: 'durations' },
  ...{ key: ['model_id', 'deployment_id', 'key_id', 'kind'], sums: counts },
} as const satisfies RollupTable

/** Records of `from` (its alias is `i`) with what rollups are keyed by. */
export function selectFacts(from: string): string {
  return `select i.*, date_bin('15 minutes', i.started_at, timestamptz 'epoch') as quarter,
    (i.started_at at time zone coalesce(w.time_zone, 'UTC'))::date as day,
    case when i.outcome = 'ok' then '2xx' when i.outcome <> 'error' then i.outcome when i.status between 400 and 499 then '4xx' else '5xx' end as status_class
  from ${from} left join public.workspaces w on w.id = i.workspace_id`
}

/** Durations in the records of `from`, by bucket: bucket b holds those from 1.04^b up to 1.04^(b+1) ms. */
export function selectDurations(from: string): string {
  return `select workspace_id, model_id, deployment_id, key_id, kind,
    date_trunc('hour', started_at, 'UTC') as hour, (started_at at time zone 'UTC')::date as day,
    floor(ln(greatest(ms, 1)) / ln(1.04))::smallint as bucket
  from ${from} cross join lateral (values ('latency', latency_ms), ('first_byte', first_byte_ms)) m (kind, ms)
  where ms is not null and outcome in ('ok', 'error', 'truncated') and source not in ('validation', 'drift') and cache not in ('hit', 'replay')`
}

/** The rows of a rollup, out of facts or durations, in the order of its key. */
export function selectSums(table: RollupTable, from: string): string {
  const by = ['workspace_id', table.period, ...table.key].join(', ')
  return `select ${by}, ${table.sums.map(([column, value]) => `${value} as ${column}`).join(', ')} from ${from} group by ${by} order by ${by}`
}

/** The columns of a rollup, as `selectSums` gives them. */
export function columnsOf({ period, key, sums }: RollupTable): string {
  return ['workspace_id', period, ...key, ...sums.map(([column]) => column)].join(', ')
}

/** Adds the sums of `from`. Rows go in by key, so that writers of one workspace take their locks in one order. */
export function addSums(table: RollupTable, from: string): string {
  const add = (column: string) =>
    table.of === 'records' ? `t.${column} + excluded.${column}` : `ledger.add_counts(t.${column}, excluded.${column})`
  return `insert into ledger.${table.name} as t (${columnsOf(table)}) ${selectSums(table, from)}
  on conflict (workspace_id, ${table.period}, ${table.key.join(', ')}) do update set ${table.sums.map(([column]) => `${column} = ${add(column)}`).join(', ')}`
}

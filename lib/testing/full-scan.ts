import type { Pool } from 'pg'
import type { UsageGroup, UsageRow } from '#lib/analytics/schema.ts'

/** What a record is counted under, said once more and without the rollups. $4: the time zone. */
const keys: Record<UsageGroup, string> = {
  model: 'r.model_id',
  key: 'r.actor_id',
  day: `to_char(r.started_at at time zone $4, 'YYYY-MM-DD')`,
  hour: `to_char(date_trunc('hour', r.started_at, $4) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.000"Z"')`,
  source: 'r.source',
  status: `case when r.outcome = 'ok' then '2xx' when r.outcome <> 'error' then r.outcome when r.status < 500 and r.status >= 400 then '4xx' else '5xx' end`,
  region: `coalesce(m.region, '')`,
  type: `coalesce(m.type, '')`,
  identity: 'r.identity',
  ...{ deployment: 'r.deployment_id', version: 'r.version', variant: 'r.variant', environment: 'r.environment' },
}

export interface ScannedRow {
  key: string
  requests: number
  /** Nano-dollars. */
  cost: string
  tokens: number
  unpriced: number
  estimated: number
}

interface Scan {
  workspaceId: string
  from: string
  to: string
  zone: string
  /** One row without it. */
  groupBy?: UsageGroup
  where?: string
}

/** What a dashboard has to say of a span, read from the records alone, with what every schema had since the first. */
export async function scanRecords(
  pool: Pick<Pool, 'query'>,
  { workspaceId, from, to, zone, groupBy, where = 'true' }: Scan,
): Promise<ScannedRow[]> {
  const { rows } = await pool.query<ScannedRow>(
    `select ${groupBy === undefined ? `''` : keys[groupBy]} as key, count(*)::int as requests, sum(r.cost_nano_usd)::text as cost, sum(r.input_tokens + r.output_tokens)::float8 as tokens,
       count(*) filter (where not r.priced)::int as unpriced, count(*) filter (where r.usage_source = 'estimated')::int as estimated
     from ledger.records r left join models m on m.id = r.model_id
     where r.workspace_id = $1 and r.started_at >= $2 and r.started_at < $3 and $4::text is not null and ${where} group by 1`,
    [workspaceId, from, to, zone],
  )
  return rows.toSorted(byKey)
}

/** Rows of a dashboard as a scan has them. */
export function toScanned(rows: readonly UsageRow[]): ScannedRow[] {
  return rows
    .map(({ key, requests, cost, inputTokens, outputTokens, unpriced, estimated }) => ({
      ...{ key, requests, cost: cost.nanoUsd, tokens: inputTokens + outputTokens, unpriced, estimated },
    }))
    .toSorted(byKey)
}

const byKey = (one: ScannedRow, other: ScannedRow) => (one.key < other.key ? -1 : 1)

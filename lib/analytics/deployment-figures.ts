import { notFound } from '#lib/core/errors.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { type DeploymentFigures, DeploymentFiguresInput, type LatencyView } from './schema.ts'
import { usage } from './usage.ts'

/** Calls whose durations are looked at: the newest ones. */
const lookedAt = 10_000

/**
 * What a deployment did, by version, variant and environment, practice models like any other. Sums are of the rollups;
 * the durations of a version and what evaluators say of it are of the newest 10,000 calls. Every member may read;
 * `not_found` for a deployment that is not here, also one that is deleted.
 */
export async function deploymentFigures(scope: Scope, input: unknown): Promise<DeploymentFigures> {
  requireRead(scope)
  const { id: name, ...span } = parseInput(DeploymentFiguresInput, input)
  const { workspaceId } = scope
  const deploymentId = await scope.tx(async (tx) => {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      select id from deployments where workspace_id = ${workspaceId} and deleted_at is null and (id = ${name} or key = ${name} or ${name} = any(former_keys))
       order by (id = ${name}) desc, (key = ${name}) desc limit 1`
    return rows[0]?.id
  })
  if (!deploymentId) throw notFound('Deployment')
  const by = (groupBy: 'version' | 'variant' | 'environment') =>
    usage(scope, { ...span, deploymentId: [deploymentId], groupBy, includePractice: true })
  const versions = await by('version')
  const [variants, environments] = [await by('variant'), await by('environment')]
  const { from, to } = versions.period
  const durations = await scope.tx(
    (tx) => tx.$queryRaw<Durations[]>`
      select version, percentile_disc(array[0.5, 0.95, 0.99]) within group (order by latency_ms) as latency,
             percentile_disc(array[0.5, 0.95, 0.99]) within group (order by first_byte_ms) filter (where first_byte_ms is not null) as first_byte
        from (select version, latency_ms, first_byte_ms from ledger.records
               where workspace_id = ${workspaceId} and deployment_id = ${deploymentId} and outcome in ('ok', 'error', 'truncated')
                 and started_at >= ${from}::timestamptz and started_at < ${to}::timestamptz
               order by started_at desc limit ${lookedAt}) r
       group by version`,
  )
  const ofVersion = new Map(durations.map((row) => [row.version, row]))
  const judgements = await scope.tx(
    (tx) => tx.$queryRaw<Judged[]>`
      select r.version, (count(*) filter (where f.rating = 'good'))::int as passed, count(*)::int as of
        from (select id, started_at, version from ledger.records
               where workspace_id = ${workspaceId} and deployment_id = ${deploymentId} and outcome = 'ok'
                 and started_at >= ${from}::timestamptz and started_at < ${to}::timestamptz
               order by started_at desc limit ${lookedAt}) r
        join ledger.feedback f on f.workspace_id = ${workspaceId} and f.request_id = r.id and f.author_kind = 'job' and f.rating is not null
       group by r.version`,
  )
  const judgedOf = new Map(judgements.map(({ version, passed, of }) => [version, { passed, of }]))
  return {
    period: versions.period,
    total: versions.total,
    byVersion: versions.rows.map((row) => ({
      ...row,
      latency: toView(ofVersion.get(row.key)?.latency),
      firstByte: toView(ofVersion.get(row.key)?.first_byte),
      judged: judgedOf.get(row.key) ?? { passed: 0, of: 0 },
    })),
    byVariant: variants.rows,
    byEnvironment: environments.rows,
  }
}

interface Durations {
  version: string
  latency: number[]
  first_byte: number[] | null
}

interface Judged {
  version: string
  passed: number
  of: number
}

function toView(quantiles: readonly number[] | null | undefined): LatencyView | null {
  const [p50Ms, p95Ms, p99Ms] = quantiles ?? []
  return p50Ms === undefined || p95Ms === undefined || p99Ms === undefined ? null : { p50Ms, p95Ms, p99Ms }
}

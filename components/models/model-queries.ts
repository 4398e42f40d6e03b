import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { ModelStats, OverviewView } from '#lib/analytics/schema.ts'
import type { Page } from '#lib/core/page.ts'
import type {
  ModelHealth,
  ModelUseView,
  PriceView,
  ProfileView,
  RecostView,
  RoutingView,
  ValidationView,
} from '#lib/models/schema.ts'
import type { AuditView } from '#lib/tenancy/schema.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`
interface Asked {
  signal: AbortSignal
}

/** Without the exchanges, which are read with the one that is open. */
export const validationsQuery = (workspace: string, modelId: string) => ({
  queryKey: ['validations', workspace, modelId],
  queryFn: ({ signal }: Asked) =>
    readApi<Page<ValidationView>>(
      withQuery(`${apiOf(workspace)}/validations`, { model: modelId, limit: '50', evidence: 'none' }),
      signal,
    ),
  retry: isWorthRetrying,
})

export const validationQuery = (workspace: string, id: string) => ({
  queryKey: ['validation', workspace, id],
  queryFn: ({ signal }: Asked) => readApi<ValidationView>(`${apiOf(workspace)}/validations/${id}`, signal),
  retry: isWorthRetrying,
})

export const profileQuery = (workspace: string, modelId: string, version: number) => ({
  queryKey: ['profile', workspace, modelId, version],
  queryFn: ({ signal }: Asked) => readApi<ProfileView>(`${apiOf(workspace)}/models/${modelId}/profile`, signal),
  retry: isWorthRetrying,
})

export const routingQuery = (workspace: string, modelId: string, version: number) => ({
  queryKey: ['routing', workspace, modelId, version],
  queryFn: ({ signal }: Asked) => readApi<RoutingView>(`${apiOf(workspace)}/models/${modelId}/routing`, signal),
  retry: isWorthRetrying,
})

export const pricesQuery = (workspace: string, modelId: string, version: number) => ({
  queryKey: ['prices', workspace, modelId, version],
  queryFn: ({ signal }: Asked) =>
    readApi<{ items: PriceView[] }>(`${apiOf(workspace)}/models/${modelId}/prices`, signal),
  retry: isWorthRetrying,
})

/** Asked again while one runs. */
export const recostsQuery = (workspace: string, modelId: string) => ({
  queryKey: ['recosts', workspace, modelId],
  queryFn: ({ signal }: Asked) =>
    readApi<{ items: RecostView[] }>(`${apiOf(workspace)}/models/${modelId}/recosts`, signal),
  retry: isWorthRetrying,
  refetchInterval: ({ state }: { state: { data?: { items: RecostView[] } | undefined } }) =>
    state.data?.items.some((recost) => recost.state === 'running') ? 1_000 : (false as const),
})

export const usesQuery = (workspace: string, modelId: string) => ({
  queryKey: ['uses', workspace, modelId],
  queryFn: ({ signal }: Asked) =>
    readApi<{ items: ModelUseView[] }>(`${apiOf(workspace)}/models/${modelId}/uses`, signal),
  retry: isWorthRetrying,
})

export const auditQuery = (workspace: string, modelId: string) => ({
  queryKey: ['audit', workspace, modelId],
  queryFn: ({ signal }: Asked) =>
    readApi<Page<AuditView>>(withQuery(`${apiOf(workspace)}/audit`, { targetId: modelId, limit: '50' }), signal),
  retry: isWorthRetrying,
})

/** One model over a span; practice models as well, for this is their own page. */
export const modelUsageQuery = (workspace: string, modelId: string, range: '24h' | '30d') => ({
  queryKey: ['model-usage', workspace, modelId, range],
  queryFn: ({ signal }: Asked) =>
    readApi<OverviewView>(
      withQuery(`${apiOf(workspace)}/analytics/overview`, { modelId, range, includePractice: 'true' }),
      signal,
    ),
  retry: isWorthRetrying,
})

/** What went wrong most, by code. */
export const errorCodesQuery = (workspace: string, modelId: string, range: '24h' | '30d') => ({
  queryKey: ['model-errors', workspace, modelId, range],
  queryFn: ({ signal }: Asked) =>
    readApi<{ items: ModelStats[] }>(
      withQuery(`${apiOf(workspace)}/analytics/models`, { modelIds: modelId, range }),
      signal,
    ),
  retry: isWorthRetrying,
})

/** What traffic tells of this model: failures and first-byte times of 5 minutes, an hour and a day. */
export const healthQuery = (workspace: string, modelId: string) => ({
  queryKey: ['model-health', workspace, modelId],
  queryFn: ({ signal }: Asked) =>
    readApi<{ items: ModelHealth[] }>(withQuery(`${apiOf(workspace)}/models/health`, { modelIds: modelId }), signal),
  select: ({ items }: { items: ModelHealth[] }) => items[0],
  retry: isWorthRetrying,
})

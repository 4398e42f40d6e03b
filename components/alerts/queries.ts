import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { ChannelView, DeliveryDetail, DeliveryView, RuleView } from '#lib/alerts/schema.ts'
import type { Page } from '#lib/core/page.ts'

export const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`
export const alertsApi = (workspace: string) => `${apiOf(workspace)}/alerts`

/** Rules are looked at every minute. */
const refetchInterval = 15_000

export const rulesQuery = (workspace: string) => ({
  queryKey: ['alert-rules', workspace],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<{ items: RuleView[] }>(`${alertsApi(workspace)}/rules`, signal),
  retry: isWorthRetrying,
  refetchInterval,
})

export const channelsQuery = (workspace: string) => ({
  queryKey: ['alert-channels', workspace],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<{ items: ChannelView[]; emailFrom: string | null }>(`${alertsApi(workspace)}/channels`, signal),
  retry: isWorthRetrying,
  refetchInterval,
})

export const deliveriesQuery = (
  workspace: string,
  filter: Readonly<Record<'channelId' | 'ruleId' | 'state' | 'cursor', string | undefined>>,
) => ({
  queryKey: ['alert-deliveries', workspace, filter],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<DeliveryView>>(withQuery(`${alertsApi(workspace)}/deliveries`, { ...filter, limit: '20' }), signal),
  retry: isWorthRetrying,
  refetchInterval,
})

/** While it is on its way it is asked for again every second. */
export const deliveryQuery = (workspace: string, id: string) => ({
  queryKey: ['alert-delivery', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<DeliveryDetail>(`${alertsApi(workspace)}/deliveries/${id}`, signal),
  retry: isWorthRetrying,
  refetchInterval: ({ state }: { state: { data?: DeliveryDetail | undefined } }) =>
    state.data?.state === 'waiting' ? 1_000 : false,
})

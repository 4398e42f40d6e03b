import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { RequestDetail, RequestsPage, UsageView } from '#lib/analytics/schema.ts'
import type { PayloadView } from '#lib/metering/schema.ts'

export const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`

/** What the list asks and where the answer is kept; the server fills the same place before the page is sent. */
export function requestsQuery(workspace: string, query: Record<string, string>) {
  return {
    queryKey: ['requests', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<RequestsPage>(withQuery(`${apiOf(workspace)}/requests`, query), signal),
    retry: isWorthRetrying,
  }
}

export function requestQuery(workspace: string, id: string) {
  return {
    queryKey: ['request', workspace, id],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<RequestDetail>(`${apiOf(workspace)}/requests/${encodeURIComponent(id)}`, signal),
    retry: isWorthRetrying,
    // A record is written once; what was said in the call comes a moment after it, and what is said of it is asked again.
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }: { state: { data?: RequestDetail | undefined } }) =>
      state.data?.payload.state === 'waiting' ? 1_000 : (false as const),
  }
}

/** The calls of a conversation, page by page back in time. */
export function threadQuery(workspace: string, filters: Record<string, string>) {
  return {
    queryKey: ['thread', workspace, filters],
    queryFn: ({ signal, pageParam }: { signal: AbortSignal; pageParam: string | undefined }) =>
      readApi<RequestsPage>(
        withQuery(`${apiOf(workspace)}/requests`, { ...filters, limit: '20', cursor: pageParam }),
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }: RequestsPage) => nextCursor,
    retry: isWorthRetrying,
  }
}

/** Fetched only where the detail says that they are kept. */
export function payloadQuery(workspace: string, id: string) {
  return {
    queryKey: ['payload', workspace, id],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<PayloadView>(`${apiOf(workspace)}/requests/${encodeURIComponent(id)}/payload`, signal),
    retry: isWorthRetrying,
    staleTime: Number.POSITIVE_INFINITY,
  }
}

/** All that a list has: how many, and what they cost. */
export function totalQuery(workspace: string, query: Record<string, string> | null) {
  return {
    queryKey: ['requests-total', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<UsageView>(withQuery(`${apiOf(workspace)}/analytics/usage`, query ?? {}), signal),
    enabled: query !== null,
    retry: isWorthRetrying,
  }
}

/** Who and what has calls at all in the last 90 days: the choices of the filters. */
export const choiceQueries = {
  ...{ model: usageInput('model'), key: usageInput('key') },
  deployment: usageInput('deployment'),
} as const

export type ChoiceGroup = keyof typeof choiceQueries

function usageInput(groupBy: 'model' | 'key' | 'deployment') {
  return { groupBy, range: '90d', includePractice: 'true' } as const
}

export function choicesQuery(workspace: string, group: ChoiceGroup) {
  return {
    queryKey: ['request-choices', workspace, group],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<UsageView>(withQuery(`${apiOf(workspace)}/analytics/usage`, choiceQueries[group]), signal),
    retry: isWorthRetrying,
    staleTime: 60_000,
  }
}

export const requestsExportPath = (workspace: string, query: Record<string, string>, format: 'csv' | 'jsonl') =>
  withQuery(`${apiOf(workspace)}/requests/export`, { ...query, format })

export const requestPagePath = (workspace: string, id: string) => `/${workspace}/requests/${id}`

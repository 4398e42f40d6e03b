import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { OverviewView, UsageGroup, UsageView } from '#lib/analytics/schema.ts'
import type { BudgetView } from '#lib/metering/schema.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/analytics`

export function overviewQuery(workspace: string, query: Record<string, string>) {
  return {
    queryKey: ['overview', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<OverviewView>(withQuery(`${apiOf(workspace)}/overview`, query), signal),
    retry: isWorthRetrying,
  }
}

/** What the month that runs has cost so far. */
export function monthQuery(workspace: string, query: Record<string, string>) {
  return {
    queryKey: ['month', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<UsageView>(
        withQuery(`${apiOf(workspace)}/usage`, { ...query, range: 'month', groupBy: 'source' }),
        signal,
      ),
    retry: isWorthRetrying,
  }
}

/** As the page of budgets reads them. */
export function budgetsQuery(workspace: string) {
  return {
    queryKey: ['budgets', workspace],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<{ items: BudgetView[] }>(`/api/workspaces/${encodeURIComponent(workspace)}/budgets`, signal),
    retry: isWorthRetrying,
  }
}

/** Whose end users: read from the records, so only when asked for. */
export function identitiesQuery(workspace: string, query: Record<string, string>) {
  return {
    queryKey: ['identities', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<UsageView>(withQuery(`${apiOf(workspace)}/usage`, { ...query, groupBy: 'identity', top: '50' }), signal),
    retry: isWorthRetrying,
  }
}

export const usageCsvPath = (workspace: string, groupBy: UsageGroup, query: Record<string, string>) =>
  withQuery(`${apiOf(workspace)}/export`, { groupBy, ...query })

import { isWorthRetrying, readApi } from '#components/ui/api.ts'
import type { BudgetView, LimitView } from '#lib/metering/schema.ts'

export const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`

interface List<Item> {
  items: Item[]
}

/** Live: what is spent and reserved moves with every call. */
const refetchInterval = 5_000

export const budgetsQuery = (workspace: string) => ({
  queryKey: ['budgets', workspace],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<List<BudgetView>>(`${apiOf(workspace)}/budgets`, signal),
  retry: isWorthRetrying,
  refetchInterval,
})

export const limitsQuery = (workspace: string) => ({
  queryKey: ['limits', workspace],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<List<LimitView>>(`${apiOf(workspace)}/limits`, signal),
  retry: isWorthRetrying,
  refetchInterval,
})

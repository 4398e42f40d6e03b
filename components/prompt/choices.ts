import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { Page } from '#lib/core/page.ts'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import type { DatasetView } from '#lib/experiments/schema.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`

/** Datasets to choose from: as many as one list shows. */
export const datasetChoicesQuery = (workspace: string) => ({
  queryKey: ['datasets', workspace, 'to-choose'],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<{ items: DatasetView[] }>(withQuery(`${apiOf(workspace)}/datasets`, { limit: '200' }), signal),
  retry: isWorthRetrying,
})

/** Deployments to choose from, by a Type or by what was typed. */
export const deploymentChoicesQuery = (
  workspace: string,
  which: { type: string; sort: string; limit: string } | { search: string; limit: string },
) => ({
  queryKey: ['deployments', workspace, 'to-choose', which],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<DeploymentView>>(withQuery(`${apiOf(workspace)}/deployments`, which), signal),
  retry: isWorthRetrying,
})

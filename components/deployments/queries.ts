import { createLoader, type inferParserType, parseAsString, parseAsStringLiteral } from 'nuqs/server'
import { callApi, isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import { rangeParsers } from '#components/ui/range.ts'
import type { DeploymentFigures, UsageView } from '#lib/analytics/schema.ts'
import type { Page } from '#lib/core/page.ts'
import type {
  DeploymentConfig,
  DeploymentConfigInput,
  DeploymentView,
  DiffView,
  DraftCheckView,
  DraftView,
  PublishedView,
  ReleaseView,
  TriedContextView,
  VersionDetailView,
  VersionView,
} from '#lib/deployments/schema.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}`
const listPath = (workspace: string) => `${apiOf(workspace)}/deployments`
const pathOf = (workspace: string, id: string) => `${listPath(workspace)}/${encodeURIComponent(id)}`
export const deploymentPage = (workspace: string, key: string) => `/${workspace}/deployments/${encodeURIComponent(key)}`

type Signal = { signal: AbortSignal }

/** What the address of the list holds. */
export const deploymentsParsers = {
  q: parseAsString,
  sort: parseAsStringLiteral(['key', '-key', 'createdAt', '-createdAt'] as const),
  after: parseAsString,
}
type DeploymentsState = inferParserType<typeof deploymentsParsers>
export const loadDeploymentsState = createLoader(deploymentsParsers)

export function deploymentsQuery(workspace: string, { q, sort, after }: DeploymentsState) {
  const query = { ...(q && { search: q }), ...(sort && { sort }), ...(after && { cursor: after }) }
  return {
    query,
    queryKey: ['deployments', workspace, query],
    queryFn: ({ signal }: Signal) =>
      readApi<Page<DeploymentView> & { total: number }>(withQuery(listPath(workspace), query), signal),
    retry: isWorthRetrying,
  }
}

/** What deployments did in the last seven days, by their ids. */
export const recentFiguresQuery = (workspace: string) => ({
  queryKey: ['deployments-recent', workspace],
  queryFn: ({ signal }: Signal) =>
    readApi<UsageView>(
      withQuery(`${apiOf(workspace)}/analytics/usage`, {
        groupBy: 'deployment',
        range: '7d',
        includePractice: 'true',
      }),
      signal,
    ),
  retry: isWorthRetrying,
})

export const deploymentTabs = ['editor', 'routing', 'versions', 'figures', 'code'] as const

/** What the address of one deployment holds. `from` and `to`: versions, or the draft, that are compared. */
export const deploymentParsers = {
  ...rangeParsers,
  tab: parseAsStringLiteral(deploymentTabs).withDefault('editor'),
  variant: parseAsString,
  before: parseAsString,
  after: parseAsString,
  cursor: parseAsString,
}
export type DeploymentState = inferParserType<typeof deploymentParsers>

export const deploymentQuery = (workspace: string, key: string) => ({
  queryKey: ['deployment', workspace, key],
  queryFn: ({ signal }: Signal) => readApi<DeploymentView>(pathOf(workspace, key), signal),
  retry: isWorthRetrying,
})

export const draftQuery = (workspace: string, key: string) => ({
  queryKey: ['deployment-draft', workspace, key],
  queryFn: ({ signal }: Signal) => readApi<DraftView>(`${pathOf(workspace, key)}/draft`, signal),
  retry: isWorthRetrying,
})

/** What stands against a configuration that may not be saved yet. */
export const checkQuery = (workspace: string, id: string, config: DeploymentConfig) => ({
  queryKey: ['deployment-check', workspace, id, config],
  queryFn: ({ signal }: Signal) =>
    callApi<DraftCheckView>(`${pathOf(workspace, id)}/check`, { body: { config }, signal }),
  retry: isWorthRetrying,
  gcTime: 60_000,
})

export interface Asked {
  /** `draft`, a version or an environment. */
  source: string
  /** In place of the saved draft. */
  config: DeploymentConfig | undefined
  context: Record<string, unknown>
  identity: string
}

export const triedContextQuery = (workspace: string, id: string, { source, config, context, identity }: Asked) => ({
  queryKey: ['deployment-context', workspace, id, source, config, context, identity],
  queryFn: ({ signal }: Signal) =>
    callApi<TriedContextView>(`${pathOf(workspace, id)}/try-context`, {
      body: { source, ...(config && { config }), context, ...(identity && { identity }) },
      signal,
    }),
  retry: isWorthRetrying,
  gcTime: 60_000,
})

export const versionsQuery = (workspace: string, id: string, cursor: string | null) => ({
  queryKey: ['deployment-versions', workspace, id, cursor],
  queryFn: ({ signal }: Signal) =>
    readApi<Page<VersionView>>(
      withQuery(`${pathOf(workspace, id)}/versions`, { cursor: cursor ?? undefined, limit: '50' }),
      signal,
    ),
  retry: isWorthRetrying,
})

export const versionQuery = (workspace: string, id: string, version: string) => ({
  queryKey: ['deployment-version', workspace, id, version],
  queryFn: ({ signal }: Signal) =>
    readApi<VersionDetailView>(`${pathOf(workspace, id)}/versions/${encodeURIComponent(version)}`, signal),
  retry: isWorthRetrying,
  staleTime: Number.POSITIVE_INFINITY,
})

export const releasesQuery = (workspace: string, id: string) => ({
  queryKey: ['deployment-releases', workspace, id],
  queryFn: ({ signal }: Signal) =>
    readApi<Page<ReleaseView>>(withQuery(`${pathOf(workspace, id)}/releases`, { limit: '20' }), signal),
  retry: isWorthRetrying,
})

export const diffQuery = (workspace: string, id: string, from: string, to: string) => ({
  queryKey: ['deployment-diff', workspace, id, from, to],
  queryFn: ({ signal }: Signal) => readApi<DiffView>(withQuery(`${pathOf(workspace, id)}/diff`, { from, to }), signal),
  retry: isWorthRetrying,
})

export const figuresQuery = (workspace: string, id: string, query: Record<string, string>) => ({
  queryKey: ['deployment-figures', workspace, id, query],
  queryFn: ({ signal }: Signal) =>
    readApi<DeploymentFigures>(withQuery(`${pathOf(workspace, id)}/figures`, query), signal),
  retry: isWorthRetrying,
})

/** Of the calls of a version that evaluators looked at, the share that passed; null where they looked at none. */
export function passedShare(judged: DeploymentFigures['byVersion'][number]['judged'] | undefined): number | null {
  return judged && judged.of > 0 ? judged.passed / judged.of : null
}

/** Evaluators that can be guardrails. */
export const guardsQuery = (workspace: string) => ({
  queryKey: ['evaluators', workspace, 'guards'],
  queryFn: async ({ signal }: Signal) => {
    const { items } = await readApi<Page<{ id: string; name: string; canGuard: boolean }>>(
      withQuery(`${apiOf(workspace)}/evaluators`, { limit: '200' }),
      signal,
    )
    return items.filter(({ canGuard }) => canGuard)
  },
  retry: isWorthRetrying,
  staleTime: 2_000,
})

export const addDeployment = (
  workspace: string,
  body: { key: string; description: string; model?: string; config?: DeploymentConfigInput },
) => callApi<DeploymentView>(listPath(workspace), { body })

export const editDeployment = (
  workspace: string,
  id: string,
  body: { version: number; key?: string; description?: string },
) => callApi<DeploymentView>(pathOf(workspace, id), { method: 'PATCH', body })

export const copyDeployment = (workspace: string, id: string, key: string) =>
  callApi<DeploymentView>(`${pathOf(workspace, id)}/duplicate`, { body: { key } })

export const removeDeployment = (workspace: string, id: string, confirmation: string) =>
  callApi<void>(pathOf(workspace, id), { method: 'DELETE', body: { confirmation } })

export const saveDraft = (workspace: string, id: string, body: { version: number; config: DeploymentConfig }) =>
  callApi<DraftView>(`${pathOf(workspace, id)}/draft`, { method: 'PUT', body })

export const publishDraft = (
  workspace: string,
  id: string,
  body: { draftVersion: number; environment: string; bump: 'major' | 'minor'; description: string },
) => callApi<PublishedView>(`${pathOf(workspace, id)}/publish`, { body })

export const promoteVersion = (workspace: string, id: string, from: string, to: string) =>
  callApi<DeploymentView>(`${pathOf(workspace, id)}/promote`, { body: { from, to } })

export const rollBack = (workspace: string, id: string, environment: string, version?: string) =>
  callApi<DeploymentView>(`${pathOf(workspace, id)}/rollback`, { body: { environment, ...(version && { version }) } })

const environmentPath = (workspace: string, id: string, environment: string) =>
  `${pathOf(workspace, id)}/environments/${encodeURIComponent(environment)}`

export const startCanary = (
  workspace: string,
  id: string,
  environment: string,
  body: { version: string; percent: number },
) => callApi<DeploymentView>(`${environmentPath(workspace, id, environment)}/canary`, { method: 'PUT', body })

export const promoteCanary = (workspace: string, id: string, environment: string) =>
  callApi<DeploymentView>(`${environmentPath(workspace, id, environment)}/canary/promote`, { method: 'POST' })

export const stopCanary = (workspace: string, id: string, environment: string) =>
  callApi<DeploymentView>(`${environmentPath(workspace, id, environment)}/canary`, { method: 'DELETE' })

export const removeEnvironment = (workspace: string, id: string, environment: string) =>
  callApi<void>(environmentPath(workspace, id, environment), { method: 'DELETE' })

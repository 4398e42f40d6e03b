'use client'
import { useQuery } from '@tanstack/react-query'
import { ApiError } from '#components/ui/api.ts'
import { ErrorState } from '#components/ui/error-state.tsx'
import { PageBody } from '#components/ui/page-header.tsx'
import { DeploymentLoading } from './deployment-loading.tsx'
import { DeploymentPages } from './deployment-pages.tsx'
import { deploymentQuery, draftQuery } from './queries.ts'

export interface DeploymentScreenProps {
  workspace: string
  /** The key in the address: a former one leads here too. */
  address: string
  /** Ends in /v1. */
  gatewayUrl: string
  /** Whose unsaved work in this browser. */
  keepAs: string
  canWrite: boolean
}

/** One deployment: loading, refused, or there. */
export function DeploymentScreen(props: DeploymentScreenProps) {
  const { workspace, address } = props
  const deployment = useQuery(deploymentQuery(workspace, address))
  const draft = useQuery(draftQuery(workspace, address))
  const failed = [deployment, draft].find(({ error, data }) => error && !data)
  if (failed?.error) {
    return (
      <PageBody>
        <ErrorState
          heading="h1"
          title="The deployment could not be loaded"
          requestId={failed.error instanceof ApiError ? failed.error.requestId : undefined}
          onRetry={() => void Promise.all([deployment.refetch(), draft.refetch()])}
          retrying={deployment.isFetching || draft.isFetching}
        >
          {failed.error.message}
        </ErrorState>
      </PageBody>
    )
  }
  if (!deployment.data || !draft.data) return <DeploymentLoading />
  return <DeploymentPages {...props} key={deployment.data.id} deployment={deployment.data} loaded={draft.data} />
}

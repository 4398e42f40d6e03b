import { dehydrate, HydrationBoundary, QueryClient } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { DeploymentScreen } from '#components/deployments/deployment-screen.tsx'
import { deploymentQuery, draftQuery } from '#components/deployments/queries.ts'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { AppError } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

interface Props {
  params: Promise<{ workspace: string; key: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).key) }
}

export default async function DeploymentPage({ params }: Props) {
  const { workspace, key: encoded } = await params
  const key = decodeURIComponent(encoded)
  const scope = await requireScope(workspace)
  const { deployments, env } = getRuntime()
  const client = new QueryClient()
  let absent = false
  // What fails here is asked again by the browser, which shows the error; what is not there has no page.
  await Promise.all([
    client.prefetchQuery({
      queryKey: deploymentQuery(workspace, key).queryKey,
      queryFn: () =>
        deployments.getDeployment(scope, { id: key }).catch((error: unknown) => {
          absent = error instanceof AppError && error.kind === 'not_found'
          throw error
        }),
    }),
    client
      .fetchQuery({
        queryKey: draftQuery(workspace, key).queryKey,
        queryFn: () => deployments.getDraft(scope, { id: key }),
      })
      .then(({ config }) => prefetchModels(client, scope, config.variants))
      .catch(() => undefined),
  ])
  if (absent) notFound()
  return (
    <HydrationBoundary state={dehydrate(client)}>
      <DeploymentScreen
        workspace={workspace}
        address={key}
        gatewayUrl={`${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`}
        keepAs={`${scope.actor.id}.${scope.workspaceId}`}
        canWrite={roleReaches(scope.role, 'developer')}
      />
    </HydrationBoundary>
  )
}

/** Models that the editor names at once; those of many variants come when they are looked at. */
const namedMax = 12

async function prefetchModels(
  client: QueryClient,
  scope: Scope,
  variants: readonly { model: string; fallbacks: readonly { model: string }[] }[],
): Promise<void> {
  const ids = variants.flatMap(({ model, fallbacks }) => [model, ...fallbacks.map((each) => each.model)])
  await Promise.all(
    [...new Set(ids)].slice(0, namedMax).map((id) =>
      client.prefetchQuery({
        queryKey: promptModelQuery(scope.workspace.slug, id).queryKey,
        queryFn: () => getRuntime().models.getModel(scope, { id }),
      }),
    ),
  )
}

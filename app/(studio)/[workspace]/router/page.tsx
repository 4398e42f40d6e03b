import type { Metadata } from 'next'
import { RouterScreen } from '#components/models/router-screen.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'AI Router' }

export default async function RouterPage({ params }: { params: Promise<{ workspace: string }> }) {
  const { workspace } = await params
  const scope = await requireScope(workspace)
  const { models, env } = getRuntime()
  const canManage = roleReaches(scope.role, 'admin')
  return (
    <RouterScreen
      workspace={workspace}
      gatewayUrl={`${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`}
      canManage={canManage}
      practice={canManage ? models.practiceDrafts(scope) : []}
    />
  )
}

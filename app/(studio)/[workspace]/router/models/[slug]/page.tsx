import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { RulesOf } from '#components/budgets/rules-of.tsx'
import { ModelScreen } from '#components/models/model-screen.tsx'
import { AppError } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

interface Props {
  params: Promise<{ workspace: string; slug: string }>
}

async function load(params: Props['params']) {
  const { workspace, slug } = await params
  const scope = await requireScope(workspace)
  try {
    return { scope, model: await getRuntime().models.getModel(scope, { id: decodeURIComponent(slug) }) }
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') notFound()
    throw error
  }
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  // Its address needs no reading: the window has a title while the page loads.
  return { title: decodeURIComponent((await params).slug) }
}

export default async function ModelPage({ params }: Props) {
  const { scope, model } = await load(params)
  const { env, models } = getRuntime()
  const [health] = await models.modelHealth(scope, { modelIds: [model.id] })
  const { slug } = scope.workspace
  const canManage = roleReaches(scope.role, 'admin')
  return (
    <ModelScreen
      workspace={slug}
      gatewayUrl={`${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`}
      initial={model}
      initialHealth={health}
      canManage={canManage}
      canCall={roleReaches(scope.role, 'developer')}
      rules={<RulesOf workspace={slug} scope="model" scopeId={model.id} name={model.name} canManage={canManage} />}
    />
  )
}

import type { Metadata } from 'next'
import { NoModels } from '#components/playground/no-models.tsx'
import { PlaygroundScreen } from '#components/playground/playground-screen.tsx'
import { AppError } from '#lib/core/errors.ts'
import { type ModelType, type ModelView, modelTypes } from '#lib/models/schema.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Playground' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function PlaygroundPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const { model: named, type: asked } = await searchParams
  const scope = await requireScope(workspace, 'developer')
  const { env } = getRuntime()
  const [firstModels, wanted] = await Promise.all([
    findFirstModels(scope),
    typeof named === 'string' ? findModel(scope, named) : undefined,
  ])
  const has = modelTypes.filter((type) => firstModels[type])
  if (has.length === 0) return <NoModels workspace={workspace} canManage={roleReaches(scope.role, 'admin')} />
  return (
    <PlaygroundScreen
      workspace={workspace}
      gatewayUrl={`${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`}
      draftKey={`${scope.actor.id}.${scope.workspaceId}`}
      firstModels={firstModels}
      type={modelTypes.find((type) => type === asked) ?? has[0]!}
      wanted={wanted}
    />
  )
}

/** The newest active model of each Type. */
async function findFirstModels(scope: Scope): Promise<Partial<Record<ModelType, ModelView>>> {
  const { models } = getRuntime()
  const found = await Promise.all(
    modelTypes.map(async (type) => (await models.listModels(scope, { type, state: 'active', limit: 1 })).items[0]),
  )
  return Object.fromEntries(modelTypes.flatMap((type, index) => (found[index] ? [[type, found[index]]] : [])))
}

/** A model that is gone is left out: the page is there without it. */
async function findModel(scope: Scope, id: string): Promise<ModelView | undefined> {
  try {
    return await getRuntime().models.getModel(scope, { id })
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return undefined
    throw error
  }
}

import type { Metadata } from 'next'
import { NoModels } from '#components/playground/no-models.tsx'
import { PlaygroundScreen } from '#components/playground/playground-screen.tsx'
import { modelTypes } from '#lib/models/schema.ts'
import { getRuntime } from '#lib/runtime.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'
import { loadPlayground, unlessGone } from './load.ts'

export const metadata: Metadata = { title: 'Playground' }

interface Props {
  params: Promise<{ workspace: string }>
  /** `?model=` asks this one, `?type=` opens in this mode. */
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function PlaygroundPage({ params, searchParams }: Props) {
  const { workspace } = await params
  const { model: named, type: asked } = await searchParams
  const scope = await requireScope(workspace, 'developer')
  const [loaded, wanted] = await Promise.all([
    loadPlayground(scope),
    // A model that is gone is left out: the page is there without it.
    typeof named === 'string' ? unlessGone(getRuntime().models.getModel(scope, { id: named })) : undefined,
  ])
  const has = modelTypes.filter((type) => loaded.firstModels[type])
  const type = modelTypes.find((each) => each === asked) ?? has[0]
  if (has.length === 0 || !type) return <NoModels workspace={workspace} canManage={roleReaches(scope.role, 'admin')} />
  return (
    <PlaygroundScreen {...loaded} draftKey={`${scope.actor.id}.${scope.workspaceId}`} type={type} wanted={wanted} />
  )
}

import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { PlaygroundScreen } from '#components/playground/playground-screen.tsx'
import { getLink } from '#lib/playground/index.ts'
import { requireScope } from '#lib/web/index.ts'
import { loadPlayground, unlessGone } from '../load.ts'

export const metadata: Metadata = { title: 'Playground' }

/** A saved prompt. */
export default async function PlaygroundLinkPage({ params }: { params: Promise<{ workspace: string; id: string }> }) {
  const { workspace, id } = await params
  const scope = await requireScope(workspace, 'developer')
  const [loaded, link] = await Promise.all([loadPlayground(scope), unlessGone(getLink(scope, { id }))])
  if (!link) notFound()
  return (
    <PlaygroundScreen
      key={link.id}
      {...loaded}
      draftKey={`${scope.actor.id}.${scope.workspaceId}.${link.id}`}
      type={link.type}
      link={link}
    />
  )
}

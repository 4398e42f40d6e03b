import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import type { Area } from '#components/shell/areas.ts'
import { TimeProvider } from '#components/ui/time.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { type Role, roleReaches } from '#lib/tenancy/schema.ts'
import { requirePerson, requireScope } from '#lib/web/index.ts'
import { removeDemo } from './settings/actions.ts'
import { StudioFrame } from './studio-frame.tsx'

interface Props {
  children: ReactNode
  params: Promise<{ workspace: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { workspace } = await requireScope((await params).workspace)
  const name = workspace.demo && workspace.name !== 'Demo' ? `${workspace.name} (Demo)` : workspace.name
  return { title: { default: name, template: `%s · ${name} · Patchbay` } }
}

export default async function WorkspaceLayout({ children, params }: Props) {
  const { workspace: slug } = await params
  const [scope, person] = await Promise.all([requireScope(slug), requirePerson()])
  const { tenancy } = getRuntime()
  const workspaces = await tenancy.listWorkspaces(person)
  const seesNotices = roleReaches(scope.role, 'admin')
  const home = (to: string) => ({ slug: to, href: `/${to}/router` })
  return (
    <TimeProvider timeZone={person.timeZone}>
      <StudioFrame
        areas={areasOf(slug, scope.role)}
        footAreas={[
          { id: 'reference', label: 'API reference', href: `/${slug}/api` },
          { id: 'settings', label: 'Settings', href: `/${slug}/settings` },
        ]}
        workspace={{ ...home(slug), name: scope.workspace.name }}
        workspaces={workspaces.map(({ slug: to, name, demo }) => ({ ...home(to), name, demo }))}
        demo={scope.workspace.demo ? { remove: roleReaches(scope.role, 'admin') ? removeDemo : null } : null}
        newWorkspaceHref="/account?new=workspace"
        person={{ name: person.name, email: person.email, accountHref: `/account?from=${slug}` }}
        commands={[
          {
            id: 'budgets',
            label: 'Budgets and limits',
            hint: 'Analytics',
            group: 'Go to',
            href: `/${slug}/analytics/budgets`,
          },
          {
            id: 'evaluators',
            label: 'Evaluators',
            hint: 'Experiments',
            group: 'Go to',
            href: `/${slug}/experiments/evaluators`,
          },
          { id: 'alerts', label: 'Alerts', hint: 'Settings', group: 'Go to', href: `/${slug}/settings/alerts` },
        ]}
        initialNotices={seesNotices ? await tenancy.listNotices(scope) : null}
      >
        {children}
      </StudioFrame>
    </TimeProvider>
  )
}

/** Areas that work, for those who may use them. */
function areasOf(slug: string, role: Role): Area[] {
  return [
    { id: 'router', label: 'AI Router', href: `/${slug}/router` },
    ...(roleReaches(role, 'developer')
      ? [{ id: 'playground' as const, label: 'Playground', href: `/${slug}/playground` }]
      : []),
    { id: 'deployments', label: 'Deployments', href: `/${slug}/deployments` },
    { id: 'experiments', label: 'Experiments', href: `/${slug}/experiments` },
    { id: 'datasets', label: 'Datasets', href: `/${slug}/datasets` },
    { id: 'requests', label: 'Requests', href: `/${slug}/requests` },
    { id: 'analytics', label: 'Analytics', href: `/${slug}/analytics` },
  ]
}

'use client'
import { Check, ChevronsUpDown, Plus } from 'lucide-react'
import { Tile } from '#components/ui/avatar.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { Menu, MenuLabel, MenuLink, MenuSeparator } from '#components/ui/menu.tsx'

export interface WorkspaceOption {
  slug: string
  name: string
  href: string
  /** Full of examples. */
  demo?: boolean
}

export interface WorkspaceSwitcherProps {
  workspace: WorkspaceOption
  workspaces: readonly WorkspaceOption[]
  /** Left out where the person may not make one. */
  newWorkspaceHref?: string | undefined
}

export function WorkspaceSwitcher({
  workspace,
  workspaces,
  newWorkspaceHref,
  fold,
}: WorkspaceSwitcherProps & { fold: boolean }) {
  return (
    <Menu
      align="start"
      label="Workspaces"
      className="w-60"
      trigger={
        <button
          type="button"
          className={cn(
            'flex h-10 items-center gap-2 rounded-lg px-2 text-left hover:bg-surface-2',
            fold && 'md:max-lg:justify-center md:max-lg:px-0',
          )}
        >
          <Tile name={workspace.name} />
          <span className={cn('min-w-0 flex-1 truncate font-semibold', fold && 'md:max-lg:sr-only')}>
            {workspace.name}
            <span className="sr-only">, change workspace</span>
          </span>
          <ChevronsUpDown className={cn('size-4 text-faint', fold && 'md:max-lg:hidden')} aria-hidden="true" />
        </button>
      }
    >
      <MenuLabel>Workspaces</MenuLabel>
      {workspaces.map((each) => (
        <MenuLink key={each.slug} href={each.href} icon={<Tile name={each.name} className="size-5" />}>
          <span className="flex items-center gap-2">
            <span className="min-w-0 flex-1 truncate">{each.name}</span>
            {each.demo && <Badge tone="info">Demo</Badge>}
            {each.slug === workspace.slug && <Check aria-label="current" />}
          </span>
        </MenuLink>
      ))}
      {newWorkspaceHref && (
        <>
          <MenuSeparator />
          <MenuLink href={newWorkspaceHref} icon={<Plus aria-hidden="true" />}>
            New workspace
          </MenuLink>
        </>
      )}
    </Menu>
  )
}

'use client'
import { CircleHelp, Menu as MenuIcon, Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import { usePathname } from 'next/navigation'
import { type ReactNode, useCallback, useEffect, useMemo, useState } from 'react'
import { Breadcrumb, type Crumb, TrailProvider, useTrail } from '#components/ui/breadcrumb.tsx'
import { cn } from '#components/ui/cn.ts'
import { type Command, CommandsProvider, useOfferedCommands } from '#components/ui/commands.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { useKeyNames } from '#components/ui/keys.ts'
import { AccountMenu, type Person } from './account-menu.tsx'
import { areaKeys, isInside } from './areas.ts'
import { type NoticeItem, Notices } from './notices.tsx'
import { Rail, type RailProps } from './rail.tsx'
import { useShellKeys } from './use-shell-keys.ts'

// What opens on demand is not part of a page's first load; it is fetched once the page is at rest.
const loadPalette = () => import('./command-palette.tsx').then((module) => module.CommandPalette)
const CommandPalette = dynamic(loadPalette, { ssr: false })
const KeyList = dynamic(() => import('./key-list.tsx').then((module) => module.KeyList), { ssr: false })
const Sheet = dynamic(() => import('#components/ui/sheet.tsx').then((module) => module.Sheet), { ssr: false })

export interface FrameProps extends Omit<RailProps, 'fold' | 'onNavigate'> {
  person: Person
  notices: readonly NoticeItem[]
  onDismissNotice?: (id: string) => void
  /** Objects to go to by name, besides the areas and what pages offer. */
  commands?: readonly Command[]
  searchCommands?: (query: string) => Promise<readonly Command[]>
  onSignOut: () => void
  /** Above the page, at full width: "The practice provider is off". */
  banner?: ReactNode
  children: ReactNode
}

/** Rail, top bar, ⌘K and keys around every page of a workspace. */
export function Frame(props: FrameProps) {
  return (
    <TrailProvider>
      <CommandsProvider>
        <FrameBody {...props} />
      </CommandsProvider>
    </TrailProvider>
  )
}

function FrameBody({
  person,
  notices,
  onDismissNotice,
  commands,
  searchCommands,
  onSignOut,
  banner,
  children,
  ...rail
}: FrameProps) {
  const [sheetOpen, setSheetOpen] = useState(false)
  const [paletteOpen, setPaletteOpen] = useState(false)
  const [keysOpen, setKeysOpen] = useState(false)
  const { areas: upper, footAreas: lower, workspace } = rail
  const areas = useMemo(() => [...upper, ...lower], [upper, lower])
  const openPalette = useCallback(() => setPaletteOpen(true), [])
  const openKeys = useCallback(() => setKeysOpen(true), [])
  useShellKeys({ areas, onPalette: openPalette, onKeyList: openKeys })

  // Without a wait at the first ⌘K, whose next keys would be lost.
  useEffect(() => {
    const timer = setTimeout(loadPalette, 1500)
    return () => clearTimeout(timer)
  }, [])

  const keyNames = useKeyNames()
  const offered = useOfferedCommands()
  const goTo = areas.map(
    (area): Command => ({
      id: `area.${area.id}`,
      label: area.label,
      group: 'Go to',
      href: area.href,
      keys: `g ${areaKeys[area.id]}`,
    }),
  )
  const workspaces = rail.workspaces
    .filter(({ slug }) => slug !== workspace.slug)
    .map(
      (each): Command => ({
        id: `workspace.${each.slug}`,
        label: each.name,
        hint: 'workspace',
        group: 'Workspaces',
        href: each.href,
      }),
    )

  const pathname = usePathname()
  const area = areas.find(({ href }) => isInside(pathname, href))
  const trail = useTrail()
  const crumbs: Crumb[] = [
    { label: workspace.name, href: workspace.href },
    ...(area ? [{ label: area.label, href: area.href }] : []),
    ...trail,
  ]

  return (
    <div className="grid min-h-dvh grid-cols-1 md:grid-cols-[56px_minmax(0,1fr)] lg:grid-cols-[216px_minmax(0,1fr)]">
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-lg bg-ink px-3 py-1.5 text-sm text-surface-0 focus:translate-y-0"
      >
        Skip to the content
      </a>
      <div className="border-r max-md:hidden">
        <div className="sticky top-0 flex h-dvh overflow-y-auto">
          <Rail {...rail} />
        </div>
      </div>
      {sheetOpen && (
        <Sheet open onOpenChange={setSheetOpen} title="Areas">
          <Rail {...rail} fold={false} onNavigate={() => setSheetOpen(false)} />
        </Sheet>
      )}
      <div className="flex min-w-0 flex-col">
        <header className="sticky top-0 z-20 flex h-12 items-center gap-1 border-b bg-surface-0 pr-3 pl-2 md:pr-5 md:pl-6">
          <IconButton label="Areas" className="md:hidden" onClick={() => setSheetOpen(true)}>
            <MenuIcon />
          </IconButton>
          <Breadcrumb crumbs={crumbs} className="flex-1" />
          <button
            type="button"
            onClick={openPalette}
            aria-keyshortcuts="Meta+K Control+K"
            className="mr-1 flex h-8 items-center gap-2 rounded-lg text-faint transition-colors hover:text-ink max-lg:w-8 max-lg:justify-center lg:w-60 lg:border lg:bg-surface-1 lg:px-2.5 lg:hover:border-line-strong"
          >
            <Search className="size-4" strokeWidth={1.75} aria-hidden="true" />
            <span className="flex-1 text-left text-sm max-lg:sr-only">Search or run</span>
            <span aria-hidden="true" className="figures text-xs max-lg:hidden">
              {keyNames('⌘K')}
            </span>
          </button>
          <Notices notices={notices} onDismiss={onDismissNotice} />
          <IconButton label="Keys" className="max-sm:hidden" onClick={openKeys}>
            <CircleHelp strokeWidth={1.75} />
          </IconButton>
          <AccountMenu person={person} onSignOut={onSignOut} />
        </header>
        {banner}
        <main
          id="content"
          tabIndex={-1}
          // How much stands above it, for pages that are as high as the window.
          className={cn('min-w-0 flex-1 outline-none', banner ? '[--above:84px]' : '[--above:48px]')}
        >
          {children}
        </main>
      </div>
      {paletteOpen && (
        <CommandPalette
          open
          onOpenChange={setPaletteOpen}
          commands={[...offered, ...goTo, ...(commands ?? []), ...workspaces]}
          search={searchCommands}
        />
      )}
      {keysOpen && <KeyList open onOpenChange={setKeysOpen} areas={areas} />}
    </div>
  )
}

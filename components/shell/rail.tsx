'use client'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { cn } from '#components/ui/cn.ts'
import { Tooltip } from '#components/ui/tooltip.tsx'
import { type Area, areaIcons, isInside } from './areas.ts'
import { WorkspaceSwitcher, type WorkspaceSwitcherProps } from './workspace-switcher.tsx'

export interface RailProps extends WorkspaceSwitcherProps {
  areas: readonly Area[]
  /** At the foot: API reference, settings. */
  footAreas: readonly Area[]
  /** `fold` shows icons alone between 768 and 1,024 px; the sheet of a small screen does not fold. */
  fold?: boolean
  onNavigate?: () => void
}

export function Rail({ areas, footAreas, fold = true, onNavigate, ...switcher }: RailProps) {
  return (
    <div className="flex min-h-full flex-1 flex-col gap-0.5 px-2 py-2">
      <WorkspaceSwitcher {...switcher} fold={fold} />
      <nav aria-label="Areas" className="mt-2 flex flex-1 flex-col gap-0.5">
        {areas.map((area) => (
          <RailLink key={area.id} area={area} fold={fold} onNavigate={onNavigate} />
        ))}
        <span className="flex-1" />
        {footAreas.map((area) => (
          <RailLink key={area.id} area={area} fold={fold} onNavigate={onNavigate} />
        ))}
      </nav>
    </div>
  )
}

function RailLink({ area, fold, onNavigate }: { area: Area; fold: boolean; onNavigate: (() => void) | undefined }) {
  const isCurrent = isInside(usePathname(), area.href)
  const Icon = areaIcons[area.id]
  const link = (
    <Link
      href={area.href}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={onNavigate}
      className={cn(
        'flex h-8 items-center gap-2.5 rounded-md px-2 font-medium transition-colors',
        isCurrent ? 'bg-surface-3 text-ink' : 'text-muted hover:bg-surface-2 hover:text-ink',
        fold && 'md:max-lg:justify-center',
      )}
    >
      <Icon className={cn('size-4 shrink-0', isCurrent && 'text-accent')} strokeWidth={1.75} aria-hidden="true" />
      <span className={cn('truncate', fold && 'md:max-lg:sr-only')}>{area.label}</span>
    </Link>
  )
  return fold ? <FoldTooltip label={area.label}>{link}</FoldTooltip> : link
}

/** Names the icon where its word is folded away. */
function FoldTooltip({ label, children }: { label: string; children: React.ReactElement }) {
  return (
    <Tooltip text={label} side="right" className="lg:hidden">
      {children}
    </Tooltip>
  )
}

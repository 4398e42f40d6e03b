'use client'
import { ChevronRight, CircleSlash, EllipsisVertical, ListTree, Pencil, Trash2, TrendingUp, Undo2 } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatCompact, formatShare } from '#components/ui/format.ts'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { ExactTime, RelativeTime, useNow } from '#components/ui/time.tsx'
import type { BudgetView } from '#lib/metering/schema.ts'
import { Amount } from './amount.tsx'
import { BudgetDetails } from './budget-details.tsx'
import { type BudgetFigures, figuresOf, forecastOf, formatUnits, presetRaise, toUnits, windowWords } from './figures.ts'
import { GaugeBar, levelText } from './gauge.tsx'
import { isEach, requestsHref, ruleName, scopeHref, scopeLabel } from './scopes.ts'

export interface BudgetActions {
  onRaise: (view: BudgetView, units: bigint) => Promise<void>
  onRaiseBy: (view: BudgetView) => void
  onEdit: (view: BudgetView) => void
  onDelete: (view: BudgetView) => void
}

/** One budget: what it is for, how much of it is gone, when it begins anew, and what can be done about it. */
export function BudgetRow({
  workspace,
  view,
  open,
  raising,
  onToggle,
  actions,
}: {
  workspace: string
  view: BudgetView
  /** Its details show. */
  open: boolean
  /** A raise is on its way. */
  raising: boolean
  onToggle: () => void
  /** Absent for those who may only look. */
  actions: BudgetActions | undefined
}) {
  const id = useId()
  const ref = useRef<HTMLLIElement>(null)
  const nowMs = useNow()
  const figures = figuresOf(view)
  const name = ruleName(view)
  const href = scopeHref(workspace, view)
  const raise = toUnits(view.unit, view.raise)
  const detail = detailText(view)
  // Whoever comes for this one finds it, also far down and by keyboard.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only as it first shows
  useEffect(() => {
    if (!open) return
    ref.current?.scrollIntoView({ block: 'nearest' })
    ref.current?.focus({ preventScroll: true })
  }, [])

  return (
    <li
      ref={ref}
      tabIndex={-1}
      aria-labelledby={`${id}-name`}
      className="grid grid-cols-1 items-start gap-x-6 gap-y-3 px-4 py-3.5 outline-none focus:shadow-[inset_3px_0_0_var(--accent)] md:grid-cols-[minmax(140px,200px)_minmax(0,1fr)] xl:grid-cols-[minmax(150px,210px)_minmax(0,1fr)_minmax(150px,190px)_auto]"
    >
      <div className="min-w-0 max-xl:md:row-span-4">
        <p className="text-faint text-xs">{scopeLabel(view.scope)}</p>
        <h3 id={`${id}-name`} className="break-words font-medium">
          {href ? (
            <Link href={href} className="link rounded-sm">
              {name}
            </Link>
          ) : (
            name
          )}{' '}
          {figures?.level === 'full' && (
            <Badge tone="bad">
              <CircleSlash aria-hidden="true" />
              {figures.spent >= figures.cap ? 'used up' : 'turns calls away'}
            </Badge>
          )}
        </h3>
        <p className="text-muted text-sm">
          {formatUnits(view.unit, toUnits(view.unit, view.amount))} {windowWords[view.window]}
          {raise > 0n && <span className="block">raised by {formatUnits(view.unit, raise)}</span>}
        </p>
      </div>

      <div className="grid min-w-0 gap-1.5">
        {figures ? (
          <Spent view={view} figures={figures} name={name} />
        ) : (
          <p className="text-muted text-sm">No identity has spent anything in this period.</p>
        )}
        {detail ? (
          <button
            type="button"
            aria-expanded={open}
            aria-controls={open ? `${id}-details` : undefined}
            onClick={onToggle}
            className="-ml-1 inline-flex min-h-6 w-fit items-center gap-1 rounded-sm pr-1 text-left text-muted text-xs hover:text-ink"
          >
            <ChevronRight
              aria-hidden="true"
              className={cn('size-3.5 shrink-0 transition-transform', open && 'rotate-90')}
            />
            {detail}
          </button>
        ) : (
          <p className="flex min-h-6 items-center text-faint text-xs">Nothing is reserved</p>
        )}
      </div>

      <Reset view={view} nowMs={nowMs} />

      {actions ? (
        <div className="flex items-center gap-1 xl:w-72 xl:justify-end">
          <RaiseButton view={view} name={name} figures={figures} raising={raising} onRaise={actions.onRaise} />
          <RowMenu workspace={workspace} view={view} name={name} raise={raise} actions={actions} />
        </div>
      ) : (
        <span className="max-xl:hidden" />
      )}

      {open && detail && (
        <div id={`${id}-details`} className="min-w-0 xl:col-span-3 xl:col-start-2">
          <BudgetDetails workspace={workspace} view={view} nowMs={nowMs} />
        </div>
      )}
    </li>
  )
}

function Spent({ view, figures, name }: { view: BudgetView; figures: BudgetFigures; name: string }) {
  const { unit } = view
  const { identity, level, spentShare, spent, reserved, left } = figures
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-muted text-sm">
        {identity !== null && <span className="min-w-0 break-words">Most, by {identity}:</span>}
        <span className="whitespace-nowrap">
          <Amount unit={unit} units={spent} className="font-medium text-ink" /> spent
        </span>
        {reserved > 0n && (
          <span className="whitespace-nowrap">
            <Amount unit={unit} units={reserved} /> reserved
          </span>
        )}
        <span className="whitespace-nowrap">
          <Amount unit={unit} units={left} /> left
        </span>
      </p>
      <div className="flex items-center gap-3">
        <GaugeBar gauge={figures} label={`Budget of ${identity ?? name}`} className="flex-1" />
        <span className={cn('figures w-14 whitespace-nowrap text-right text-sm', levelText[level])}>
          {formatShare(spentShare)}
        </span>
      </div>
    </>
  )
}

function Reset({ view, nowMs }: { view: BudgetView; nowMs: number }) {
  const forecast = forecastOf(view, nowMs)
  const isOver = forecast !== null && forecast > toUnits(view.unit, view.cap)
  return (
    <div className="text-sm">
      {view.resetsAt === null ? (
        <p>
          Never resets <span className="block text-faint">For good, until it is changed</span>
        </p>
      ) : (
        <p>
          Resets <RelativeTime at={view.resetsAt} />
          <ExactTime at={view.resetsAt} minute className="block text-faint" />
        </p>
      )}
      {forecast !== null && (
        <p className={cn('mt-0.5 flex items-center gap-1 text-faint', isOver && 'text-warn')}>
          {isOver && <TrendingUp className="size-3.5 shrink-0" aria-hidden="true" />}
          <span>
            {isOver ? 'Over by then: ' : 'By then, at this pace, '}
            <Amount unit={view.unit} units={forecast} />
          </span>
        </p>
      )}
    </div>
  )
}

function RaiseButton({
  view,
  name,
  figures,
  raising,
  onRaise,
}: {
  view: BudgetView
  name: string
  figures: BudgetFigures | null
  raising: boolean
  onRaise: BudgetActions['onRaise']
}) {
  // Before the first notice nobody needs it; the menu has it.
  if (!figures || (figures.level !== 'full' && figures.spentShare < 0.5)) return null
  const units = presetRaise(view)
  const by = `Raise by ${view.unit === 'usd' ? formatUnits('usd', units) : `${formatCompact(units)} tokens`}`
  return (
    <Button
      size="sm"
      className="h-auto min-h-7 min-w-0 shrink whitespace-normal py-0.5"
      loading={raising}
      aria-label={`${by}${view.resetsAt === null ? '' : ' until the reset'}: ${name}`}
      onClick={() => void onRaise(view, units)}
    >
      {by}
      {view.resetsAt !== null && ' until the reset'}
    </Button>
  )
}

function RowMenu({
  workspace,
  view,
  name,
  raise,
  actions,
}: {
  workspace: string
  view: BudgetView
  name: string
  raise: bigint
  actions: BudgetActions
}) {
  const router = useRouter()
  const requests = requestsHref(workspace, view, view.startsAt)
  return (
    <Menu
      label={`Actions for the budget of ${name}`}
      trigger={
        <Button size="sm" variant="quiet" className="w-7 px-0" aria-label={`More actions: budget of ${name}`}>
          <EllipsisVertical />
        </Button>
      }
    >
      <MenuItem icon={<TrendingUp />} onSelect={() => actions.onRaiseBy(view)}>
        {view.resetsAt === null ? 'Raise' : 'Raise until the reset'}
      </MenuItem>
      {raise > 0n && (
        <MenuItem icon={<Undo2 />} onSelect={() => void actions.onRaise(view, -raise)}>
          Take the raise back
        </MenuItem>
      )}
      <MenuItem icon={<Pencil />} onSelect={() => actions.onEdit(view)}>
        Change the amount
      </MenuItem>
      {requests && (
        <MenuItem icon={<ListTree />} onSelect={() => router.push(requests)}>
          Show its requests
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem danger icon={<Trash2 />} onSelect={() => actions.onDelete(view)}>
        Delete
      </MenuItem>
    </Menu>
  )
}

/** What there is behind the row; null where there is nothing. */
function detailText(view: BudgetView): ReactNode {
  const { holders, identities, unit } = view
  const parts: string[] = []
  if (isEach(view) && identities.length > 0)
    parts.push(
      `${formatUnits(unit, toUnits(unit, view.spent))} by ${identities.length === 1 ? 'one identity' : 'all identities'}`,
    )
  if (holders.length > 0) {
    const held = formatUnits(unit, toUnits(unit, view.reserved))
    parts.push(holders.length === 1 ? `one process holds ${held}` : `${holders.length} processes hold ${held}`)
  }
  if (view.past.length > 0) parts.push(parts.length > 0 ? 'past periods' : 'past periods: what was spent of them')
  return parts.length > 0 ? parts.join(', ').replace(/^[op]/, (first) => first.toUpperCase()) : null
}

'use client'
import { Pencil, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useEffect, useRef } from 'react'
import { DataTable } from '#components/ui/data-table.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { type LimitView, rateWords } from '#lib/metering/schema.ts'
import { gaugeOf } from './figures.ts'
import { GaugeBar } from './gauge.tsx'
import { isEach, ruleName, scopeHref, scopeLabel } from './scopes.ts'

/** Requests and tokens a minute, calls at once: what holds now. */
export function LimitTable({
  workspace,
  limits,
  marked,
  empty,
  onEdit,
  onDelete,
}: {
  workspace: string
  limits: readonly LimitView[]
  /** The id of the one that somebody came for. */
  marked: string | null
  empty: ReactNode
  /** Absent for those who may only look. */
  onEdit?: ((view: LimitView) => void) | undefined
  onDelete?: ((view: LimitView) => void) | undefined
}) {
  const columns: Column<LimitView>[] = [
    {
      id: 'of',
      label: 'Applies to',
      primary: true,
      sort: (view) => `${scopeLabel(view.scope)} ${ruleName(view)}`,
      cell: (view) => <AppliesTo workspace={workspace} view={view} marked={view.id === marked} />,
    },
    {
      id: 'amount',
      label: 'At most',
      sort: (view) => BigInt(view.amount),
      cell: (view) => <span className="whitespace-nowrap">{rateWords(view.kind, BigInt(view.amount))}</span>,
    },
    { id: 'used', label: 'Now', className: 'w-1/3', cell: (view) => <Used view={view} /> },
    {
      id: 'actions',
      label: '',
      className: 'w-20 pr-2',
      cell: (view) =>
        onEdit && (
          <span className="flex justify-end gap-1">
            <IconButton size="sm" label={`Change ${nameOf(view)}`} onClick={() => onEdit(view)}>
              <Pencil />
            </IconButton>
            <IconButton size="sm" label={`Delete ${nameOf(view)}`} onClick={() => onDelete?.(view)}>
              <Trash2 />
            </IconButton>
          </span>
        ),
    },
  ]
  return (
    <DataTable
      label="Limits"
      bare
      tall
      columns={columns}
      rows={limits}
      rowId={(view) => view.id}
      rowName={nameOf}
      empty={empty}
    />
  )
}

const nameOf = (view: LimitView) => `${rateWords(view.kind, BigInt(view.amount))}: ${ruleName(view)}`

function AppliesTo({ workspace, view, marked }: { workspace: string; view: LimitView; marked: boolean }) {
  const ref = useRef<HTMLSpanElement>(null)
  const href = scopeHref(workspace, view)
  useEffect(() => {
    if (!marked) return
    ref.current?.scrollIntoView({ block: 'nearest' })
    ref.current?.focus({ preventScroll: true })
  }, [marked])
  return (
    <span ref={ref} tabIndex={-1} className="block rounded-sm">
      <span className="block text-faint text-xs">{scopeLabel(view.scope)}</span>
      {href ? (
        <Link href={href} className="link rounded-sm">
          {ruleName(view)}
        </Link>
      ) : (
        ruleName(view)
      )}
    </span>
  )
}

function Used({ view }: { view: LimitView }) {
  const used = BigInt(view.used)
  const when = view.kind === 'concurrency' ? 'at once' : 'in the last minute'
  if (isEach(view))
    return (
      <span className="text-muted">
        <span className="figures">{formatNumber(used)}</span> {when}, by all
      </span>
    )
  const gauge = gaugeOf(BigInt(view.amount), used, 0n, false)
  return (
    <span className="flex items-center gap-3">
      <GaugeBar thin gauge={gauge} label={`${ruleName(view)}, ${when}`} className="w-28 shrink-0" />
      <span className="whitespace-nowrap text-muted">
        <span className="figures text-ink">{formatNumber(used)}</span> {when}
      </span>
    </span>
  )
}

'use client'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import Link from 'next/link'
import type { MouseEvent } from 'react'
import { cn } from './cn.ts'
import { Skeleton } from './skeleton.tsx'
import type { Column, Sort } from './table-columns.ts'
import { CheckBox } from './toggles.tsx'

const kinds = { text: '', figure: 'figures text-right', mono: 'figures text-muted' }

export function HeadCell<Row>({
  column,
  sort,
  onSort,
}: {
  column: Column<Row>
  sort: Sort | undefined
  onSort: () => void
}) {
  const isFigure = column.kind === 'figure'
  const direction = sort?.id === column.id ? (sort.descending ? 'descending' : 'ascending') : undefined
  const Arrow = direction === 'ascending' ? ArrowUp : direction === 'descending' ? ArrowDown : ChevronsUpDown
  const words = (
    <span className={cn('block', isFigure && 'text-right')}>
      {column.label || <span className="sr-only">Actions</span>}
      {column.unit && <span className="block font-normal text-[11px] text-faint leading-[14px]">{column.unit}</span>}
    </span>
  )
  return (
    <th
      scope="col"
      aria-sort={column.sort ? (direction ?? 'none') : undefined}
      className={cn(
        'h-9 border-b px-3 py-1.5 text-left font-medium text-muted text-xs whitespace-nowrap first:rounded-tl-xl first:pl-4 last:rounded-tr-xl last:pr-4',
        column.className,
      )}
    >
      {column.sort ? (
        <button
          type="button"
          onClick={onSort}
          className={cn(
            'group -mx-1.5 flex min-h-6 items-center gap-1 rounded-sm px-1.5 hover:text-ink',
            isFigure && 'ml-auto flex-row-reverse',
            direction && 'text-ink',
          )}
        >
          {words}
          <Arrow
            aria-hidden="true"
            className={cn(
              'size-3',
              !direction && 'opacity-0 transition-opacity group-hover:opacity-60 group-focus-visible:opacity-60',
            )}
          />
        </button>
      ) : (
        words
      )}
    </th>
  )
}

const cellStyles = 'border-b px-3 py-1.5 whitespace-nowrap group-last/row:border-b-0 first:pl-4 last:pr-4'

interface RowSelection {
  label: string
  checked: boolean
  onToggle: () => void
}

export function TableRow<Row>({
  row,
  columns,
  tall,
  href,
  onOpen,
  selection,
}: {
  row: Row
  columns: readonly Column<Row>[]
  tall: boolean
  href: string | undefined
  onOpen: ((row: Row) => void) | undefined
  selection: RowSelection | undefined
}) {
  function onClick(event: MouseEvent<HTMLElement>) {
    // A control inside the row, or text being selected, is not a wish to open it.
    const target = event.target as Element
    if (!onOpen || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return
    if (
      target.closest('a, button, input, label, [role=checkbox], [role=menuitem]') ||
      window.getSelection()?.toString()
    )
      return
    // Portals of the row (menus, dialogs) bubble here through React, though they lie elsewhere.
    if (event.currentTarget.contains(target)) onOpen(row)
  }

  return (
    <tr
      data-row
      tabIndex={-1}
      onClick={onClick}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && event.target === event.currentTarget) onOpen?.(row)
      }}
      className={cn(
        'group/row scroll-mt-24 -outline-offset-2 transition-colors hover:bg-surface-2/60',
        onOpen && 'cursor-default',
        selection?.checked && 'bg-accent-soft/40',
      )}
    >
      {selection && (
        <td className={cn(cellStyles, 'w-10')}>
          <CheckBox label={selection.label} checked={selection.checked} onChange={selection.onToggle} />
        </td>
      )}
      {columns.map((column) => {
        const content = column.cell(row)
        const className = cn(cellStyles, tall ? 'h-[52px]' : 'h-10', kinds[column.kind ?? 'text'], column.className)
        if (!column.primary) {
          return (
            <td key={column.id} className={className}>
              {content}
            </td>
          )
        }
        return (
          <th key={column.id} scope="row" className={cn('text-left font-normal', className)}>
            {href ? (
              <Link href={href} className="block rounded-sm">
                {content}
              </Link>
            ) : (
              content
            )}
          </th>
        )
      })}
    </tr>
  )
}

export function SkeletonRows<Row>({
  count,
  columns,
  tall,
  selectable,
}: {
  count: number
  columns: readonly Column<Row>[]
  tall: boolean
  selectable: boolean
}) {
  return Array.from({ length: count }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
    <tr key={index} className="group/row">
      {selectable && (
        <td className={cn(cellStyles, 'w-10')}>
          <Skeleton className="size-4" />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} className={cn(cellStyles, tall ? 'h-[52px]' : 'h-10', column.className)}>
          <Skeleton className={cn('h-3.5', column.primary ? 'w-40' : 'w-16', column.kind === 'figure' && 'ml-auto')} />
          {tall && column.primary && <Skeleton className="mt-1.5 h-2.5 w-56" />}
        </td>
      ))}
    </tr>
  ))
}

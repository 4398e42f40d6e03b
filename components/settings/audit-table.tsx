'use client'
import { Download } from 'lucide-react'
import { buttonStyles } from '#components/ui/button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Pagination } from '#components/ui/pagination.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { Page } from '#lib/core/page.ts'
import type { AuditView } from '#lib/tenancy/schema.ts'

/** Who did what, newest first. */
export function AuditTable({
  page,
  nextHref,
  firstHref,
  csvHref,
}: {
  page: Page<AuditView>
  nextHref?: string | undefined
  firstHref?: string | undefined
  csvHref: string
}) {
  const columns: Column<AuditView>[] = [
    { id: 'at', label: 'When', cell: (row) => <RelativeTime at={row.at} /> },
    {
      id: 'actor',
      label: 'Who',
      cell: (row) => (row.actor.kind === 'key' ? `key ${row.actor.label}` : row.actor.label),
    },
    { id: 'action', label: 'What', kind: 'mono', primary: true, cell: (row) => row.action },
    { id: 'target', label: 'On', cell: (row) => row.target.label },
    { id: 'change', label: 'Change', cell: (row) => <Change before={row.before} after={row.after} /> },
    { id: 'address', label: 'From', kind: 'mono', hidden: true, cell: (row) => row.address },
    { id: 'request', label: 'Request', kind: 'mono', hidden: true, cell: (row) => row.requestId },
  ]
  return (
    <DataTable
      label="Audit"
      columns={columns}
      columnsKey="audit"
      rows={page.items}
      rowId={(row) => row.id}
      toolbar={
        <a href={csvHref} download className={buttonStyles({ size: 'sm' })}>
          <Download aria-hidden="true" /> CSV
        </a>
      }
      empty={
        <EmptyState title="Nothing on record">
          Every change of members, keys, models and settings appears here.
        </EmptyState>
      }
      footer={<Pagination previous={firstHref} next={nextHref} summary={firstHref ? 'Older' : 'Newest first'} />}
    />
  )
}

function Change({ before, after }: Pick<AuditView, 'before' | 'after'>) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
  const changed = names.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]))
  const text = changed.map((name) => {
    const [from, to] = [show(before?.[name]), show(after?.[name])]
    return before && after && from !== '' ? `${name} ${from} → ${to}` : `${name} ${to || from}`
  })
  const line = text.join(', ')
  return (
    <span className="block max-w-96 truncate text-muted" title={line}>
      {line}
    </span>
  )
}

function show(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

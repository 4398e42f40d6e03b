'use client'
import { Columns3 } from 'lucide-react'
import { Button } from './button.tsx'
import { Popover } from './popover.tsx'
import type { Column } from './table-columns.ts'
import { Checkbox } from './toggles.tsx'

/** Which columns show. `onChoose(null)` goes back to the default. */
export function ColumnChooser<Row>({
  columns,
  shown,
  isDefault,
  onChoose,
}: {
  columns: readonly Column<Row>[]
  shown: readonly Column<Row>[]
  isDefault: boolean
  onChoose: (ids: readonly string[] | null) => void
}) {
  const ids = shown.map((column) => column.id)
  return (
    <Popover
      label="Columns"
      align="end"
      className="w-60"
      trigger={
        <Button variant="quiet">
          <Columns3 aria-hidden="true" />
          <span className="max-sm:sr-only">Columns</span>
          <span className="tabular-nums">
            {shown.length} of {columns.length}
          </span>
        </Button>
      }
    >
      <div className="grid gap-2">
        {columns.map((column) => (
          <Checkbox
            key={column.id}
            label={<span className="text-sm">{column.label}</span>}
            checked={ids.includes(column.id)}
            disabled={column.primary}
            onChange={(on) => onChoose(on ? [...ids, column.id] : ids.filter((id) => id !== column.id))}
          />
        ))}
        <Button
          size="sm"
          variant="quiet"
          disabled={isDefault}
          className="mt-1 justify-self-start"
          onClick={() => onChoose(null)}
        >
          Reset
        </Button>
      </div>
    </Popover>
  )
}

'use client'
import { ArrowDown, ArrowUp, Plus, X } from 'lucide-react'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { ColumnName, type ColumnType, columnsMax, type DatasetColumn } from '#lib/experiments/schema.ts'
import { typeOptions } from './words.ts'

/** A column while it is edited. `was`: its name in the dataset; none for a new one. */
export interface ColumnDraft {
  key: number
  name: string
  type: ColumnType
  was?: string
}

let keys = 0
export function newColumn(column?: DatasetColumn): ColumnDraft {
  keys += 1
  return column ? { key: keys, ...column, was: column.name } : { key: keys, name: '', type: 'text' }
}

export function toColumns(columns: readonly ColumnDraft[]): (DatasetColumn & { was?: string })[] {
  return columns.map(({ was, name, type }) => ({
    name: name.trim(),
    type,
    ...(was !== undefined && was !== name.trim() && { was }),
  }))
}

/** What is wrong, by field. */
export function columnProblems(columns: readonly ColumnDraft[]): Record<string, string> {
  const problems: Record<string, string> = {}
  const names = new Set<string>()
  for (const [index, { name }] of columns.entries()) {
    const parsed = ColumnName.safeParse(name)
    if (!parsed.success) problems[`columns.${index}`] = parsed.error.issues[0]!.message
    else if (names.has(parsed.data)) problems[`columns.${index}`] = 'Two columns have this name.'
    else names.add(parsed.data)
  }
  return problems
}

/** The inputs of a dataset in their order, and the type of what is expected. */
export function ColumnFields({
  columns,
  onChange,
  expectedType,
  onExpectedType,
  problems,
}: {
  columns: readonly ColumnDraft[]
  onChange: (columns: readonly ColumnDraft[]) => void
  expectedType: ColumnType
  onExpectedType: (type: ColumnType) => void
  problems: Readonly<Record<string, string>>
}) {
  const change = (index: number, patch: Partial<ColumnDraft>) =>
    onChange(columns.map((column, at) => (at === index ? { ...column, ...patch } : column)))
  const move = (index: number, by: -1 | 1) => {
    const next = [...columns]
    next.splice(index + by, 0, next.splice(index, 1)[0]!)
    onChange(next)
  }
  return (
    <>
      <FieldGroup
        title="Input columns"
        detail="What a prompt calls {{question}} is the column question. A column that is taken out keeps its values, unseen."
      >
        <ul className="grid gap-2">
          {columns.map((column, index) => (
            <li key={column.key} data-field={`columns.${index}`} className="grid gap-1">
              <div className="flex flex-wrap items-center gap-2">
                <span className="min-w-36 flex-1">
                  <Input
                    mono
                    aria-label={`Name of column ${index + 1}`}
                    aria-invalid={problems[`columns.${index}`] !== undefined || undefined}
                    maxLength={64}
                    autoComplete="off"
                    spellCheck={false}
                    value={column.name}
                    onChange={(event) => change(index, { name: event.target.value })}
                  />
                </span>
                <span className="w-32">
                  <Select
                    label={`Type of column ${index + 1}`}
                    value={column.type}
                    onChange={(type) => change(index, { type: type as ColumnType })}
                    options={typeOptions}
                  />
                </span>
                <span className="flex">
                  <IconButton
                    size="sm"
                    label={`Move ${column.name || 'the column'} up`}
                    disabled={index === 0}
                    onClick={() => move(index, -1)}
                  >
                    <ArrowUp />
                  </IconButton>
                  <IconButton
                    size="sm"
                    label={`Move ${column.name || 'the column'} down`}
                    disabled={index === columns.length - 1}
                    onClick={() => move(index, 1)}
                  >
                    <ArrowDown />
                  </IconButton>
                  <IconButton
                    size="sm"
                    label={`Take ${column.name || 'the column'} out`}
                    onClick={() => onChange(columns.filter((_, at) => at !== index))}
                  >
                    <X />
                  </IconButton>
                </span>
              </div>
              {problems[`columns.${index}`] && <p className="text-bad text-xs">{problems[`columns.${index}`]}</p>}
            </li>
          ))}
        </ul>
        <div>
          <Button size="sm" disabled={columns.length >= columnsMax} onClick={() => onChange([...columns, newColumn()])}>
            <Plus aria-hidden="true" /> Add a column
          </Button>
        </div>
      </FieldGroup>
      <Field label="Type of what is expected" name="expectedType" error={problems.expectedType}>
        <Select value={expectedType} onChange={(type) => onExpectedType(type as ColumnType)} options={typeOptions} />
      </Field>
    </>
  )
}

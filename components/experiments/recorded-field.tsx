'use client'
import { Field } from '#components/form/field.tsx'
import { Select } from '#components/ui/select.tsx'
import type { DatasetView } from '#lib/experiments/schema.ts'

/** No option of a select may be empty. */
const expected = '='

/** Answers that are there already: what rows expect, or one of their columns. */
export function RecordedField({
  dataset,
  value,
  onChange,
}: {
  dataset: DatasetView | undefined
  value: string | null
  onChange: (column: string | null) => void
}) {
  const columns = dataset?.columns.map(({ name }) => name) ?? []
  const gone = value !== null && dataset !== undefined && !columns.includes(value)
  return (
    <Field label="Recorded answers" help="Nothing is called for them.">
      <Select
        value={value ?? expected}
        onChange={(next) => onChange(next === expected ? null : next)}
        options={[
          { value: expected, label: 'What the row expects' },
          ...columns.map((name) => ({ value: name, label: `Column ${name}` })),
          ...(gone || (value !== null && !dataset) ? [{ value: value!, label: `Column ${value}` }] : []),
        ]}
      />
    </Field>
  )
}

'use client'
import { Segmented } from '#components/ui/segmented.tsx'
import { Field } from './field.tsx'

const choices = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '0', label: 'No' },
] as const

/** Asked wherever a workspace is made: whether it keeps the words of its calls. */
export function KeepDays({ value, onChange }: { value: number; onChange: (days: number) => void }) {
  return (
    <Field
      label="Keep prompts and answers?"
      name="payloadDays"
      help="Sealed, for the details of requests. Counts, cost and times are recorded in any case. Can be changed later."
    >
      <Segmented
        fill
        value={String(value) as (typeof choices)[number]['value']}
        onChange={(days) => onChange(Number(days))}
        options={choices}
      />
    </Field>
  )
}

'use client'
import { Field } from '#components/form/field.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import type { EnvironmentView } from '#lib/deployments/schema.ts'

/** One of the environments, or the name of a new one. */
export function EnvironmentField({
  label,
  value,
  environments,
  problem,
  onChange,
}: {
  label: string
  value: string
  environments: readonly EnvironmentView[]
  problem: string | undefined
  onChange: (name: string) => void
}) {
  const known = environments.find(({ name }) => name === value)
  return (
    <Field
      label={label}
      error={problem}
      help={
        known
          ? known.serves === null
            ? 'It serves nothing yet.'
            : `It serves ${known.serves} now.`
          : 'A new environment: callers name it in context.environment.'
      }
    >
      <Combobox
        value={value}
        onChange={(next) => onChange(next.trim().slice(0, 32))}
        suggestions={environments
          .toReversed()
          .map(({ name, serves }) => ({ value: name, hint: serves ?? 'nothing yet' }))}
        placeholder="production"
      />
    </Field>
  )
}

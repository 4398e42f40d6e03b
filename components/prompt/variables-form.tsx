'use client'
import { useId } from 'react'
import { Field } from '#components/form/field.tsx'
import { PaintedText } from './painted-text.tsx'

export interface DeclaredVariable {
  name: string
  /** `string` where nothing is declared. */
  type?: 'string' | 'number' | 'boolean' | 'json'
  required?: boolean
  /** What holds where it is empty. */
  default?: unknown
  description?: string
}

const typeWords = { number: 'number', boolean: 'true or false', json: 'JSON' } as const

/** Values for the `{{variables}}` of a prompt, as they are typed. */
export function VariablesForm({
  variables,
  values,
  onChange,
  missing = [],
  problems = {},
}: {
  variables: readonly DeclaredVariable[]
  values: Readonly<Record<string, string>>
  onChange: (values: Record<string, string>) => void
  /** Names without which nothing runs. */
  missing?: readonly string[]
  /** What is wrong with a value, by its name. */
  problems?: Readonly<Record<string, string>>
}) {
  const id = useId()
  if (variables.length === 0) return null
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot be laid out in a grid
    <div role="group" aria-labelledby={id} className="grid min-w-0 gap-2.5">
      <p id={id} className="font-medium text-muted text-xs">
        Variables
      </p>
      {variables.map(({ name, type = 'string', description, default: fallback }) => (
        <Field
          key={name}
          name={name}
          label={<span className="figures font-normal">{name}</span>}
          aside={type === 'string' ? undefined : typeWords[type]}
          help={description}
          error={
            problems[name] ??
            (missing.includes(name) ? `Fill this in, or take {{${name}}} out of the prompt.` : undefined)
          }
        >
          <PaintedText
            value={values[name] ?? ''}
            onChange={(value) => onChange({ ...values, [name]: value })}
            paint={(text) => text}
            maxLength={200_000}
            placeholder={
              fallback === undefined ? undefined : typeof fallback === 'string' ? fallback : JSON.stringify(fallback)
            }
            className="max-h-40 rounded-lg border border-line-field bg-surface-1 transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted"
            innerClassName="px-2.5 py-1.5 text-base"
          />
        </Field>
      ))}
    </div>
  )
}

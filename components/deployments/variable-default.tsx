'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { Variable } from '#lib/deployments/schema.ts'
import { defaultText, readDefault } from './values.ts'

/** What holds where a call gives no value. */
export function VariableDefault({
  variable,
  problem,
  onChange,
}: {
  variable: Variable
  problem: string | undefined
  onChange: (change: Partial<Variable>) => void
}) {
  const stands = defaultText(variable)
  const [typed, setTyped] = useState({ text: stands, stands })
  // Changed from elsewhere.
  if (typed.stands !== stands) setTyped({ text: stands, stands })
  const read = readDefault(variable.type, typed.text)
  function type(text: string) {
    const next = readDefault(variable.type, text)
    const value = 'value' in next ? next.value : undefined
    setTyped({ text, stands: defaultText({ type: variable.type, default: value }) })
    onChange({ default: value })
  }
  const common = { value: typed.text, placeholder: 'none', autoComplete: 'off', spellCheck: false }
  return (
    <Field label="Default" error={'problem' in read ? read.problem : problem}>
      {variable.type === 'boolean' ? (
        <Select
          value={typed.text === '' ? 'none' : typed.text}
          onChange={(next) => type(next === 'none' ? '' : next)}
          options={[
            { value: 'none', label: 'None' },
            { value: 'true', label: 'True' },
            { value: 'false', label: 'False' },
          ]}
        />
      ) : variable.type === 'json' ? (
        <Textarea mono rows={1} {...common} maxLength={20_000} onChange={({ target }) => type(target.value)} />
      ) : (
        <Input
          {...common}
          maxLength={20_000}
          mono={variable.type === 'number'}
          onChange={({ target }) => type(target.value)}
        />
      )}
    </Field>
  )
}

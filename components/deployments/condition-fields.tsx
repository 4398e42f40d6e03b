'use client'
import { X } from 'lucide-react'
import { useState } from 'react'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { type Condition, type ConditionType, type Operator, operatorsOf } from '#lib/deployments/schema.ts'
import { conditionText, readConditionValue, withOperator } from './edits.ts'

const conditionTypes: readonly { value: ConditionType; label: string }[] = [
  { value: 'string', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'True or false' },
  { value: 'date', label: 'Date' },
  { value: 'list', label: 'List' },
]

/** How an operator is read between a field and a value. */
function operatorWord(operator: Operator, type: ConditionType): string {
  switch (operator) {
    case 'equals':
      return 'is'
    case 'not':
      return 'is not'
    case 'in':
      return type === 'list' ? 'has one of' : 'is one of'
    case 'contains':
      return 'contains'
    case 'greater':
      return type === 'date' ? 'is after' : 'is greater than'
    case 'less':
      return type === 'date' ? 'is before' : 'is less than'
    case 'exists':
      return 'is there'
  }
}

const booleans = [
  { value: 'true', label: 'true' },
  { value: 'false', label: 'false' },
]

/** One condition on a field of the context. */
export function ConditionFields({
  condition,
  first,
  name,
  problems,
  why,
  onChange,
  onRemove,
}: {
  condition: Condition
  first: boolean
  /** Of its controls, for who does not see them: `Row 1, condition 2`. */
  name: string
  problems: readonly string[]
  /** Why the tried context does not fit; empty where it does, undefined where none was tried. */
  why: string | undefined
  onChange: (condition: Condition) => void
  onRemove: () => void
}) {
  const { field, type, operator } = condition
  return (
    <div className="grid min-w-0 gap-1">
      <div className="grid min-w-0 grid-cols-[auto_minmax(0,1fr)_auto] items-start gap-2 sm:grid-cols-[2.25rem_minmax(0,1.2fr)_8.5rem_8.5rem_minmax(0,1.2fr)_auto]">
        <span className="pt-1.5 text-muted text-sm">{first ? 'If' : 'and'}</span>
        <div data-field="field" className="min-w-0">
          <Input
            mono
            aria-label={`${name}: field`}
            value={field}
            maxLength={128}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="country"
            onChange={({ target }) => onChange({ ...condition, field: target.value })}
          />
        </div>
        <IconButton label={`Remove ${name}`} className="sm:order-last" onClick={onRemove}>
          <X strokeWidth={1.75} />
        </IconButton>
        <Select
          label={`${name}: type`}
          value={type}
          onChange={(next) => {
            const asType = next as ConditionType
            const known: readonly Operator[] = operatorsOf[asType]
            onChange(
              withOperator(condition, { type: asType, operator: known.includes(operator) ? operator : known[0]! }),
            )
          }}
          options={conditionTypes}
          className="max-sm:col-span-3"
        />
        <Select
          label={`${name}: comparison`}
          value={operator}
          onChange={(next) => onChange(withOperator(condition, { operator: next as Operator }))}
          options={operatorsOf[type].map((each) => ({ value: each, label: operatorWord(each, type) }))}
          className="max-sm:col-span-3"
        />
        <div className="min-w-0 max-sm:col-span-3">
          <Value condition={condition} name={name} onChange={(value) => onChange({ ...condition, value })} />
        </div>
      </div>
      <div aria-live="polite" className="text-bad text-xs empty:hidden sm:pl-11">
        {problems[0]}
      </div>
      {why !== undefined && why !== '' && problems.length === 0 && (
        <p className="text-faint text-xs sm:pl-11">The tried context does not fit: {why}</p>
      )}
    </div>
  )
}

/** What is compared with: what is typed stays as it was typed. */
function Value({
  condition: { type, operator, value },
  name,
  onChange,
}: {
  condition: Condition
  name: string
  onChange: (value: Condition['value']) => void
}) {
  const stands = JSON.stringify(value)
  const [typed, setTyped] = useState({ text: conditionText(value), stands })
  // Changed from elsewhere: by another type, by undo.
  if (typed.stands !== stands) setTyped({ text: conditionText(value), stands })
  function change(text: string) {
    const next = readConditionValue(type, operator, text)
    setTyped({ text, stands: JSON.stringify(next) })
    onChange(next)
  }
  const label = `${name}: value`
  if (operator === 'exists' || type === 'boolean')
    return <Select label={label} value={String(value)} onChange={change} options={booleans} />
  if (operator === 'in')
    return (
      <Textarea
        mono
        rows={2}
        aria-label={label}
        value={typed.text}
        maxLength={20_000}
        placeholder="one a line"
        onChange={({ target }) => change(target.value)}
      />
    )
  return (
    <Input
      mono
      aria-label={label}
      value={typed.text}
      maxLength={1_000}
      autoComplete="off"
      spellCheck={false}
      inputMode={type === 'number' ? 'decimal' : undefined}
      placeholder={type === 'date' ? '2026-12-31' : type === 'number' ? '10' : 'NL'}
      onChange={({ target }) => change(target.value)}
    />
  )
}

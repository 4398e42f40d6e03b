'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import type { ModelType } from '#lib/models/schema.ts'
import { type FigureField, type ParameterField, parameterFields, readFigure, verdictOf } from './parameters.ts'
import { SchemaField } from './schema-field.tsx'
import type { ParameterName, Parameters, PromptModel } from './types.ts'

export interface ParameterFieldsProps {
  type: ModelType
  value: Parameters
  onChange: (value: Parameters) => void
  /** Those that the parameters are for: what none of them takes is not shown, what some ignore is marked. */
  models: readonly PromptModel[]
  /** Not shown here. */
  without?: readonly ParameterName[]
  /** What holds where a field is empty, shown in it. */
  inherited?: Parameters
}

/** The parameters of a call, by the capability cards of the models it is for. */
export function ParameterFields({ type, value, onChange, models, without = [], inherited }: ParameterFieldsProps) {
  const fields = parameterFields.filter((field) => field.types.includes(type) && !without.includes(field.name))
  const set = (name: ParameterName, next: unknown) => {
    const { [name]: _, ...rest } = value
    onChange(next === undefined ? rest : { ...rest, [name]: next })
  }
  const shown = fields.filter(
    (field) =>
      value[field.name] !== undefined ||
      models.length === 0 ||
      models.some((model) => verdictOf(model, field) !== 'no'),
  )
  const refusedByAll = fields.filter((field) => !shown.includes(field))
  return (
    <div className="grid min-w-0 gap-x-3 gap-y-3 sm:grid-cols-2">
      {shown.map((field) => (
        <OneField
          key={field.name}
          field={field}
          value={value[field.name]}
          inherited={inherited?.[field.name]}
          remark={remarkOf(field, models)}
          onChange={(next) => set(field.name, next)}
        />
      ))}
      {refusedByAll.length > 0 && (
        <p className="text-faint text-xs sm:col-span-2">
          Not taken: {refusedByAll.map(({ label }) => label.toLowerCase()).join(', ')}.
        </p>
      )}
    </div>
  )
}

/** Who does not take it, or takes it and does nothing with it. */
function remarkOf(field: ParameterField, models: readonly PromptModel[]): string | undefined {
  const who = (verdict: 'no' | 'ignored') =>
    models.filter((model) => verdictOf(model, field) === verdict).map(({ name }) => name)
  const [refusing, ignoring] = [who('no'), who('ignored')]
  const say = (names: string[]) => (names.length === models.length ? '' : `by ${names.join(', ')}`)
  return [
    refusing.length > 0 &&
      `Left out ${models.length === 1 ? 'for this model' : `for ${refusing.join(', ')}`}: not taken.`,
    ignoring.length > 0 && `${`Ignored ${say(ignoring)}`.trim()}.`,
  ]
    .filter(Boolean)
    .join(' ')
}

function OneField({
  field,
  value,
  inherited,
  remark,
  onChange,
}: {
  field: ParameterField
  value: unknown
  inherited: unknown
  remark: string | undefined
  onChange: (value: unknown) => void
}) {
  const wide = field.kind === 'lines' || field.kind === 'json' || field.kind === 'switch'
  if (field.kind === 'decimal' || field.kind === 'whole')
    return (
      <Figure
        field={field}
        value={value as number | undefined}
        inherited={inherited}
        remark={remark}
        onChange={onChange}
      />
    )
  if (field.kind === 'switch')
    return (
      <Checkbox
        label={field.label}
        help={remark || field.help}
        checked={value === true}
        onChange={(on) => onChange(on || undefined)}
        className="sm:col-span-2"
      />
    )
  return (
    <Field
      label={field.label}
      help={field.help}
      warning={remark || undefined}
      className={wide ? 'sm:col-span-2' : undefined}
    >
      {field.kind === 'text' ? (
        <Combobox
          value={(value as string | undefined) ?? ''}
          onChange={(next) => onChange(next.slice(0, field.charsMax) || undefined)}
          suggestions={(field.suggestions ?? []).map((suggestion) => ({ value: suggestion }))}
          placeholder={inherited === undefined ? 'not sent' : String(inherited)}
          mono
        />
      ) : field.kind === 'choice' ? (
        <Select
          value={(value as string | undefined) ?? 'unset'}
          onChange={(next) => onChange(next === 'unset' ? undefined : next)}
          options={[
            { value: 'unset', label: 'Not sent' },
            ...field.choices.map((choice) => ({ value: choice, label: choice })),
          ]}
        />
      ) : field.kind === 'lines' ? (
        <Lines value={value as string[] | undefined} most={field.most} onChange={onChange} />
      ) : (
        <SchemaField
          optional
          objectOnly
          rows={2}
          value={value as Record<string, unknown> | undefined}
          check={(read) =>
            typeof read === 'object' && read !== null && !Array.isArray(read) ? [] : ['This is an object: { … }.']
          }
          placeholder={'{ "top_k": 40 }'}
          onChange={onChange}
        />
      )}
    </Field>
  )
}

/** Lines as they are typed; those that are empty are not told. */
function Lines({
  value = [],
  most,
  onChange,
}: {
  value?: readonly string[]
  most: number
  onChange: (value: string[] | undefined) => void
}) {
  const stands = value.join('\n')
  const [typed, setTyped] = useState({ text: stands, stands })
  // Changed from elsewhere.
  if (typed.stands !== stands) setTyped({ text: stands, stands })
  return (
    <Textarea
      mono
      rows={1}
      value={typed.text}
      maxLength={1_100}
      onChange={({ target }) => {
        const lines = target.value
          .split('\n')
          .filter((line) => line !== '')
          .slice(0, most)
        setTyped({ text: target.value, stands: lines.join('\n') })
        onChange(lines.length > 0 ? lines : undefined)
      }}
    />
  )
}

function Figure({
  field,
  value,
  inherited,
  remark,
  onChange,
}: {
  field: FigureField
  value: number | undefined
  inherited: unknown
  remark: string | undefined
  onChange: (value: number | undefined) => void
}) {
  const [typed, setTyped] = useState({ text: value === undefined ? '' : String(value), stands: value })
  // Changed from elsewhere.
  if (typed.stands !== value) setTyped({ text: value === undefined ? '' : String(value), stands: value })
  const { problem } = readFigure(typed.text, field)
  return (
    <Field label={field.label} help={field.help} error={problem} warning={remark || undefined}>
      <NumberInput
        decimal={field.kind === 'decimal'}
        value={typed.text}
        maxLength={24}
        placeholder={inherited === undefined ? 'not sent' : String(inherited)}
        onChange={({ target }) => {
          const read = readFigure(target.value, field)
          setTyped({ text: target.value, stands: read.value })
          onChange(read.value)
        }}
      />
    </Field>
  )
}

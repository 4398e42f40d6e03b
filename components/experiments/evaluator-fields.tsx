'use client'
import { Field } from '#components/form/field.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { JsonEditor } from '#components/prompt/json-editor.tsx'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import { type ConfigField, type EvaluatorDraft, fieldsOf } from './evaluator-draft.ts'
import { JudgeFields } from './judge-fields.tsx'
import { ModelField } from './model-field.tsx'

export interface EvaluatorFieldsProps {
  workspace: string
  draft: EvaluatorDraft
  onChange: (draft: EvaluatorDraft) => void
  /** By field: `config.pattern`. */
  errors: Readonly<Record<string, string>>
}

/** The fields of one kind of evaluator. */
export function EvaluatorFields(props: EvaluatorFieldsProps) {
  const { workspace, draft, onChange, errors } = props
  if (draft.kind === 'judge') return <JudgeFields {...props} />
  return (
    <div className="grid gap-4">
      {fieldsOf(draft.kind).map((field) => (
        <ConfigFieldRow
          key={field.name}
          workspace={workspace}
          field={field}
          value={draft.values[field.name] ?? ''}
          error={errors[`config.${field.name}`]}
          onChange={(value) => onChange({ ...draft, values: { ...draft.values, [field.name]: value } })}
        />
      ))}
    </div>
  )
}

export function ConfigFieldRow({
  workspace,
  field,
  value,
  error,
  onChange,
}: {
  workspace: string
  field: ConfigField
  value: string | boolean
  error: string | undefined
  onChange: (value: string | boolean) => void
}) {
  const { label, help } = field
  const text = typeof value === 'string' ? value : ''
  const name = `config.${field.name}`
  switch (field.kind) {
    case 'flag':
      return <Checkbox label={label} help={help} checked={value === true} onChange={onChange} />
    case 'choice':
      return (
        <Field label={label} name={name} help={help} error={error}>
          <Segmented value={text} onChange={onChange} options={field.options} className="w-fit" />
        </Field>
      )
    case 'number':
      return (
        <Field label={label} name={name} help={help} error={error} aside={field.optional && 'optional'}>
          <NumberInput
            decimal={field.decimal === true}
            value={text}
            maxLength={24}
            prefix={field.prefix}
            placeholder={field.placeholder}
            onChange={({ target }) => onChange(target.value)}
            className="max-w-56"
          />
        </Field>
      )
    case 'lines':
      return (
        <Field label={label} name={name} help={help} error={error}>
          <Textarea
            rows={3}
            value={text}
            maxLength={100_000}
            placeholder={field.placeholder}
            onChange={({ target }) => onChange(target.value)}
          />
        </Field>
      )
    case 'json':
      return (
        <Field label={label} name={name} help={help} error={error} aside={field.optional && 'optional'}>
          <JsonEditor
            text={text}
            onChange={onChange}
            rows={field.rows}
            optional={field.optional === true}
            placeholder={field.placeholder}
          />
        </Field>
      )
    case 'model':
      return (
        <Field label={label} name={name} help={help} error={error}>
          <ModelField
            workspace={workspace}
            type={field.type}
            value={text}
            onChange={({ id }) => onChange(id)}
            label={label}
          />
        </Field>
      )
    case 'text':
      return (
        <Field label={label} name={name} help={help} error={error}>
          <Input
            mono={field.mono === true}
            value={text}
            maxLength={field.charsMax}
            placeholder={field.placeholder}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => onChange(target.value)}
          />
        </Field>
      )
  }
}

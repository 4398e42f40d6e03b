'use client'
import { Field } from '#components/form/field.tsx'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import { schemaNameProblem } from './problems.ts'
import { SchemaField } from './schema-field.tsx'
import type { ResponseFormat } from './types.ts'

const firstSchema = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
}

/** Text, any JSON, or JSON after a schema. Text is what stands where nothing is sent. */
export function FormatEditor({
  format,
  onChange,
}: {
  format: ResponseFormat | undefined
  onChange: (format: ResponseFormat | undefined) => void
}) {
  const type = format?.type ?? 'text'
  const schema = format?.type === 'json_schema' ? format.json_schema : undefined
  const set = (change: Partial<NonNullable<typeof schema>>) =>
    schema && onChange({ type: 'json_schema', json_schema: { ...schema, ...change } })
  return (
    <div className="grid min-w-0 gap-3">
      <Segmented
        label="Answer format"
        size="sm"
        fill
        value={type}
        onChange={(next) =>
          onChange(
            next === 'text'
              ? undefined
              : next === 'json_object'
                ? { type: 'json_object' }
                : { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: firstSchema } },
          )
        }
        options={[
          { value: 'text', label: 'Text' },
          { value: 'json_object', label: 'JSON' },
          { value: 'json_schema', label: 'JSON schema' },
        ]}
      />
      {type === 'json_object' && (
        <p className="text-faint text-xs">Many servers want the word “JSON” in the prompt as well.</p>
      )}
      {schema && (
        <>
          <Field label="Name" error={schemaNameProblem(schema.name)}>
            <Input
              mono
              value={schema.name}
              maxLength={64}
              autoComplete="off"
              spellCheck={false}
              onChange={({ target }) => set({ name: target.value })}
            />
          </Field>
          <Field label="Schema">
            <SchemaField value={schema.schema} onChange={(next) => set({ schema: next ?? '' })} rows={8} />
          </Field>
          <Checkbox
            label="Strict"
            help="The answer follows the schema to the letter, where the server knows how."
            checked={schema.strict ?? false}
            onChange={(strict) => set({ strict: strict || undefined })}
          />
        </>
      )}
    </div>
  )
}

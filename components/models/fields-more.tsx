'use client'
import { Plus, X } from 'lucide-react'
import { Controller, useFieldArray, useFormContext, useWatch } from 'react-hook-form'
import { Field, FieldRow } from '#components/form/field.tsx'
import { NumberInput, PriceInput } from '#components/form/number-input.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { SecretInput } from '#components/ui/secret-input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { FieldWords } from './fields-connection.tsx'
import type { ModelFormValues } from './form-values.ts'

const keyHeaders = [
  { value: 'authorization', label: 'Authorization: Bearer' },
  { value: 'api-key', label: 'api-key' },
  { value: 'x-api-key', label: 'x-api-key' },
]

const usualPaths = {
  chat: '/chat/completions',
  completion: '/completions',
  embedding: '/embeddings',
  image: '/images/generations',
} as const

/** What few models need. */
export function MoreFields({ words }: { words: FieldWords }) {
  const { control, register } = useFormContext<ModelFormValues>()
  const [type, keyHeader] = useWatch({ control, name: ['type', 'keyHeader'] })
  const other = !keyHeaders.some(({ value }) => value === keyHeader)
  return (
    <div className="grid gap-3">
      <FieldRow>
        {type !== 'image' && (
          <Field
            label="Cached Input Price (per 1M tokens)"
            name="cachedInputPrice"
            error={words.error('cachedInputPrice')}
            warning={words.warning('cachedInputPrice')}
            help="Empty: as the input price."
          >
            <PriceInput placeholder="" {...register('cachedInputPrice')} />
          </Field>
        )}
        {type !== 'image' && (
          <Field label="Context length" name="contextTokens" error={words.error('contextTokens')} help="In tokens.">
            <NumberInput placeholder="unknown" {...register('contextTokens')} />
          </Field>
        )}
        <Field
          label="Key sent as"
          name={other ? undefined : 'keyHeader'}
          error={other ? undefined : words.error('keyHeader')}
        >
          <Controller
            control={control}
            name="keyHeader"
            render={({ field }) => (
              <Select
                value={other ? 'other' : field.value}
                onChange={(next) => field.onChange(next === 'other' ? '' : next)}
                options={[...keyHeaders, { value: 'other', label: 'Another header' }]}
              />
            )}
          />
        </Field>
        {other && (
          <Field label="Header" name="keyHeader" error={words.error('keyHeader')}>
            <Input mono autoComplete="off" spellCheck={false} placeholder="x-goog-api-key" {...register('keyHeader')} />
          </Field>
        )}
        <Field label="Path" name="paths" error={words.error('paths')} help="Where it differs from OpenAI’s.">
          <Input mono autoComplete="off" spellCheck={false} placeholder={usualPaths[type]} {...register('path')} />
        </Field>
      </FieldRow>
      <Field
        label="Aliases"
        name="aliases"
        error={words.error('aliases')}
        help="Further names that callers may put in model, one a line."
      >
        <Textarea
          rows={2}
          mono
          spellCheck={false}
          autoComplete="off"
          placeholder="groq/llama-3.3"
          {...register('aliases')}
        />
      </Field>
      <Pairs name="headers" label="Extra headers" error={words.error('headers')} help="Sealed like the key." />
      <Pairs name="query" label="Extra query parameters" error={words.error('query')} help="Sealed like the key." />
      <Field
        label="CA certificate (PEM)"
        name="ca"
        error={words.error('ca')}
        help="For a server with a certificate of your own authority."
      >
        <Textarea
          rows={3}
          mono
          spellCheck={false}
          autoComplete="off"
          placeholder="-----BEGIN CERTIFICATE-----"
          {...register('ca')}
        />
      </Field>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        {timeouts.map(({ name, label, placeholder }) => (
          <Field key={name} label={label} name={`timeouts.${name}`} error={words.error(`timeouts.${name}`)} help="ms">
            <NumberInput placeholder={placeholder} {...register(`timeouts.${name}`)} />
          </Field>
        ))}
      </div>
    </div>
  )
}

const timeouts = [
  { name: 'connectMs', label: 'Connect', placeholder: '5000' },
  { name: 'firstByteMs', label: 'First byte', placeholder: '60000' },
  { name: 'idleMs', label: 'Idle', placeholder: '60000' },
  { name: 'totalMs', label: 'Total', placeholder: '900000' },
] as const

function Pairs({
  name,
  label,
  error,
  help,
}: {
  name: 'headers' | 'query'
  label: string
  error: React.ReactNode
  help: string
}) {
  const { control, register } = useFormContext<ModelFormValues>()
  const { fields, append, remove } = useFieldArray({ control, name })
  return (
    <fieldset data-field={name} className="grid gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">{label}</legend>
      {fields.map((field, index) => (
        <div key={field.id} className="flex items-center gap-2">
          <Input
            mono
            aria-label={`${label}: name ${index + 1}`}
            autoComplete="off"
            spellCheck={false}
            placeholder="name"
            {...register(`${name}.${index}.name`)}
          />
          <span className="min-w-0 flex-1 basis-1/2">
            <SecretInput
              aria-label={`${label}: value ${index + 1}`}
              placeholder="value"
              {...register(`${name}.${index}.value`)}
            />
          </span>
          <IconButton label={`Remove ${label.toLowerCase()} ${index + 1}`} size="sm" onClick={() => remove(index)}>
            <X />
          </IconButton>
        </div>
      ))}
      <div className="flex items-center gap-3">
        <Button
          size="sm"
          variant="quiet"
          className="-ml-2"
          disabled={fields.length >= 20}
          onClick={() => append({ name: '', value: '' })}
        >
          <Plus aria-hidden="true" /> Add
        </Button>
        <span className={error ? 'text-bad text-xs' : 'text-faint text-xs'} aria-live="polite">
          {error ?? help}
        </span>
      </div>
    </fieldset>
  )
}

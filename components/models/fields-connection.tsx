'use client'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Controller, useFormContext, useWatch } from 'react-hook-form'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { typeNames } from '#components/prompt/model-words.ts'
import { Input } from '#components/ui/input.tsx'
import { SecretInput } from '#components/ui/secret-input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Select } from '#components/ui/select.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import { formatUsd } from '#lib/core/money.ts'
import {
  findPreset,
  imagesMade,
  type ModelDraftView,
  readPrice,
  serverPresets,
  toNanoUsdPerImage,
} from '#lib/models/schema.ts'
import type { ModelFormValues } from './form-values.ts'

/** What the form says about each field: errors that may hold a button, notes, warnings. */
export interface FieldWords {
  error(field: string): ReactNode | undefined
  note(field: string): string | undefined
  warning(field: string): ReactNode | undefined
}

const typeOptions = (['chat', 'completion', 'embedding', 'image'] as const).map((value) => ({
  value,
  label: typeNames[value],
}))

export function ConnectionFields({
  words,
  practice,
  storedKey,
}: {
  words: FieldWords
  /** Ready-made drafts of the practice provider, where it runs. */
  practice: readonly ModelDraftView[]
  /** The last four of the key that an empty field keeps. */
  storedKey?: string | undefined
}) {
  const { control, register, setValue, getValues } = useFormContext<ModelFormValues>()
  const [type, noKey, server] = useWatch({ control, name: ['type', 'noKey', 'server'] })
  const preset = serverPresets.find((each) => each.id === server)

  function chooseServer(id: string) {
    setValue('server', id)
    const chosen = serverPresets.find((each) => each.id === id)
    if (!chosen) return
    if (id === 'practice') {
      const draft = practice.find((each) => each.type === getValues('type')) ?? practice[0]
      if (!draft) return
      setValue('baseUrl', draft.baseUrl, { shouldTouch: true })
      setValue('apiKey', draft.apiKey ?? '')
      setValue('noKey', false)
    } else {
      if (chosen.baseUrl) setValue('baseUrl', chosen.baseUrl, { shouldTouch: true })
      setValue('noKey', !chosen.needsKey)
    }
    if (chosen.region) setValue('region', chosen.region, { shouldTouch: true })
  }

  return (
    <FieldGroup title="Connection Settings">
      <Field label="Type" name="type" error={words.error('type')}>
        <Controller
          control={control}
          name="type"
          render={({ field }) => (
            <Segmented
              value={field.value}
              onChange={field.onChange}
              options={typeOptions}
              className="max-sm:grid max-sm:grid-cols-2"
            />
          )}
        />
      </Field>
      <div className="grid gap-3 sm:grid-cols-[150px_minmax(0,1fr)]">
        <Field label="Server" name="server">
          <Select
            value={server}
            onChange={chooseServer}
            placeholder="Choose"
            options={serverPresets
              .filter((each) => each.id !== 'practice' || practice.length > 0)
              .map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Field>
        <Field
          label="Base URL"
          name="baseUrl"
          required
          error={words.error('baseUrl')}
          warning={words.warning('baseUrl')}
          help={words.note('baseUrl')}
        >
          <Input
            mono
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="https://api.groq.com/openai/v1"
            {...register('baseUrl', {
              onChange: (event: { target: { value: string } }) => {
                const found = findPreset(event.target.value.trim())
                setValue('server', found?.id ?? (event.target.value.trim() ? 'other' : ''))
                if (found?.region && getValues('region') === '') setValue('region', found.region)
              },
            })}
          />
        </Field>
      </div>
      <Field
        label="API Key"
        name="apiKey"
        required={!noKey}
        error={words.error('apiKey')}
        warning={words.warning('apiKey')}
        help={
          words.note('apiKey') ??
          (noKey
            ? 'Calls are sent without a key.'
            : storedKey
              ? `Leave empty to keep the key that ends in ${storedKey}.`
              : 'Stored encrypted. You can replace it later, not read it.')
        }
      >
        <SecretInput
          disabled={noKey}
          placeholder={noKey ? '' : storedKey ? `•••••••• ${storedKey}` : (preset?.keyHint ?? '')}
          {...register('apiKey')}
        />
      </Field>
      <div data-field="noKey">
        <Controller
          control={control}
          name="noKey"
          render={({ field }) => (
            <Checkbox checked={field.value} onChange={field.onChange} label="This server needs no key" />
          )}
        />
      </div>
      {type === 'image' && (
        <Controller
          control={control}
          name="imageConsent"
          render={({ field }) => (
            <ImageConsent checked={field.value} onChange={field.onChange} error={words.error('imageConsent')} />
          )}
        />
      )}
    </FieldGroup>
  )
}

function ImageConsent({
  checked,
  onChange,
  error,
}: {
  checked: boolean
  onChange: (checked: boolean) => void
  error: ReactNode | undefined
}) {
  const price = readPrice('imagePrice', useWatch<ModelFormValues, 'imagePrice'>({ name: 'imagePrice' }))
  const each = price.ok ? toNanoUsdPerImage(price.price) : null
  return (
    <Field label="Pictures cost money" name="imageConsent" error={error}>
      <Checkbox
        checked={checked}
        onChange={onChange}
        label={
          each === null
            ? `Make ${imagesMade} pictures to see what the model does, at the server’s own price`
            : `Make ${imagesMade} pictures to see what the model does, for at most ${formatUsd(each * BigInt(imagesMade))}`
        }
        help="Nothing is charged before you agree."
      />
    </Field>
  )
}

/** What the server's own listing offers, asked for once address and key can be read. Free of charge. */
export function useOffered<Offered>(request: { key: string; load: (signal: AbortSignal) => Promise<Offered> } | null) {
  return useQuery({
    queryKey: ['offered', request?.key],
    queryFn: ({ signal }) => request!.load(signal),
    enabled: request !== null,
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
  })
}

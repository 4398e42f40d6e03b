'use client'
import { useState } from 'react'
import { Controller, useFormContext, useWatch } from 'react-hook-form'
import { Field, FieldGroup, FieldRow } from '#components/form/field.tsx'
import { NumberInput, PriceInput } from '#components/form/number-input.tsx'
import { regionNames } from '#components/prompt/model-words.ts'
import { Combobox, type Suggestion } from '#components/ui/combobox.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { freeSlug, type ModelView, type OfferedModel, priceExample, regions, slugFromName } from '#lib/models/schema.ts'
import type { FieldWords } from './fields-connection.tsx'
import type { FormReading, ModelFormValues } from './form-values.ts'

export interface OfferedList {
  models: readonly OfferedModel[]
  loading: boolean
  /** Asks for the listing, when it can be asked for. */
  ask: () => void
}

export function GeneralFields({
  words,
  offered,
  namesakes,
}: {
  words: FieldWords
  offered: OfferedList
  /** Other models of the same name. */
  namesakes: readonly ModelView[]
}) {
  const { control, register, setValue, getValues } = useFormContext<ModelFormValues>()
  const description = useWatch({ control, name: 'description' })

  function chooseModel(id: string) {
    const before = getValues('modelId')
    setValue('modelId', id, { shouldTouch: true, shouldDirty: true })
    const model = offered.models.find((each) => each.id === id)
    if (!model) return
    // What the listing knows fills what is still empty, or what it filled for the model chosen before.
    const last = offered.models.find((each) => each.id === before)
    const fill = (field: 'inputPrice' | 'outputPrice' | 'cachedInputPrice' | 'imagePrice' | 'contextTokens') => {
      const now = getValues(field)
      if (now === '' || now === asText(last?.[field])) setValue(field, asText(model[field]))
    }
    for (const field of ['inputPrice', 'outputPrice', 'cachedInputPrice', 'imagePrice', 'contextTokens'] as const)
      fill(field)
    if (getValues('name') === '' || getValues('name') === before) setValue('name', id.split('/').at(-1) ?? id)
  }

  return (
    <FieldGroup title="General Settings">
      <FieldRow>
        <Field
          label="Model Name"
          name="name"
          required
          error={words.error('name')}
          warning={
            namesakes.length > 0 ? (
              <>
                Another model has this name. <SlugLine taken={namesakes.map((model) => model.slug)} />
              </>
            ) : undefined
          }
          help={<SlugLine taken={[]} />}
        >
          <Input autoComplete="off" placeholder="Custom Groq Llama 3.3" {...register('name')} />
        </Field>
        <Field
          label="Model ID"
          name="modelId"
          required
          error={words.error('modelId')}
          help={words.note('modelId') ?? 'As the server names it.'}
        >
          <Controller
            control={control}
            name="modelId"
            render={({ field }) => (
              <Combobox
                // The listing is asked for when somebody comes to choose, not with every key typed into the address.
                onFocus={offered.ask}
                mono
                name="modelId"
                value={field.value}
                onChange={chooseModel}
                onBlur={field.onBlur}
                loading={offered.loading}
                suggestions={offered.models.map(toSuggestion)}
                placeholder="llama-3.3-70b-versatile"
              />
            )}
          />
        </Field>
      </FieldRow>
      <SlugField words={words} />
      <FieldRow>
        <Field label="Region" name="region" required error={words.error('region')}>
          <Controller
            control={control}
            name="region"
            render={({ field }) => (
              <Select
                value={field.value}
                onChange={field.onChange}
                onBlur={field.onBlur}
                options={regions.map((value) => ({ value, label: regionNames[value] }))}
              />
            )}
          />
        </Field>
        <Field
          label="Description"
          name="description"
          error={words.error('description')}
          aside={description.length > 400 ? `${formatNumber(description.length)} of 500` : undefined}
        >
          <Textarea rows={1} placeholder="Optional" className="min-h-8 py-[5px]" {...register('description')} />
        </Field>
      </FieldRow>
    </FieldGroup>
  )
}

function SlugLine({ taken }: { taken: readonly string[] }) {
  const { control, setValue } = useFormContext<ModelFormValues>()
  const [name, modelId, slug] = useWatch({ control, name: ['name', 'modelId', 'slug'] })
  if (slug !== '') return null
  const derived = freeSlug(slugFromName(name, modelId), (candidate) => taken.includes(candidate))
  if (name.trim() === '') return 'What people read. Callers use an address made from it.'
  return (
    <>
      Callers use <span className="figures">{derived}</span> ·{' '}
      <button type="button" className="link" onClick={() => setValue('slug', derived, { shouldTouch: true })}>
        change
      </button>
    </>
  )
}

/** Shown once somebody asked to change the address. */
function SlugField({ words }: { words: FieldWords }) {
  const { control, register, setValue } = useFormContext<ModelFormValues>()
  const slug = useWatch({ control, name: 'slug' })
  const [opened, setOpened] = useState(false)
  if (slug === '' && !opened) return null
  return (
    <Field
      label="Address"
      name="slug"
      error={words.error('slug')}
      help={
        <>
          What callers put in <span className="figures">model</span> ·{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              setOpened(false)
              setValue('slug', '')
            }}
          >
            make it from the name
          </button>
        </>
      }
    >
      <Input mono autoComplete="off" spellCheck={false} {...register('slug', { onChange: () => setOpened(true) })} />
    </Field>
  )
}

export function AdvancedFields({ words, reading }: { words: FieldWords; reading: FormReading }) {
  const { control, register } = useFormContext<ModelFormValues>()
  const [type, inputPrice, outputPrice, imagePrice] = useWatch({
    control,
    name: ['type', 'inputPrice', 'outputPrice', 'imagePrice'],
  })
  const generates = type === 'chat' || type === 'completion'
  const pricesRead = !['inputPrice', 'outputPrice', 'imagePrice'].some((field) => reading.errors[field])
  return (
    <FieldGroup title="Advanced Configuration">
      <FieldRow>
        {generates && (
          <>
            <Field
              label="Max Tokens"
              name="maxTokens"
              error={words.error('maxTokens')}
              help="The most a call may answer. Higher values are lowered to it."
            >
              <NumberInput placeholder="no bound" {...register('maxTokens')} />
            </Field>
            <Field
              label="Temperature"
              name="temperature"
              error={words.error('temperature')}
              help="0 to 2, where the caller sends none."
            >
              <NumberInput decimal placeholder="the server’s own" {...register('temperature')} />
            </Field>
          </>
        )}
        {type === 'image' ? (
          <Field
            label="Price per image"
            name="imagePrice"
            error={words.error('imagePrice')}
            warning={words.warning('imagePrice')}
          >
            <PriceInput {...register('imagePrice')} />
          </Field>
        ) : (
          <>
            <Field
              label="Input Price (per 1M tokens)"
              name="inputPrice"
              error={words.error('inputPrice')}
              warning={words.warning('inputPrice')}
            >
              <PriceInput {...register('inputPrice')} />
            </Field>
            {generates && (
              <Field
                label="Output Price (per 1M tokens)"
                name="outputPrice"
                error={words.error('outputPrice')}
                warning={words.warning('outputPrice')}
              >
                <PriceInput {...register('outputPrice')} />
              </Field>
            )}
          </>
        )}
      </FieldRow>
      {pricesRead && (
        <p className="text-faint text-xs" aria-live="polite">
          {priceExample(type, {
            inputPrice: priceOrNull(inputPrice),
            outputPrice: priceOrNull(outputPrice),
            imagePrice: priceOrNull(imagePrice),
          })}
        </p>
      )}
    </FieldGroup>
  )

  // `readForm` has read the same text; only prices without an error come here.
  function priceOrNull(text: string): string | null {
    return text.trim() === '' ? null : text.trim()
  }
}

const asText = (value: string | number | null | undefined) =>
  value === null || value === undefined ? '' : String(value)

function toSuggestion(model: OfferedModel): Suggestion {
  const price =
    model.inputPrice !== null && model.outputPrice !== null ? `$${model.inputPrice} / $${model.outputPrice}` : undefined
  const context = model.contextTokens !== null ? `${formatNumber(model.contextTokens)} tokens` : undefined
  const hint = [context, price].filter(Boolean).join(' · ')
  return { value: model.id, ...(hint ? { hint } : {}) }
}

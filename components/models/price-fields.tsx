import type { Dispatch, SetStateAction } from 'react'
import { Field, FieldRow } from '#components/form/field.tsx'
import { Input } from '#components/ui/input.tsx'
import type { ModelView } from '#lib/models/schema.ts'

type PriceName = 'inputPrice' | 'cachedInputPrice' | 'outputPrice' | 'imagePrice'
const labels: Readonly<Record<PriceName, string>> = {
  inputPrice: 'Input Price (per 1M tokens)',
  cachedInputPrice: 'Cached input price (per 1M tokens)',
  outputPrice: 'Output Price (per 1M tokens)',
  imagePrice: 'Price per image',
}
/** Those that a Type is billed by. */
export const pricesOfType: Readonly<Record<ModelView['type'], readonly PriceName[]>> = {
  chat: ['inputPrice', 'outputPrice', 'cachedInputPrice'],
  completion: ['inputPrice', 'outputPrice', 'cachedInputPrice'],
  embedding: ['inputPrice'],
  image: ['imagePrice'],
}

/** The prices of a model, as they are typed. */
export function PriceFields({
  names,
  values,
  onChange,
  errors,
}: {
  names: readonly PriceName[]
  values: Readonly<Record<string, string>>
  onChange: Dispatch<SetStateAction<Record<string, string>>>
  errors: Readonly<Record<string, string>> | undefined
}) {
  return (
    <FieldRow>
      {names.map((name) => (
        <Field
          key={name}
          name={name}
          label={labels[name]}
          error={errors?.[name]}
          help="USD. Empty: unpriced."
          className={names.length % 2 === 1 && name === names.at(-1) ? 'sm:col-span-2' : undefined}
        >
          <Input
            mono
            prefix="$"
            inputMode="decimal"
            autoComplete="off"
            value={values[name] ?? ''}
            onChange={(event) => onChange((before) => ({ ...before, [name]: event.target.value }))}
          />
        </Field>
      ))}
    </FieldRow>
  )
}

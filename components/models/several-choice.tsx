'use client'
import { Search } from 'lucide-react'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { typeShort } from '#components/prompt/model-words.ts'
import { Button } from '#components/ui/button.tsx'
import { formatNumber, formatPrice } from '#components/ui/format.ts'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { CheckBox, Checkbox } from '#components/ui/toggles.tsx'
import { type CheckProblem, type OfferedModel, slugFromName } from '#lib/models/schema.ts'
import { intakeRowsMax } from './intake-api.ts'
import { RowFields } from './row-fields.tsx'
import { type Chosen, named, narrow, typeOf } from './several-rows.ts'

const shownMax = 200

/** What the server lists: searched, ticked, named. */
export function SeveralChoice({
  offered,
  problem,
  chosen,
  onChoose,
  onChange,
  onNamed,
  imageConsent,
  onImageConsent,
}: {
  offered: readonly OfferedModel[]
  /** Why there is no list. */
  problem: CheckProblem | null
  chosen: ReadonlyMap<string, Chosen>
  onChoose: (models: readonly OfferedModel[], on: boolean) => void
  onChange: (chosen: Chosen) => void
  onNamed: (models: readonly OfferedModel[]) => void
  imageConsent: boolean
  onImageConsent: (consent: boolean) => void
}) {
  const [search, setSearch] = useState('')
  const [byHand, setByHand] = useState('')
  const fitting = narrow(offered, search)
  const shown = fitting.slice(0, shownMax)
  const usable = shown.filter((model) => typeOf(model) !== null)
  const ticked = usable.filter((model) => chosen.has(model.id)).length
  const images = [...chosen.values()].filter(({ type }) => type === 'image').length

  return (
    <div className="grid min-w-0 gap-3">
      {offered.length === 0 && (
        <Notice tone="info" title="This server lists no models">
          {problem?.message ?? 'Name them yourself: one Model ID a line.'}
        </Notice>
      )}
      {offered.length > 0 && (
        <>
          <div className="flex flex-wrap items-center gap-2">
            <Input
              type="search"
              aria-label="Search Model ID"
              placeholder="Search Model ID"
              prefix={<Search aria-hidden="true" />}
              className="w-full sm:w-80"
              value={search}
              maxLength={200}
              onChange={(event) => setSearch(event.target.value)}
            />
            <span className="ml-auto text-muted text-sm" aria-live="polite">
              {formatNumber(fitting.length)} of {formatNumber(offered.length)} listed
            </span>
          </div>
          <div className="min-w-0 rounded-xl border">
            <div className="flex items-center gap-3 border-b px-3 py-2 text-muted text-sm">
              <CheckBox
                label="Select all shown"
                checked={ticked === 0 ? false : ticked === usable.length ? true : 'indeterminate'}
                onChange={(on) => onChoose(usable, on)}
              />
              <span>Select all shown{usable.length > intakeRowsMax ? `, up to ${intakeRowsMax}` : ''}</span>
            </div>
            <ul
              className="max-h-[50dvh] divide-y overflow-y-auto overscroll-contain"
              aria-label="Models of this server"
            >
              {shown.map((model) => (
                <OfferedRow
                  key={model.id}
                  model={model}
                  chosen={chosen.get(model.id)}
                  full={chosen.size >= intakeRowsMax}
                  onChoose={(on) => onChoose([model], on)}
                  onChange={onChange}
                />
              ))}
              {fitting.length > shown.length && (
                <li className="px-3 py-2 text-faint text-sm">
                  {formatNumber(fitting.length - shown.length)} more. Type to narrow.
                </li>
              )}
              {fitting.length === 0 && <li className="px-3 py-6 text-center text-muted text-sm">No Model ID fits.</li>}
            </ul>
          </div>
        </>
      )}
      <Field
        label={offered.length > 0 ? 'Not in the list?' : 'Model IDs'}
        name="byHand"
        help="One Model ID a line, as the server names it."
      >
        <Textarea
          mono
          rows={offered.length > 0 ? 1 : 4}
          value={byHand}
          onChange={(event) => setByHand(event.target.value)}
        />
      </Field>
      {byHand.trim() !== '' && (
        <Button
          className="justify-self-start"
          onClick={() => {
            const models = named(byHand, offered)
            onNamed(models)
            onChoose(models, true)
            setByHand('')
          }}
        >
          Put into the list
        </Button>
      )}
      {images > 0 && (
        <Checkbox
          checked={imageConsent}
          onChange={onImageConsent}
          label={`Make 3 pictures with ${images === 1 ? 'the image model' : `each of the ${images} image models`} to see what it does`}
          help="At the server’s own price. Nothing is charged before you agree; without it image models are not added."
        />
      )}
    </div>
  )
}

function OfferedRow({
  model,
  chosen,
  full,
  onChoose,
  onChange,
}: {
  model: OfferedModel
  chosen: Chosen | undefined
  full: boolean
  onChoose: (on: boolean) => void
  onChange: (chosen: Chosen) => void
}) {
  const type = typeOf(model)
  const facts = [
    type ? typeShort[chosen?.type ?? type] : 'no chat, completion, embedding or image model',
    model.contextTokens !== null && `${formatNumber(model.contextTokens)} tokens`,
    type !== 'image' &&
      (model.inputPrice !== null || model.outputPrice !== null) &&
      `${formatPrice(model.inputPrice)} / ${formatPrice(model.outputPrice)}`,
    model.imagePrice !== null && type === 'image' && `${formatPrice(model.imagePrice)} a picture`,
  ].filter(Boolean)
  return (
    <li className="flex min-w-0 items-start gap-3 px-3 py-2 text-sm">
      <span className="pt-0.5">
        <CheckBox
          label={`Select ${model.id}`}
          checked={chosen !== undefined}
          disabled={type === null || (full && !chosen)}
          onChange={onChoose}
        />
      </span>
      <div className="min-w-0 flex-1">
        <p className="figures break-all">{model.id}</p>
        <p className="text-faint text-xs">{facts.join(' · ')}</p>
        {chosen && (
          <RowFields
            what={model.id}
            name={chosen.name}
            slug={chosen.slug}
            type={chosen.type}
            derivedSlug={slugFromName(chosen.name, model.id)}
            onChange={(change) => onChange({ ...chosen, ...change })}
          />
        )}
      </div>
    </li>
  )
}

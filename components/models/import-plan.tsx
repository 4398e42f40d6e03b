'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { typeShort } from '#components/prompt/model-words.ts'
import { Badge } from '#components/ui/badge.tsx'
import { formatPrice } from '#components/ui/format.ts'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { SecretInput } from '#components/ui/secret-input.tsx'
import { Select } from '#components/ui/select.tsx'
import { CheckBox, Checkbox } from '#components/ui/toggles.tsx'
import { type AskView, type ModelType, type PlanRowView, type PlanView, slugFromName } from '#lib/models/schema.ts'
import { RowFields } from './row-fields.tsx'

/** What a person changed of a row. */
export interface RowChange {
  name?: string
  slug?: string
  type?: ModelType
}

/** What a file would become: the questions, the models, what is left out. */
export function ImportPlan({
  plan,
  dropped,
  onDrop,
  changes,
  onChange,
  answers,
  onAnswer,
  errors,
  onConflict,
  onOnConflict,
  imageConsent,
  onImageConsent,
}: {
  plan: PlanView
  dropped: ReadonlySet<string>
  onDrop: (dropped: ReadonlySet<string>) => void
  changes: Readonly<Record<string, RowChange>>
  onChange: (key: string, change: RowChange) => void
  answers: Readonly<Record<string, string>>
  onAnswer: (id: string, value: string) => void
  errors: Readonly<Record<string, string>>
  onConflict: 'skip' | 'rename'
  onOnConflict: (choice: 'skip' | 'rename') => void
  imageConsent: boolean
  onImageConsent: (consent: boolean) => void
}) {
  const usable = plan.rows.filter((row) => row.problem === null)
  const wanted = usable.filter((row) => !dropped.has(row.key))
  const asked = new Set(wanted.flatMap((row) => row.asks))
  const asks = plan.asks.filter((ask) => asked.has(ask.id))
  const conflicts = wanted.filter((row) => row.conflict !== null).length
  const images = wanted.filter((row) => (changes[row.key]?.type ?? row.type) === 'image').length

  return (
    <div className="grid min-w-0 gap-5">
      {asks.length > 0 && (
        <section className="grid gap-3" aria-labelledby="asks">
          <h3 id="asks" className="font-medium text-muted text-xs">
            What the file does not hold
          </h3>
          <div className="grid gap-3 sm:grid-cols-2">
            {asks.map((ask) => (
              <Ask
                key={ask.id}
                ask={ask}
                value={answers[ask.id] ?? ''}
                error={errors[`answers.${ask.id}`]}
                onChange={(value) => onAnswer(ask.id, value)}
              />
            ))}
          </div>
        </section>
      )}
      {conflicts > 0 && (
        <Notice
          tone="warn"
          title={conflicts === 1 ? 'The address of 1 model is taken' : `The addresses of ${conflicts} models are taken`}
          action={
            <Select
              label="Where an address is taken"
              className="w-64"
              value={onConflict}
              onChange={(choice) => onOnConflict(choice as 'skip' | 'rename')}
              options={[
                { value: 'skip', label: 'Leave those models out' },
                { value: 'rename', label: 'Add them under another address' },
              ]}
            />
          }
        />
      )}
      <section className="grid min-w-0 gap-2" aria-labelledby="rows">
        <div className="flex items-center gap-3 px-3 text-muted text-sm">
          <CheckBox
            label="Select all"
            checked={wanted.length === 0 ? false : wanted.length === usable.length ? true : 'indeterminate'}
            onChange={(on) => onDrop(new Set(on ? [] : usable.map((row) => row.key)))}
          />
          <h3 id="rows" className="font-medium text-xs">
            {usable.length === 1 ? '1 model' : `${usable.length} models`} can be added
          </h3>
        </div>
        <ul className="min-w-0 divide-y rounded-xl border" aria-labelledby="rows">
          {plan.rows.map((row) => (
            <PlanRow
              key={row.key}
              row={row}
              change={changes[row.key] ?? {}}
              checked={row.problem === null && !dropped.has(row.key)}
              onCheck={(on) => {
                const next = new Set(dropped)
                if (on) next.delete(row.key)
                else next.add(row.key)
                onDrop(next)
              }}
              onChange={(change) => onChange(row.key, change)}
            />
          ))}
        </ul>
      </section>
      {images > 0 && (
        <Checkbox
          checked={imageConsent}
          onChange={onImageConsent}
          label={`Make 3 pictures with ${images === 1 ? 'the image model' : `each of the ${images} image models`} to see what it does`}
          help="At the server’s own price. Nothing is charged before you agree; without it image models are not added."
        />
      )}
      {plan.skipped.length > 0 && (
        <section className="grid gap-2" aria-labelledby="skipped">
          <h3 id="skipped" className="font-medium text-muted text-xs">
            {plan.skipped.length === 1 ? '1 entry is left out' : `${plan.skipped.length} entries are left out`}
          </h3>
          <ul className="divide-y rounded-xl border text-sm">
            {plan.skipped.map((entry, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: entries may be equal, and never move
              <li key={index} className="px-3 py-2">
                <span className="break-all font-medium">{entry.name}</span>{' '}
                <span className="figures break-all text-faint text-xs">{entry.modelId}</span>
                <p className="text-muted text-xs">{entry.reason}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {plan.notes.length > 0 && (
        <section className="grid gap-1 text-muted text-xs" aria-labelledby="notes">
          <h3 id="notes" className="font-medium">
            Also in the file
          </h3>
          {plan.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </section>
      )}
    </div>
  )
}

function Ask({
  ask,
  value,
  error,
  onChange,
}: {
  ask: AskView
  value: string
  error: string | undefined
  onChange: (value: string) => void
}) {
  return (
    <Field
      label={<span className="break-all">{ask.label}</span>}
      name={`answers.${ask.id}`}
      required={!ask.optional}
      error={error}
      help={ask.help}
      aside={ask.usedBy === 1 ? 'for 1 model' : `for ${ask.usedBy} models`}
    >
      {ask.kind === 'key' ? (
        <SecretInput value={value} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Input
          mono
          autoComplete="off"
          spellCheck={false}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

function PlanRow({
  row,
  change,
  checked,
  onCheck,
  onChange,
}: {
  row: PlanRowView
  change: RowChange
  checked: boolean
  onCheck: (on: boolean) => void
  onChange: (change: RowChange) => void
}) {
  const [open, setOpen] = useState(false)
  const name = change.name ?? row.name
  const hasPrices = row.inputPrice !== null || row.outputPrice !== null
  return (
    <li className="flex min-w-0 items-start gap-3 px-3 py-2.5 text-sm">
      <span className="pt-0.5">
        <CheckBox label={`Select ${row.name}`} checked={checked} disabled={row.problem !== null} onChange={onCheck} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="min-w-0 break-words font-medium">{name}</span>
          {row.aliases.map((alias) => (
            <Badge key={alias} tone="outline" className="figures">
              {alias}
            </Badge>
          ))}
          {row.groups.map((group) => (
            <Badge key={group.address} tone="info" className="figures">
              {group.address} · weight {group.weight}
            </Badge>
          ))}
        </p>
        <p className="figures break-all text-faint text-xs">
          {row.modelId} · {row.baseUrl || 'address asked for'}
          {hasPrices && ` · ${formatPrice(row.inputPrice)} / ${formatPrice(row.outputPrice)}`}
        </p>
        {row.problem && <p className="text-bad text-xs">{row.problem}</p>}
        {row.conflict && checked && <p className="text-warn text-xs">{row.conflict}</p>}
        {row.notes.map((note) => (
          <p key={note} className="text-muted text-xs">
            {note}
          </p>
        ))}
        {checked && open && (
          <RowFields
            what={row.name}
            name={name}
            slug={change.slug ?? row.slug}
            type={change.type ?? row.type}
            derivedSlug={slugFromName(name, row.modelId)}
            onChange={onChange}
          />
        )}
      </div>
      {checked && (
        <span className="shrink-0 text-right text-muted text-xs">
          {typeShort[change.type ?? row.type]} ·{' '}
          <button type="button" className="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'done' : 'change'}
            <span className="sr-only"> {row.name}</span>
          </button>
        </span>
      )}
    </li>
  )
}

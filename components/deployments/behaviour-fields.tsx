'use client'
import { useState } from 'react'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { readFigure } from '#components/prompt/parameters.ts'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { Variant } from '#lib/deployments/schema.ts'
import { readCodes } from './behaviour.ts'

const counts = ['0', '1', '2', '3', '4', '5'] as const

/** How often it is tried again, how long it may take, and how long an answer is kept. */
export function BehaviourFields({
  variant: { retry, timeouts, cacheSeconds },
  onChange,
}: {
  variant: Variant
  onChange: (change: Partial<Variant>) => void
}) {
  const count = String(retry?.count ?? 0) as (typeof counts)[number]
  const setTime = (name: keyof Variant['timeouts'], seconds: number | undefined) => {
    const { [name]: _, ...rest } = timeouts
    onChange({ timeouts: seconds === undefined ? rest : { ...rest, [name]: Math.round(seconds * 1_000) } })
  }
  return (
    <div className="grid gap-5">
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Retries" help="Of each model, before the next one is asked.">
          <Segmented
            size="sm"
            value={count}
            onChange={(next) =>
              onChange({ retry: next === '0' ? null : { count: Number(next), onCodes: retry?.onCodes ?? null } })
            }
            options={counts.map((value) => ({ value, label: value }))}
            className="w-fit"
          />
        </Field>
        {retry && (
          <Codes codes={retry.onCodes} onChange={(onCodes) => onChange({ retry: { count: retry.count, onCodes } })} />
        )}
      </div>
      <FieldGroup title="Times" detail="Left empty, those of the model hold. A caller may ask for shorter ones.">
        <div className="grid gap-3 sm:grid-cols-3">
          <Seconds label="In all" value={timeouts.callMs} onChange={(seconds) => setTime('callMs', seconds)} />
          <Seconds
            label="To the first byte"
            value={timeouts.firstByteMs}
            onChange={(seconds) => setTime('firstByteMs', seconds)}
          />
          <Seconds label="Between bytes" value={timeouts.idleMs} onChange={(seconds) => setTime('idleMs', seconds)} />
        </div>
      </FieldGroup>
      <div className="grid gap-3 sm:grid-cols-3">
        <Figure
          label="Cache"
          unit="s"
          help="Equal calls are answered from it for so long, for nothing. Empty: never."
          value={cacheSeconds ?? undefined}
          bounds={{ kind: 'whole', min: 1, max: 259_200 }}
          onChange={(seconds) => onChange({ cacheSeconds: seconds ?? null })}
        />
      </div>
    </div>
  )
}

function Codes({ codes, onChange }: { codes: number[] | null; onChange: (codes: number[] | null) => void }) {
  const stands = codes?.join(', ') ?? ''
  const [typed, setTyped] = useState({ text: stands, stands })
  // Changed from elsewhere.
  if (typed.stands !== stands) setTyped({ text: stands, stands })
  return (
    <Field
      label="After these statuses"
      help="Such as 429, 503. Empty: after every failure that may be tried again."
      error={readCodes(typed.text).problem}
    >
      <Input
        mono
        value={typed.text}
        maxLength={200}
        autoComplete="off"
        placeholder="every one"
        onChange={({ target }) => {
          const read = readCodes(target.value)
          setTyped({ text: target.value, stands: read.codes?.join(', ') ?? '' })
          onChange(read.codes)
        }}
      />
    </Field>
  )
}

function Seconds({
  label,
  value,
  onChange,
}: {
  label: string
  /** In milliseconds. */
  value: number | undefined
  onChange: (seconds: number | undefined) => void
}) {
  return (
    <Figure
      label={label}
      unit="s"
      value={value === undefined ? undefined : value / 1_000}
      bounds={{ kind: 'decimal', min: 0.001, max: 3_600 }}
      onChange={onChange}
    />
  )
}

function Figure({
  label,
  unit,
  help,
  value,
  bounds,
  onChange,
}: {
  label: string
  unit: string
  help?: string
  value: number | undefined
  bounds: Parameters<typeof readFigure>[1]
  onChange: (value: number | undefined) => void
}) {
  const [typed, setTyped] = useState({ text: value === undefined ? '' : String(value), stands: value })
  // Changed from elsewhere.
  if (typed.stands !== value) setTyped({ text: value === undefined ? '' : String(value), stands: value })
  return (
    <Field
      label={label}
      help={help}
      error={readFigure(typed.text, bounds).problem?.replace('is not sent', 'does not count')}
    >
      <NumberInput
        decimal={bounds.kind === 'decimal'}
        value={typed.text}
        maxLength={12}
        placeholder="not set"
        suffix={<span className="pr-1.5">{unit}</span>}
        onChange={({ target }) => {
          const read = readFigure(target.value, bounds)
          setTyped({ text: target.value, stands: read.value })
          onChange(read.value)
        }}
      />
    </Field>
  )
}

'use client'
import { useId, useState } from 'react'
import { Button } from './button.tsx'
import { Input } from './input.tsx'
import { type RangeValue, shiftDay } from './range.ts'

/** Two days from a calendar, both part of the range. */
export function RangeDays({ value, onChoose }: { value: RangeValue; onChoose: (value: RangeValue) => void }) {
  const [first, setFirst] = useState(value.from?.slice(0, 10) ?? '')
  const [last, setLast] = useState(value.to?.length === 10 ? shiftDay(value.to, -1) : (value.to?.slice(0, 10) ?? ''))
  const isBackwards = first !== '' && last !== '' && last < first
  return (
    <form
      className="mt-1 grid gap-2 border-t px-2 pt-2.5 pb-1.5"
      onSubmit={(event) => {
        event.preventDefault()
        if (isBackwards || (first === '' && last === '')) return
        onChoose({ range: null, from: first || null, to: last === '' ? null : shiftDay(last, 1) })
      }}
    >
      <div className="grid grid-cols-2 gap-2">
        <Day label="From" value={first} onChange={setFirst} />
        <Day label="Up to and with" value={last} onChange={setLast} invalid={isBackwards} />
      </div>
      <p role="status" className="text-bad text-xs empty:hidden">
        {isBackwards ? 'The last day lies before the first.' : ''}
      </p>
      <Button type="submit" disabled={isBackwards || (first === '' && last === '')}>
        Show these days
      </Button>
    </form>
  )
}

function Day({
  label,
  value,
  onChange,
  invalid = false,
}: {
  label: string
  value: string
  onChange: (day: string) => void
  invalid?: boolean
}) {
  const id = useId()
  return (
    <label htmlFor={id} className="grid gap-1 text-muted text-xs">
      {label}
      <Input
        id={id}
        type="date"
        min="2020-01-01"
        max="2099-12-31"
        value={value}
        aria-invalid={invalid || undefined}
        onChange={(event) => onChange(event.target.value)}
        className="px-1.5 text-sm"
      />
    </label>
  )
}

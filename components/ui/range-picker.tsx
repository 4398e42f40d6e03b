'use client'
import { CalendarRange, Check, ChevronDown } from 'lucide-react'
import { useId, useState } from 'react'
import { Button } from './button.tsx'
import { cn } from './cn.ts'
import { Input } from './input.tsx'
import { Popover } from './popover.tsx'
import { type NamedRange, type RangeValue, rangeText, rangeWords, shiftDay } from './range.ts'
import { useTimeZone } from './time.tsx'

/** Which span of time a page shows: a name, or days from a calendar. */
export function RangePicker({
  value,
  onChange,
  ranges,
  timeZone,
  none,
  className,
}: {
  value: RangeValue
  onChange: (value: RangeValue) => void
  ranges: readonly NamedRange[]
  /** In which days begin; without it the person's zone. */
  timeZone?: string | undefined
  /** Offered as no range at all: "Any time". */
  none?: string
  className?: string
}) {
  const personZone = useTimeZone()
  const [open, setOpen] = useState(false)
  const isCustom = value.from !== null || value.to !== null

  function choose(next: RangeValue) {
    onChange(next)
    setOpen(false)
  }

  return (
    <Popover
      label="Time range"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-80 p-1"
      trigger={
        <Button className={cn('max-w-full', className)}>
          <CalendarRange aria-hidden="true" className="text-faint" />
          <span className="sr-only">Time range:</span>
          <span className="truncate">{rangeText(value, timeZone ?? personZone, none ?? 'Choose')}</span>
          <ChevronDown aria-hidden="true" className="text-faint" />
        </Button>
      }
    >
      <ul>
        {none !== undefined && (
          <Choice on={!isCustom && value.range === null} onChoose={() => choose({ range: null, from: null, to: null })}>
            {none}
          </Choice>
        )}
        {ranges.map((range) => (
          <Choice
            key={range}
            on={!isCustom && value.range === range}
            onChoose={() => choose({ range, from: null, to: null })}
          >
            {rangeWords[range]}
          </Choice>
        ))}
      </ul>
      <Days value={value} onChoose={choose} />
    </Popover>
  )
}

function Choice({ on, onChoose, children }: { on: boolean; onChoose: () => void; children: string }) {
  return (
    <li>
      <button
        type="button"
        aria-current={on ? 'true' : undefined}
        data-autofocus={on || undefined}
        onClick={onChoose}
        className="flex min-h-8 w-full items-center gap-2 rounded-md px-2 text-left text-sm -outline-offset-2 hover:bg-surface-3"
      >
        <Check aria-hidden="true" className={cn('size-4 text-accent', !on && 'invisible')} />
        {children}
      </button>
    </li>
  )
}

function Days({ value, onChoose }: { value: RangeValue; onChoose: (value: RangeValue) => void }) {
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

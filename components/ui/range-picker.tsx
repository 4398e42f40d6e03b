'use client'
import { CalendarRange, Check, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button.tsx'
import { cn } from './cn.ts'
import { onDemand, useOnDemand } from './on-demand.ts'
import { Popover } from './popover.tsx'
import { type NamedRange, type RangeValue, rangeText, rangeWords } from './range.ts'
import { useTimeZone } from './time.tsx'

// Fetched with the first picker that is opened.
const days = onDemand(() => import('./range-days.tsx'))

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
  const part = useOnDemand(days, open)
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
        <Button onPointerEnter={days.warm} onFocus={days.warm} className={cn('max-w-full', className)}>
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
      {part && <part.RangeDays value={value} onChoose={choose} />}
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

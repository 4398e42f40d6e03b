'use client'
import { Command } from 'cmdk'
import { Check } from 'lucide-react'
import { cn } from './cn.ts'
import type { Filter } from './filter-chips.tsx'

/** The values of a filter, to search and to tick. */
export function OptionList({
  filter,
  chosen,
  onChange,
  onDone,
}: {
  filter: Filter
  chosen: readonly string[]
  onChange: (chosen: readonly string[]) => void
  onDone: () => void
}) {
  const options = filter.options ?? []
  const several = filter.several ?? true

  function toggle(value: string) {
    const without = chosen.filter((each) => each !== value)
    if (several) onChange(without.length === chosen.length ? [...chosen, value] : without)
    else {
      onChange(without.length === chosen.length ? [value] : [])
      onDone()
    }
  }

  return (
    <Command label={filter.label} className="outline-none">
      <Command.Input
        placeholder={filter.placeholder ?? `Search ${filter.label.toLowerCase()}`}
        className={cn(
          'mb-1 h-8 w-full rounded-md bg-surface-2 px-2 text-sm outline-none',
          options.length < 8 && 'sr-only',
        )}
      />
      <Command.List className="max-h-64 overflow-y-auto">
        <Command.Empty className="px-2 py-3 text-center text-muted text-sm">Nothing fits</Command.Empty>
        {options.map((option) => {
          const isChosen = chosen.includes(option.value)
          return (
            <Command.Item
              key={option.value}
              value={option.value}
              keywords={[option.label]}
              onSelect={() => toggle(option.value)}
              className="flex min-h-8 cursor-default select-none items-center gap-2 rounded-md px-2 text-sm data-[selected=true]:bg-surface-3"
            >
              <span
                className={cn(
                  'grid size-4 place-items-center border',
                  several ? 'rounded-sm' : 'rounded-full',
                  isChosen ? 'border-accent bg-accent text-accent-ink' : 'border-line-field',
                )}
              >
                {isChosen && <Check className="size-3" strokeWidth={3} />}
              </span>
              {option.label}
              {isChosen && <span className="sr-only">, chosen</span>}
              {option.hint && <span className="ml-auto text-faint text-xs">{option.hint}</span>}
            </Command.Item>
          )
        })}
      </Command.List>
    </Command>
  )
}

'use client'
import { Command } from 'cmdk'
import { Check, Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button.tsx'
import { cn } from './cn.ts'
import { Input } from './input.tsx'
import { Popover } from './popover.tsx'
import type { Option } from './select.tsx'

export interface Filter {
  id: string
  label: string
  /** Without options the value is typed. */
  options?: readonly Option[]
  /** Several values at once. Default with options. */
  several?: boolean
  placeholder?: string
}

/** Chosen values by filter id. A filter without values is absent. */
export type FilterValues = Readonly<Record<string, readonly string[]>>

/** Filters as chips: dashed ones can be added, solid ones are on and can be changed or removed. */
export function FilterChips({
  filters,
  values,
  onChange,
  className,
}: {
  filters: readonly Filter[]
  values: FilterValues
  onChange: (values: FilterValues) => void
  className?: string
}) {
  const on = filters.filter((filter) => values[filter.id]?.length)
  const off = filters.filter((filter) => !values[filter.id]?.length)

  function set(id: string, chosen: readonly string[]) {
    const { [id]: _, ...others } = values
    onChange(chosen.length > 0 ? { ...others, [id]: chosen } : others)
  }

  return (
    <div className={cn('flex flex-wrap items-center gap-2', className)}>
      {[...on, ...off].map((filter) => (
        <FilterChip
          key={filter.id}
          filter={filter}
          chosen={values[filter.id] ?? []}
          onChange={(chosen) => set(filter.id, chosen)}
        />
      ))}
      {on.length > 0 && (
        <Button variant="quiet" onClick={() => onChange({})}>
          Clear
        </Button>
      )}
    </div>
  )
}

function FilterChip({
  filter,
  chosen,
  onChange,
}: {
  filter: Filter
  chosen: readonly string[]
  onChange: (chosen: readonly string[]) => void
}) {
  const [open, setOpen] = useState(false)
  const words = chosen.map((value) => filter.options?.find((option) => option.value === value)?.label ?? value)
  const isOn = chosen.length > 0
  return (
    <span
      className={cn(
        'inline-flex h-8 max-w-72 items-stretch rounded-lg border text-sm',
        isOn ? 'border-line-strong bg-surface-1' : 'border-line-strong border-dashed',
      )}
    >
      <Popover
        label={filter.label}
        open={open}
        onOpenChange={setOpen}
        className="w-64 p-1"
        trigger={
          <button
            type="button"
            className={cn(
              'flex min-w-0 items-center gap-1.5 rounded-lg px-2.5 hover:text-ink',
              isOn ? 'pr-1 text-ink' : 'text-muted',
            )}
          >
            {isOn ? (
              <>
                <span className="text-muted">{filter.label}</span>
                <span className="truncate font-medium">
                  {words.length > 2 ? `${words.length} chosen` : words.join(', ')}
                </span>
              </>
            ) : (
              <>
                <Plus className="size-3.5" aria-hidden="true" />
                {filter.label}
              </>
            )}
          </button>
        }
      >
        {filter.options ? (
          <OptionList filter={filter} chosen={chosen} onChange={onChange} onDone={() => setOpen(false)} />
        ) : (
          <TypedValue
            filter={filter}
            value={chosen[0] ?? ''}
            onDone={(value) => {
              onChange(value ? [value] : [])
              setOpen(false)
            }}
          />
        )}
      </Popover>
      {isOn && (
        <button
          type="button"
          aria-label={`Remove the filter ${filter.label}`}
          onClick={() => onChange([])}
          className="grid w-7 place-items-center rounded-lg text-faint hover:text-ink"
        >
          <X className="size-3.5" />
        </button>
      )}
    </span>
  )
}

function OptionList({
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

function TypedValue({ filter, value, onDone }: { filter: Filter; value: string; onDone: (value: string) => void }) {
  const [text, setText] = useState(value)
  return (
    <form
      className="flex gap-2 p-1"
      onSubmit={(event) => {
        event.preventDefault()
        onDone(text.trim())
      }}
    >
      <Input
        aria-label={filter.label}
        value={text}
        maxLength={200}
        placeholder={filter.placeholder}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit">Apply</Button>
    </form>
  )
}

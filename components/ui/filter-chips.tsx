'use client'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button.tsx'
import { cn } from './cn.ts'
import { Input } from './input.tsx'
import { onDemand, useOnDemand } from './on-demand.ts'
import { Popover } from './popover.tsx'
import type { Option } from './select.tsx'

const optionList = onDemand(() => import('./option-list.tsx'))

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
  const [asked, setOpen] = useState(false)
  const list = useOnDemand(optionList, asked && filter.options !== undefined)
  const open = asked && (list !== undefined || filter.options === undefined)
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
            onPointerEnter={filter.options && optionList.warm}
            onFocus={filter.options && optionList.warm}
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
        {filter.options && list ? (
          <list.OptionList filter={filter} chosen={chosen} onChange={onChange} onDone={() => setOpen(false)} />
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

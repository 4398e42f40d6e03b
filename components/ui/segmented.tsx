'use client'
import { useContext, useId } from 'react'
import { cn } from './cn.ts'
import { FieldContext } from './field-context.ts'

/** One of two to five short words, all visible. Arrow keys move the choice. */
export function Segmented<Value extends string>({
  value,
  onChange,
  options,
  label,
  size = 'md',
  fill = false,
  disabled,
  className,
}: {
  value: Value
  onChange: (value: Value) => void
  options: readonly { value: Value; label: string; disabled?: boolean }[]
  /** Needed where no field labels it. */
  label?: string
  size?: 'md' | 'sm'
  /** As wide as its place; four and more words stand in two rows on a small screen. */
  fill?: boolean
  disabled?: boolean
  className?: string
}) {
  const field = useContext(FieldContext)
  const name = useId()
  return (
    <div
      role="radiogroup"
      id={field?.id}
      aria-label={field ? undefined : label}
      aria-labelledby={field?.labelId}
      aria-describedby={field?.describedBy}
      className={cn(
        'inline-flex rounded-lg border border-line-strong bg-surface-2 p-0.5',
        fill && 'flex w-full',
        fill && options.length > 3 && 'max-sm:grid max-sm:grid-cols-2',
        className,
      )}
    >
      {options.map((option) => (
        <label
          key={option.value}
          className={cn(
            'relative grid flex-1 place-items-center rounded-md px-2.5 font-medium text-muted text-sm whitespace-nowrap transition-colors hover:text-ink has-disabled:opacity-50 has-checked:bg-surface-1 has-checked:text-ink has-checked:shadow-[0_0_0_1px_var(--line-strong),0_1px_2px_var(--shadow-near)] dark:has-checked:bg-surface-3',
            size === 'sm' ? 'h-6' : 'h-[26px]',
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={disabled || option.disabled}
            onChange={() => onChange(option.value)}
            className="absolute inset-0 appearance-none rounded-md"
          />
          {option.label}
        </label>
      ))}
    </div>
  )
}

'use client'
import { Check, ChevronDown } from 'lucide-react'
import { Select as Radix } from 'radix-ui'
import { type ComponentProps, useContext } from 'react'
import { cn } from './cn.ts'
import { FieldContext, useFieldControl } from './field-context.ts'
import { floatStyles } from './float.ts'
import { controlStyles } from './input.tsx'

export interface Option {
  value: string
  label: string
  /** A quiet word beside the label. */
  hint?: string
  disabled?: boolean
}

export interface SelectProps extends Pick<ComponentProps<typeof Radix.Root>, 'name' | 'disabled' | 'required'> {
  /** `''` is nothing chosen; no option may have it. */
  value: string
  onChange: (value: string) => void
  options: readonly Option[]
  placeholder?: string
  /** Needed where no field labels it. */
  label?: string
  size?: 'md' | 'sm'
  className?: string
  onBlur?: () => void
}

/** One of a short, fixed list. For long or open lists there is `Combobox`. */
export function Select({
  value,
  onChange,
  options,
  placeholder = 'Choose',
  label,
  size = 'md',
  className,
  onBlur,
  ...rest
}: SelectProps) {
  const wiring = useFieldControl()
  const field = useContext(FieldContext)
  return (
    <Radix.Root {...rest} value={value} onValueChange={onChange}>
      <Radix.Trigger
        {...wiring}
        aria-label={field ? undefined : label}
        onBlur={onBlur}
        className={cn(
          controlStyles,
          'flex items-center justify-between gap-2 px-2.5 text-left focus-visible:border-accent data-placeholder:text-faint',
          size === 'sm' ? 'h-7 rounded-md text-sm' : 'h-8',
          className,
        )}
      >
        <span className="truncate">
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown className="size-4 shrink-0 text-faint" aria-hidden="true" />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          position="popper"
          sideOffset={4}
          collisionPadding={8}
          className={cn(
            floatStyles,
            'max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden',
          )}
        >
          <Radix.Viewport className="max-h-80 p-1">
            {options.map((option) => (
              <Radix.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled}
                // Drawn, not written: the chosen option's text is also the value shown in the box.
                data-hint={option.hint}
                className="flex min-h-8 cursor-default select-none items-center gap-2 rounded-md py-1.5 pr-2 pl-7 text-sm outline-none after:ml-auto after:pl-4 after:text-faint after:text-xs after:content-[attr(data-hint)] data-disabled:opacity-50 data-highlighted:bg-surface-3"
              >
                <Radix.ItemIndicator className="absolute left-3">
                  <Check className="size-4 text-accent" />
                </Radix.ItemIndicator>
                <Radix.ItemText>{option.label}</Radix.ItemText>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

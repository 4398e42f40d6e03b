'use client'
import { Check, Minus } from 'lucide-react'
import { Checkbox as Radix, Switch as RadixSwitch } from 'radix-ui'
import { type ReactNode, useId } from 'react'
import { cn } from './cn.ts'

export interface ToggleProps {
  checked: boolean
  onChange: (checked: boolean) => void
  label: ReactNode
  /** A quiet line below the label. */
  help?: ReactNode
  disabled?: boolean
  name?: string
  className?: string
}

const boxStyles =
  'relative grid size-4 shrink-0 place-items-center rounded-sm border border-line-field bg-surface-1 text-accent-ink transition-colors after:absolute after:-inset-1 hover:border-muted disabled:cursor-not-allowed disabled:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent'

/** The bare box, for table rows: its name is read out and not shown. */
export function CheckBox({
  checked,
  onChange,
  label,
  disabled,
}: {
  checked: boolean | 'indeterminate'
  onChange: (checked: boolean) => void
  label: string
  disabled?: boolean
}) {
  return (
    <Radix.Root
      checked={checked}
      onCheckedChange={(next) => onChange(next === true)}
      aria-label={label}
      disabled={disabled}
      className={boxStyles}
    >
      <Radix.Indicator>
        {checked === 'indeterminate' ? <Minus className="size-3" /> : <Check className="size-3" strokeWidth={3} />}
      </Radix.Indicator>
    </Radix.Root>
  )
}

export function Checkbox({ checked, onChange, label, help, disabled, name, className }: ToggleProps) {
  const id = useId()
  return (
    <div className={cn('flex items-start gap-2', className)}>
      <Radix.Root
        id={id}
        name={name}
        checked={checked}
        disabled={disabled}
        onCheckedChange={(next) => onChange(next === true)}
        aria-describedby={help ? `${id}-help` : undefined}
        className={cn(boxStyles, 'mt-0.5')}
      >
        <Radix.Indicator>
          <Check className="size-3" strokeWidth={3} />
        </Radix.Indicator>
      </Radix.Root>
      <ToggleText id={id} label={label} help={help} />
    </div>
  )
}

/** On or off at once, without a save button. */
export function Switch({ checked, onChange, label, help, disabled, name, className }: ToggleProps) {
  const id = useId()
  return (
    <div className={cn('flex items-start gap-2.5', className)}>
      <RadixSwitch.Root
        id={id}
        name={name}
        checked={checked}
        disabled={disabled}
        onCheckedChange={onChange}
        aria-describedby={help ? `${id}-help` : undefined}
        className="relative h-5 w-8 shrink-0 rounded-full bg-line-field transition-colors after:absolute after:-inset-1 disabled:cursor-not-allowed disabled:opacity-50 data-[state=checked]:bg-accent"
      >
        <RadixSwitch.Thumb className="block size-4 translate-x-0.5 rounded-full bg-surface-1 transition-transform data-[state=checked]:translate-x-3.5" />
      </RadixSwitch.Root>
      <ToggleText id={id} label={label} help={help} />
    </div>
  )
}

function ToggleText({ id, label, help }: { id: string; label: ReactNode; help: ReactNode }) {
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="text-base">
        {label}
      </label>
      {help && (
        <p id={`${id}-help`} className="text-faint text-sm">
          {help}
        </p>
      )}
    </div>
  )
}

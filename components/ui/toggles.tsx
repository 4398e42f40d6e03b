'use client'
import { Check, Minus } from 'lucide-react'
import { type ComponentProps, type KeyboardEvent, type ReactNode, useId } from 'react'
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
  'peer relative block size-4 shrink-0 appearance-none rounded-sm border border-line-field bg-surface-1 transition-colors after:absolute after:-inset-1 hover:border-muted checked:border-accent checked:bg-accent indeterminate:border-accent indeterminate:bg-accent disabled:cursor-not-allowed disabled:opacity-50'

interface BoxProps extends Omit<ComponentProps<'input'>, 'onChange' | 'checked' | 'className'> {
  checked: boolean | 'indeterminate'
  onChange: (checked: boolean) => void
}

function Box({ checked, onChange, ...rest }: BoxProps) {
  return (
    <span className="relative inline-grid">
      <input
        {...rest}
        ref={(box) => {
          if (box) box.indeterminate = checked === 'indeterminate'
        }}
        type="checkbox"
        checked={checked === true}
        onChange={(event) => onChange(event.target.checked)}
        onKeyDown={withoutSending}
        className={boxStyles}
      />
      {checked === 'indeterminate' ? (
        <Minus aria-hidden="true" className={markStyles} />
      ) : (
        checked && <Check aria-hidden="true" className={markStyles} strokeWidth={3} />
      )}
    </span>
  )
}

const markStyles = 'pointer-events-none absolute inset-0.5 size-3 text-accent-ink'

/** Enter in a box would send the form around it. */
function withoutSending(event: KeyboardEvent) {
  if (event.key === 'Enter') event.preventDefault()
}

/** The bare box, for table rows: its name is read out and not shown. */
export function CheckBox({ label, ...rest }: BoxProps & { label: string }) {
  return <Box {...rest} aria-label={label} />
}

export function Checkbox({ checked, onChange, label, help, disabled, name, className }: ToggleProps) {
  const id = useId()
  return (
    <div className={cn('flex items-start gap-2', className)}>
      <span className="mt-0.5 flex">
        <Box
          id={id}
          name={name}
          checked={checked}
          disabled={disabled}
          onChange={onChange}
          aria-describedby={help ? `${id}-help` : undefined}
        />
      </span>
      <ToggleText id={id} label={label} help={help} />
    </div>
  )
}

/** On or off at once, without a save button. */
export function Switch({ checked, onChange, label, help, disabled, name, className }: ToggleProps) {
  const id = useId()
  return (
    <div className={cn('flex items-start gap-2.5', className)}>
      <input
        type="checkbox"
        role="switch"
        aria-checked={checked}
        id={id}
        name={name}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        onKeyDown={withoutSending}
        aria-describedby={help ? `${id}-help` : undefined}
        className={cn(
          'relative h-5 w-8 shrink-0 appearance-none rounded-full bg-line-field transition-colors after:absolute after:-inset-1 checked:bg-accent disabled:cursor-not-allowed disabled:opacity-50',
          'before:absolute before:top-0.5 before:left-0.5 before:size-4 before:rounded-full before:bg-surface-1 before:transition-transform checked:before:translate-x-3',
        )}
      />
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

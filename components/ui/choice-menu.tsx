'use client'
import { Check, ChevronDown } from 'lucide-react'
import { Button } from './button.tsx'
import { Menu, MenuItem } from './menu.tsx'

/** One of a short list, outside of forms: a menu under a small button, lighter than `Select` until it is opened. */
export function ChoiceMenu<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  /** Of what is chosen, read out before the choice. */
  label: string
  value: Value
  options: readonly { value: Value; label: string }[]
  onChange: (value: Value) => void
}) {
  const chosen = options.find((option) => option.value === value)
  return (
    <Menu
      label={label}
      align="start"
      trigger={
        <Button size="sm">
          <span className="sr-only">{label}: </span>
          {chosen?.label}
          <ChevronDown className="text-faint" aria-hidden="true" />
        </Button>
      }
    >
      {options.map((option) => (
        <MenuItem
          key={option.value}
          icon={option.value === value ? <Check /> : <span className="size-4" />}
          onSelect={() => onChange(option.value)}
        >
          {option.label}
          {option.value === value && <span className="sr-only">, chosen</span>}
        </MenuItem>
      ))}
    </Menu>
  )
}

'use client'
import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'
import { useFieldControl } from './field-context.ts'

export const controlStyles =
  'w-full rounded-lg border border-line-field bg-surface-1 text-base text-ink transition-[border-color,box-shadow] outline-none hover:border-muted focus:border-accent focus:shadow-[0_0_0_3px_var(--accent-soft)] disabled:cursor-not-allowed disabled:bg-surface-2 disabled:text-muted aria-invalid:border-bad aria-invalid:focus:shadow-[0_0_0_3px_var(--bad-soft)] [&[readonly]]:bg-surface-2'

export interface InputProps extends Omit<ComponentProps<'input'>, 'prefix'> {
  /** For ids, URLs, figures. */
  mono?: boolean
  /** Fixed text or an icon before what is typed: `$`. */
  prefix?: ReactNode
  /** A control or text after it: a copy button, a unit. */
  suffix?: ReactNode
}

export function Input({ mono = false, prefix, suffix, className, type = 'text', ...rest }: InputProps) {
  const wiring = useFieldControl()
  const input = (
    <input
      {...wiring}
      {...rest}
      type={type}
      className={cn(
        controlStyles,
        'h-8 px-2.5',
        mono && 'figures text-sm',
        prefix && 'pl-7',
        suffix && 'pr-9',
        className,
      )}
    />
  )
  if (!prefix && !suffix) return input
  return (
    <span className="relative block">
      {prefix && (
        <span className="figures pointer-events-none absolute inset-y-0 left-2.5 grid place-items-center text-faint text-sm [&_svg]:size-4">
          {prefix}
        </span>
      )}
      {input}
      {suffix && (
        <span className="absolute inset-y-0 right-1 grid place-items-center text-faint text-sm">{suffix}</span>
      )}
    </span>
  )
}

'use client'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { useFieldControl } from './field-context.ts'
import { controlStyles } from './input.tsx'

/** Grows with its text from `rows` up to `rowsMax`. */
export function Textarea({
  mono = false,
  rows = 3,
  rowsMax = 16,
  className,
  ...rest
}: ComponentProps<'textarea'> & { mono?: boolean; rowsMax?: number }) {
  const wiring = useFieldControl()
  return (
    <textarea
      {...wiring}
      {...rest}
      rows={rows}
      style={{ minHeight: rows * 20 + 14, maxHeight: rowsMax * 20 + 14 }}
      className={cn(
        controlStyles,
        'field-sizing-content block resize-y px-2.5 py-1.5',
        mono && 'figures text-sm leading-5',
        className,
      )}
    />
  )
}

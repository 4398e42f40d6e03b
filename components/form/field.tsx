'use client'
import { type ReactNode, useId } from 'react'
import { cn } from '#components/ui/cn.ts'
import { FieldContext } from '#components/ui/field-context.ts'

export interface FieldProps {
  label: ReactNode
  /** The name in the schema. The summary finds the field by it. */
  name?: string
  /** Below the control, always there. */
  help?: ReactNode
  /** In place of the help: cause and fix. May hold a button that applies the fix. */
  error?: ReactNode
  /** Something to mind that does not stop saving. */
  warning?: ReactNode
  required?: boolean
  /** Right of the label: a link, a count. */
  aside?: ReactNode
  /** One control of `components/ui`, which wires itself to the field. */
  children: ReactNode
  className?: string
}

/** Label above, control, help or error below. Required fields carry no star; optional ones say so. */
export function Field({ label, name, help, error, warning, required = false, aside, children, className }: FieldProps) {
  const id = useId()
  const below = error ?? warning ?? help
  const describedBy = below ? `${id}-below` : undefined
  return (
    <FieldContext value={{ id, labelId: `${id}-label`, describedBy, invalid: Boolean(error), required }}>
      <div data-field={name} className={cn('grid min-w-0 content-start gap-1.5', className)}>
        <div className="flex items-baseline gap-2">
          <label id={`${id}-label`} htmlFor={id} className="min-w-0 flex-1 font-medium text-sm">
            {label}
          </label>
          {aside && <span className="text-faint text-xs">{aside}</span>}
        </div>
        {children}
        {/* Stands before there is anything to say, so that what appears in it is read out. */}
        <div
          id={`${id}-below`}
          aria-live="polite"
          className={cn('text-pretty text-xs empty:hidden', error ? 'text-bad' : warning ? 'text-warn' : 'text-faint')}
        >
          {below}
        </div>
      </div>
    </FieldContext>
  )
}

/** Several fields under one quiet heading. */
export function FieldGroup({
  title,
  detail,
  children,
  className,
}: {
  title: string
  detail?: ReactNode
  children: ReactNode
  className?: string
}) {
  const id = useId()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot be laid out in a grid
    <div role="group" aria-labelledby={id} className={cn('grid gap-3', className)}>
      <div>
        <p id={id} className="font-medium text-muted text-xs">
          {title}
        </p>
        {detail && <p className="text-faint text-xs">{detail}</p>}
      </div>
      {children}
    </div>
  )
}

/** Two fields side by side where there is room. */
export function FieldRow({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn('grid gap-3 sm:grid-cols-2', className)}>{children}</div>
}

/** A fix offered inside an error or a help line. */
export function FixButton({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <button type="button" onClick={onClick} className="link min-h-6 rounded-sm text-left font-medium break-all">
      {children}
    </button>
  )
}

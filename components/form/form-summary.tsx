'use client'
import { useEffect, useRef } from 'react'
import { Notice } from '#components/ui/notice.tsx'
import type { FieldErrors } from '#lib/core/errors.ts'

/**
 * What is wrong, on top of the form, each line leading to its field. With every new `attempt` (a count of failed
 * submissions) the first wrong field takes the focus, or the summary where no field is to blame.
 */
export function FormSummary({
  errors,
  labels = {},
  message,
  attempt = 0,
}: {
  errors: FieldErrors
  /** Labels by field name, for the lines. */
  labels?: Readonly<Record<string, string>>
  /** What went wrong beside the fields: "The server could not be reached." */
  message?: string | undefined
  attempt?: number
}) {
  const ref = useRef<HTMLDivElement>(null)
  const names = Object.keys(errors)
  const first = names[0]

  useEffect(() => {
    if (attempt === 0) return
    if (!first || !focusField(ref.current, first)) ref.current?.focus()
  }, [attempt, first])

  if (names.length === 0 && !message) return null
  return (
    <div ref={ref} tabIndex={-1} className="rounded-lg">
      <Notice tone="bad" title={message ?? (names.length === 1 ? '1 field to fix' : `${names.length} fields to fix`)}>
        {names.length > 0 && (
          <ul>
            {names.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  className="link min-h-6 rounded-sm text-left"
                  onClick={() => focusField(ref.current, name)}
                >
                  {labels[name] ? `${labels[name]}: ` : ''}
                  {errors[name]}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Notice>
    </div>
  )
}

/** Focuses the control of the field `name` of the form around `inside`. False where there is none. */
export function focusField(inside: HTMLElement | null, name: string): boolean {
  const form = inside?.closest('form') ?? document
  const field = form.querySelector(`[data-field="${CSS.escape(name)}"]`)
  // Where the control itself is off, what mends the field comes first: the button in the line below it.
  const controls = [
    '[role=radio][aria-checked=true]',
    ':is(input:not([type=radio], :disabled), textarea, select, [role=combobox])',
    '[aria-live] button',
    'button',
  ]
  const control = controls.map((each) => field?.querySelector<HTMLElement>(each)).find(Boolean)
  control?.focus()
  field?.scrollIntoView({ block: 'nearest' })
  return Boolean(control)
}

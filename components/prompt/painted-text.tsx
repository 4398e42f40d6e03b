'use client'
import { type ComponentProps, type ReactNode, useContext, useRef } from 'react'
import { cn } from '#components/ui/cn.ts'
import { FieldContext, useFieldControl } from '#components/ui/field-context.ts'

/**
 * A text box whose text is drawn by `paint` below what is typed, so that names, braces and mistakes show while typing. It
 * grows with its text. Beyond 20,000 characters the text stays plain.
 */
export function PaintedText({
  value,
  onChange,
  paint,
  wrap = true,
  rows = 1,
  label,
  className,
  innerClassName,
  gutter,
  invalid,
  ...rest
}: {
  value: string
  onChange: (value: string) => void
  paint: (text: string) => ReactNode
  /** `false`: long lines scroll. */
  wrap?: boolean
  rows?: number
  /** Needed where no field labels it. */
  label?: string
  /** Of the box that scrolls. */
  className?: string
  /** Of the text: font and padding, the same for both layers. */
  innerClassName?: string
  /** Left of the text, line by line. */
  gutter?: ReactNode
  invalid?: boolean
} & Pick<
  ComponentProps<'textarea'>,
  | 'placeholder'
  | 'maxLength'
  | 'readOnly'
  | 'onKeyDown'
  | 'onPaste'
  | 'onBlur'
  | 'spellCheck'
  | 'aria-describedby'
  | 'id'
>) {
  const field = useContext(FieldContext)
  const wiring = useFieldControl()
  const box = useRef<HTMLTextAreaElement>(null)
  const isPainted = value.length <= 20_000
  const layer = cn(
    'col-start-1 row-start-1 m-0 min-w-0 border-0 bg-transparent',
    wrap ? 'whitespace-pre-wrap wrap-anywhere' : 'whitespace-pre',
    innerClassName,
  )
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a press beside the text means the text
    <div
      className={cn('flex min-w-0 cursor-text overflow-auto overscroll-contain', className)}
      onMouseDown={(event) => {
        if (event.target !== event.currentTarget) return
        event.preventDefault()
        box.current?.focus()
      }}
    >
      {gutter}
      <div className={cn('grid min-w-0 flex-1', !wrap && 'min-w-max')}>
        <div aria-hidden="true" className={cn(layer, 'pointer-events-none', !isPainted && 'invisible')}>
          {isPainted ? paint(value) : value}
          {/* The last line takes place though it is empty. */}
          {'\n'}
        </div>
        <textarea
          {...wiring}
          {...rest}
          ref={box}
          aria-label={field ? undefined : label}
          aria-invalid={invalid || undefined}
          value={value}
          rows={rows}
          onChange={(event) => onChange(event.target.value)}
          className={cn(
            layer,
            'relative size-full resize-none overflow-hidden text-ink caret-ink outline-none',
            // Its own colour stays: what reads the page finds text there.
            isPainted &&
              '[-webkit-text-fill-color:transparent] placeholder:[-webkit-text-fill-color:var(--text-faint)] forced-colors:[-webkit-text-fill-color:currentcolor]',
          )}
        />
      </div>
    </div>
  )
}

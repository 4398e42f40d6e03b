'use client'
import { Popover as Radix } from 'radix-ui'
import type { RefObject } from 'react'
import { cn } from './cn.ts'
import type { Suggestion } from './combobox.tsx'
import { floatStyles } from './float.ts'

/** The list below the text box, which keeps the focus and the keyboard. */
export function ComboboxList({
  id,
  anchorRef,
  listRef,
  label,
  shown,
  more,
  active,
  mono,
  loading,
  emptyText,
  onActive,
  onChoose,
  onClose,
}: {
  id: string
  anchorRef: RefObject<HTMLElement | null>
  listRef: RefObject<HTMLDivElement | null>
  label: string
  shown: readonly Suggestion[]
  /** How many more fit than are shown. */
  more: number
  active: number
  mono: boolean | undefined
  loading: boolean
  emptyText: string | undefined
  onActive: (index: number) => void
  onChoose: (suggestion: Suggestion) => void
  onClose: () => void
}) {
  return (
    <Radix.Root open onOpenChange={(next) => !next && onClose()}>
      <Radix.Anchor virtualRef={anchorRef as RefObject<HTMLElement>} />
      <Radix.Portal>
        <Radix.Content
          // The list inside has the role; the box around it is none of its own.
          {...{ role: undefined }}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
          // A press on the list must not take the focus from the text box.
          onMouseDown={(event) => event.preventDefault()}
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className={cn(floatStyles, 'w-(--radix-popover-trigger-width) min-w-56 p-1')}
          asChild
        >
          <div>
            <div
              ref={listRef}
              id={id}
              role="listbox"
              aria-label={label}
              className="max-h-72 overflow-y-auto empty:hidden"
            >
              {shown.map((suggestion, index) => (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the text box holds the keyboard
                // biome-ignore lint/a11y/useFocusableInteractive: the text box holds the focus
                <div
                  key={suggestion.value}
                  id={`${id}-${index}`}
                  role="option"
                  aria-selected={index === active}
                  onClick={() => onChoose(suggestion)}
                  onMouseMove={() => active !== index && onActive(index)}
                  className={cn(
                    'flex min-h-8 items-center gap-3 rounded-md px-2 py-1.5 text-sm',
                    index === active && 'bg-surface-3',
                  )}
                >
                  <span className={cn('min-w-0 break-all', mono && 'figures')}>
                    {suggestion.label ?? suggestion.value}
                  </span>
                  {suggestion.hint && <span className="ml-auto shrink-0 text-faint text-xs">{suggestion.hint}</span>}
                </div>
              ))}
            </div>
            <div role="status" className="px-2 text-faint text-xs *:py-1.5">
              {more > 0 && <p>{more.toLocaleString('en-US')} more. Type to narrow.</p>}
              {loading && shown.length === 0 && <p>Looking</p>}
              {!loading && shown.length === 0 && emptyText && <p>{emptyText}</p>}
            </div>
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

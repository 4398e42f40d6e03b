'use client'
import { Popover as Radix } from 'radix-ui'
import { type ReactNode, type RefObject, useRef } from 'react'
import { cn } from './cn.ts'
import { floatStyles } from './float.ts'
import { focusFirstControl } from './focus.ts'

/** The open popover. Focus returns to the button unless somebody pressed elsewhere. */
export function PopoverContent({
  id,
  label,
  align,
  className,
  triggerRef,
  onClose,
  children,
}: {
  id: string
  label: string
  align: 'start' | 'center' | 'end'
  className: string | undefined
  triggerRef: RefObject<HTMLElement | null>
  onClose: () => void
  children: ReactNode
}) {
  const pressedElsewhere = useRef(false)
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Anchor virtualRef={triggerRef as RefObject<HTMLElement>} />
      <Radix.Portal>
        <Radix.Content
          id={id}
          aria-label={label}
          onOpenAutoFocus={focusFirstControl}
          onInteractOutside={(event) => {
            // The button closes it by itself.
            if (triggerRef.current?.contains(event.target as Node)) event.preventDefault()
            else pressedElsewhere.current = true
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            if (!pressedElsewhere.current) triggerRef.current?.focus()
          }}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cn(
            floatStyles,
            'max-h-(--radix-popover-content-available-height) max-w-[calc(100vw-16px)] overflow-y-auto p-3',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

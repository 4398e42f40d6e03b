'use client'
import { Slot } from 'radix-ui'
import type { ReactElement, RefObject } from 'react'
import type { OnDemand } from './on-demand.ts'

/** The button under which something opens whose code is fetched when somebody comes near or asks for it. */
export function Trigger({
  demand,
  popup,
  open,
  controls,
  triggerRef,
  onOpenChange,
  children,
}: {
  demand: OnDemand<unknown>
  popup: 'menu' | 'dialog'
  open: boolean
  /** The id of what opens. */
  controls: string
  triggerRef: RefObject<HTMLElement | null>
  /** `byKeyboard`: the first thing inside wants the focus. */
  onOpenChange: (open: boolean, byKeyboard: boolean) => void
  children: ReactElement
}) {
  return (
    <Slot.Root
      ref={triggerRef}
      aria-haspopup={popup}
      aria-expanded={open}
      aria-controls={open ? controls : undefined}
      data-state={open ? 'open' : 'closed'}
      onPointerEnter={demand.warm}
      onFocus={demand.warm}
      onClick={(event) => {
        // A press of Enter or Space is a click without a button.
        if (!event.defaultPrevented) onOpenChange(!open, event.detail === 0)
      }}
      onKeyDown={(event) => {
        if (popup !== 'menu' || event.key !== 'ArrowDown' || event.defaultPrevented) return
        event.preventDefault()
        onOpenChange(true, true)
      }}
    >
      {children}
    </Slot.Root>
  )
}

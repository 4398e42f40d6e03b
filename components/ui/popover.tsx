'use client'
import { type ReactElement, type ReactNode, useId, useRef, useState } from 'react'
import { onDemand, useOnDemand } from './on-demand.ts'
import { Trigger } from './trigger.tsx'

const parts = onDemand(() => import('./popover-content.tsx'))

/** Something more, floating beside its button. `label` names it for screen readers. */
export function Popover({
  trigger,
  label,
  open: ownerSays,
  onOpenChange,
  align = 'start',
  className,
  children,
}: {
  trigger: ReactElement
  label: string
  open?: boolean
  onOpenChange?: (open: boolean) => void
  align?: 'start' | 'center' | 'end'
  className?: string
  children: ReactNode
}) {
  const [own, setOwn] = useState(false)
  const triggerRef = useRef<HTMLElement>(null)
  const id = useId()
  const asked = ownerSays ?? own
  const part = useOnDemand(parts, asked)
  const open = asked && part !== undefined
  function change(next: boolean) {
    setOwn(next)
    onOpenChange?.(next)
  }
  return (
    <>
      <Trigger
        demand={parts}
        popup="dialog"
        open={open}
        controls={id}
        triggerRef={triggerRef}
        onOpenChange={(next) => change(next)}
      >
        {trigger}
      </Trigger>
      {open && (
        <part.PopoverContent
          id={id}
          label={label}
          align={align}
          className={className}
          triggerRef={triggerRef}
          onClose={() => change(false)}
        >
          {children}
        </part.PopoverContent>
      )}
    </>
  )
}

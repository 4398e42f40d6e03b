'use client'
import { type ReactElement, type ReactNode, useId, useRef, useState } from 'react'
import type { MenuItemProps, MenuLinkProps, MenuRadioGroupProps } from './menu-parts.tsx'
import { onDemand, useOnDemand } from './on-demand.ts'
import { Trigger } from './trigger.tsx'

const parts = onDemand(() => import('./menu-parts.tsx'))

/** A menu under a button. `trigger` is one button element. */
export function Menu({
  trigger,
  align = 'end',
  label,
  children,
  className,
}: {
  trigger: ReactElement
  align?: 'start' | 'end'
  label?: string
  children: ReactNode
  className?: string
}) {
  const [asked, setAsked] = useState<'no' | 'pointer' | 'keyboard'>('no')
  const triggerRef = useRef<HTMLElement>(null)
  const id = useId()
  const part = useOnDemand(parts, asked !== 'no')
  const open = asked !== 'no' && part !== undefined
  return (
    <>
      <Trigger
        demand={parts}
        popup="menu"
        open={open}
        controls={id}
        triggerRef={triggerRef}
        onOpenChange={(next, byKeyboard) => setAsked(next ? (byKeyboard ? 'keyboard' : 'pointer') : 'no')}
      >
        {trigger}
      </Trigger>
      {open && (
        <part.MenuContent
          id={id}
          label={label}
          align={align}
          className={className}
          triggerRef={triggerRef}
          focusFirst={asked === 'keyboard'}
          onClose={() => setAsked('no')}
        >
          {children}
        </part.MenuContent>
      )}
    </>
  )
}

// What stands inside a menu is drawn once the menu is open, and by then its parts are there.

export function MenuItem(props: MenuItemProps) {
  return parts.part ? <parts.part.MenuItem {...props} /> : null
}

export function MenuLink(props: MenuLinkProps) {
  return parts.part ? <parts.part.MenuLink {...props} /> : null
}

export function MenuRadioGroup(props: MenuRadioGroupProps) {
  return parts.part ? <parts.part.MenuRadioGroup {...props} /> : null
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return parts.part ? <parts.part.MenuLabel>{children}</parts.part.MenuLabel> : null
}

export function MenuSeparator() {
  return parts.part ? <parts.part.MenuSeparator /> : null
}

'use client'
import Link from 'next/link'
import { Menu as Radix } from 'radix-ui/internal'
import { type ComponentProps, type ReactNode, type RefObject, useRef } from 'react'
import { cn } from './cn.ts'
import { floatStyles } from './float.ts'

const itemStyles =
  'flex min-h-8 w-full cursor-default select-none items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm outline-none data-disabled:opacity-50 data-highlighted:bg-surface-3 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint'

/** The open menu. Focus returns to the button unless somebody pressed elsewhere. */
export function MenuContent({
  id,
  label,
  align,
  className,
  triggerRef,
  focusFirst,
  onClose,
  children,
}: {
  id: string
  label: string | undefined
  align: 'start' | 'end'
  className: string | undefined
  triggerRef: RefObject<HTMLElement | null>
  focusFirst: boolean
  onClose: () => void
  children: ReactNode
}) {
  const contentRef = useRef<HTMLDivElement>(null)
  const pressedElsewhere = useRef(false)
  return (
    // Not modal: the page stays readable to a screen reader, and scrolls.
    <Radix.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <Radix.Anchor virtualRef={triggerRef as RefObject<HTMLElement>} />
      <Radix.Portal>
        <Radix.Content
          ref={contentRef}
          id={id}
          aria-label={label}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          onFocus={(event) => {
            if (event.target !== contentRef.current || !focusFirst || event.relatedTarget !== triggerRef.current) return
            contentRef.current.querySelector<HTMLElement>('[data-radix-collection-item]:not([data-disabled])')?.focus()
          }}
          onInteractOutside={(event) => {
            // The button closes it by itself.
            if (triggerRef.current?.contains(event.target as Node)) event.preventDefault()
            else pressedElsewhere.current = true
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            if (!pressedElsewhere.current) triggerRef.current?.focus()
          }}
          className={cn(
            floatStyles,
            'max-h-(--radix-popper-available-height) min-w-44 max-w-80 overflow-y-auto p-1',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export interface MenuItemProps extends Omit<ComponentProps<typeof Radix.Item>, 'children'> {
  children: ReactNode
  icon?: ReactNode
  /** A second, quiet line. */
  detail?: ReactNode
  /** Keys that do the same. */
  keys?: string
  danger?: boolean
}

export function MenuItem({ icon, detail, keys, danger = false, children, className, ...rest }: MenuItemProps) {
  return (
    <Radix.Item
      {...rest}
      className={cn(itemStyles, danger && 'text-bad data-highlighted:bg-bad-soft [&_svg]:text-bad', className)}
    >
      {icon}
      <span className="min-w-0 flex-1">
        {children}
        {detail && <span className="block text-faint text-xs">{detail}</span>}
      </span>
      {keys && <span className="figures text-faint text-xs">{keys}</span>}
    </Radix.Item>
  )
}

export interface MenuLinkProps {
  href: string
  icon?: ReactNode
  detail?: ReactNode
  children: ReactNode
}

export function MenuLink({ href, icon, detail, children }: MenuLinkProps) {
  return (
    <Radix.Item asChild className={itemStyles}>
      <Link href={href}>
        {icon}
        <span className="min-w-0 flex-1">
          {children}
          {detail && <span className="block text-faint text-xs">{detail}</span>}
        </span>
      </Link>
    </Radix.Item>
  )
}

export interface MenuRadioGroupProps {
  label: string
  value: string
  onChange: (value: string) => void
  options: readonly { id: string; label: string; icon: ReactNode }[]
}

/** One of few, side by side; the menu stays open. */
export function MenuRadioGroup({ label, value, onChange, options }: MenuRadioGroupProps) {
  return (
    <Radix.RadioGroup
      value={value}
      onValueChange={onChange}
      aria-label={label}
      className="grid auto-cols-fr grid-flow-col gap-1 p-1"
    >
      {options.map((option) => (
        <Radix.RadioItem
          key={option.id}
          value={option.id}
          onSelect={(event) => event.preventDefault()}
          className={cn(
            'grid cursor-default justify-items-center gap-1 rounded-md border border-transparent py-1.5 text-muted text-xs outline-none',
            'data-highlighted:bg-surface-3 data-[state=checked]:border-line-strong data-[state=checked]:bg-surface-2 data-[state=checked]:text-ink [&_svg]:size-4',
          )}
        >
          {option.icon}
          {option.label}
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-faint text-xs">{children}</Radix.Label>
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />
}

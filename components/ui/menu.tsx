'use client'
import Link from 'next/link'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ComponentProps, ReactElement, ReactNode } from 'react'
import { cn } from './cn.ts'

export const floatStyles = 'z-50 animate-rise rounded-xl border bg-surface-1 shadow-float outline-none'

const itemStyles =
  'flex min-h-8 w-full cursor-default select-none items-center gap-2 rounded-md px-2 py-1.5 text-left text-sm outline-none data-disabled:opacity-50 data-highlighted:bg-surface-3 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-faint'

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
  return (
    // Not modal: the page stays readable to a screen reader, and scrolls.
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className={cn(
            floatStyles,
            'max-h-(--radix-dropdown-menu-content-available-height) min-w-44 max-w-80 overflow-y-auto p-1',
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

export function MenuLink({
  href,
  icon,
  detail,
  children,
}: {
  href: string
  icon?: ReactNode
  detail?: ReactNode
  children: ReactNode
}) {
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

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 pt-1.5 pb-1 text-faint text-xs">{children}</Radix.Label>
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />
}

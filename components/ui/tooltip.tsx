'use client'
import { Tooltip as Radix } from 'radix-ui'
import type { ReactElement } from 'react'
import { cn } from './cn.ts'

export const TooltipProvider = Radix.Provider

/** A word about a control, on hover and focus. Never the only place where something is said. */
export function Tooltip({
  text,
  side = 'top',
  className,
  children,
}: {
  text: string
  side?: 'top' | 'right' | 'bottom' | 'left' | undefined
  className?: string
  children: ReactElement
}) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className={cn(
            'z-60 max-w-72 animate-fade rounded-md bg-ink px-2 py-1 text-surface-0 text-xs shadow-float',
            className,
          )}
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

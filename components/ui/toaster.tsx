'use client'
import { useTheme } from 'next-themes'
import { useEffect } from 'react'
import { Toaster as Sonner, toast as sonner } from 'sonner'
import { takeToasts } from './toast.ts'

/** Where toasts stand: once on a page, and only once there is one. */
export function Toaster() {
  const { resolvedTheme } = useTheme()
  // Sonner listens by now: a child's effects run first.
  useEffect(
    () => takeToasts(({ tone, text, options }) => (tone === 'plain' ? sonner : sonner[tone])(text, options)),
    [],
  )
  return (
    <Sonner
      theme={resolvedTheme === 'dark' ? 'dark' : 'light'}
      position="bottom-right"
      gap={8}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'font-sans flex w-full items-start gap-2.5 rounded-xl border bg-surface-1 px-3.5 py-3 text-ink text-sm shadow-float',
          description: 'text-muted',
          icon: 'mt-px',
          success: '[&_[data-icon]]:text-ok',
          error: '[&_[data-icon]]:text-bad',
          warning: '[&_[data-icon]]:text-warn',
          actionButton:
            'ml-auto shrink-0 self-center rounded-md border border-line-strong px-2 py-1 font-medium hover:bg-surface-2',
        },
      }}
    />
  )
}

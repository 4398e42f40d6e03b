'use client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { ThemeProvider, useTheme } from 'next-themes'
import { NuqsAdapter } from 'nuqs/adapters/next/app'
import { type ReactNode, useState } from 'react'
import { Announcer } from '#components/ui/announce.tsx'
import { TimeProvider } from '#components/ui/time.tsx'
import { TooltipProvider } from '#components/ui/tooltip.tsx'

// Nothing is announced before the page is awake.
const Toaster = dynamic(() => import('sonner').then((module) => module.Toaster), { ssr: false })

/** What every page stands on. `nonce` lets the script that sets the theme before the first paint through the policy. */
export function Providers({
  nonce,
  renderedAtMs,
  children,
}: {
  nonce: string | undefined
  renderedAtMs: number
  children: ReactNode
}) {
  const [queryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 15_000, retry: 1 } } }),
  )
  return (
    <ThemeProvider
      attribute="data-theme"
      defaultTheme="system"
      enableSystem
      disableTransitionOnChange
      nonce={nonce}
      storageKey="patchbay.theme"
    >
      <QueryClientProvider client={queryClient}>
        <NuqsAdapter>
          <TimeProvider renderedAtMs={renderedAtMs}>
            <TooltipProvider delayDuration={400} skipDelayDuration={200}>
              {children}
            </TooltipProvider>
          </TimeProvider>
        </NuqsAdapter>
      </QueryClientProvider>
      <Announcer />
      <Toasts />
    </ThemeProvider>
  )
}

function Toasts() {
  const { resolvedTheme } = useTheme()
  return (
    <Toaster
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

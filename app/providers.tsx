'use client'
import { QueryClientProvider } from '@tanstack/react-query'
import { ThemeProvider } from 'next-themes'
import { type ReactNode, useState } from 'react'
import { Announcer } from '#components/ui/announce.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { StudioQueryClient } from '#components/ui/query-client.ts'
import { TimeProvider } from '#components/ui/time.tsx'
import { useToastsWanted } from '#components/ui/toast.ts'

const toaster = onDemand(() => import('#components/ui/toaster.tsx'))

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
    () => new StudioQueryClient({ defaultOptions: { queries: { staleTime: 15_000, retry: 1 } } }),
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
        <TimeProvider renderedAtMs={renderedAtMs}>{children}</TimeProvider>
      </QueryClientProvider>
      <Announcer />
      <Toasts />
    </ThemeProvider>
  )
}

/** Fetched with the first one. */
function Toasts() {
  const part = useOnDemand(toaster, useToastsWanted())
  return part ? <part.Toaster /> : null
}

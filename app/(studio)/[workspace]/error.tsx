'use client'
import { ErrorState } from '#components/ui/error-state.tsx'

/** What a page could not show. The digest finds the line in the log. */
export default function WorkspaceError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <ErrorState heading="h1" title="This page could not be loaded" requestId={error.digest} onRetry={reset}>
      Nothing was changed. Try again; if it stays, the log of Patchbay says more.
    </ErrorState>
  )
}

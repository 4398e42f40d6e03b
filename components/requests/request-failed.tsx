import { ApiError } from '#components/ui/api.ts'
import { ErrorState } from '#components/ui/error-state.tsx'

export function RequestFailed({ error, retrying, onRetry }: { error: Error; retrying: boolean; onRetry: () => void }) {
  const told = error instanceof ApiError ? error : undefined
  if (told?.status === 404) {
    return (
      <ErrorState title="No such request" onRetry={onRetry} retrying={retrying}>
        This workspace has no record with this id. A call is recorded when it ends, a moment later it shows here.
      </ErrorState>
    )
  }
  return (
    <ErrorState
      title="The request could not be loaded"
      requestId={told?.requestId}
      onRetry={onRetry}
      retrying={retrying}
    >
      {error.message}
    </ErrorState>
  )
}

'use client'
import { useQuery } from '@tanstack/react-query'
import { Maximize2, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { ButtonLink } from '#components/ui/button.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import type { Reader } from './feedback-part.tsx'
import { requestPagePath, requestQuery } from './queries.ts'
import { RequestDetails } from './request-details.tsx'
import { RequestFailed } from './request-failed.tsx'
import { RequestSkeleton } from './request-skeleton.tsx'

/** One request beside the list. Escape closes it. */
export function RequestPanel({
  workspace,
  gatewayUrl,
  id,
  reader,
  onClose,
}: {
  workspace: string
  gatewayUrl: string
  id: string
  reader: Reader
  onClose: () => void
}) {
  const request = useQuery(requestQuery(workspace, id))
  const closeRef = useRef(onClose)
  useEffect(() => {
    closeRef.current = onClose
  })
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      if (document.querySelector('[role=dialog], [role=alertdialog], [role=menu]')) return
      closeRef.current()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])

  return (
    <aside
      aria-label={`Request ${id}`}
      aria-busy={request.isPending}
      className="sticky top-16 flex max-h-[calc(100dvh-5rem)] min-w-0 flex-col rounded-xl border bg-surface-1"
    >
      <header className="flex items-center gap-1 border-b py-2 pr-2 pl-4">
        <CopyText text={id} what="the request id" className="min-w-0 flex-1 text-sm" />
        <ButtonLink variant="quiet" size="sm" href={requestPagePath(workspace, id)}>
          <Maximize2 aria-hidden="true" /> Page
        </ButtonLink>
        <IconButton label="Close" size="sm" onClick={onClose}>
          <X />
        </IconButton>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label="Details" className="min-h-0 overflow-y-auto p-4 -outline-offset-2">
        {request.data ? (
          <RequestDetails workspace={workspace} gatewayUrl={gatewayUrl} request={request.data} reader={reader} />
        ) : request.error ? (
          <RequestFailed error={request.error} retrying={request.isFetching} onRetry={() => void request.refetch()} />
        ) : (
          <RequestSkeleton />
        )}
      </section>
    </aside>
  )
}

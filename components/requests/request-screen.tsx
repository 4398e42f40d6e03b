'use client'
import { useQuery } from '@tanstack/react-query'
import { Trail } from '#components/ui/breadcrumb.tsx'
import { Card } from '#components/ui/card.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import type { Reader } from './feedback-part.tsx'
import { requestQuery } from './queries.ts'
import { RequestDetails } from './request-details.tsx'
import { RequestFailed } from './request-failed.tsx'
import { RequestSkeleton } from './request-skeleton.tsx'

/** One request as a page. */
export function RequestScreen({
  workspace,
  gatewayUrl,
  id,
  reader,
}: {
  workspace: string
  gatewayUrl: string
  id: string
  reader: Reader
}) {
  const request = useQuery(requestQuery(workspace, id))
  return (
    <PageBody className="max-w-[960px]">
      <Trail crumbs={[{ label: id }]} />
      <PageHeader title="Request">
        <CopyText text={id} what="the request id" className="text-sm" />
      </PageHeader>
      <Card aria-busy={request.isPending} className="p-4 sm:p-6">
        {request.data ? (
          <RequestDetails workspace={workspace} gatewayUrl={gatewayUrl} request={request.data} reader={reader} />
        ) : request.error ? (
          <RequestFailed error={request.error} retrying={request.isFetching} onRetry={() => void request.refetch()} />
        ) : (
          <RequestSkeleton />
        )}
      </Card>
    </PageBody>
  )
}

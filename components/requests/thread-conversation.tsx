'use client'
import { useInfiniteQuery, useQueries } from '@tanstack/react-query'
import Link from 'next/link'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Duration, Money } from '#components/ui/figures.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { RequestDetail, RequestView } from '#lib/analytics/schema.ts'
import type { PayloadView } from '#lib/metering/schema.ts'
import { toConversation } from './conversation.ts'
import { MessageView, roleWord } from './message-list.tsx'
import { PayloadSkeleton } from './payload-part.tsx'
import { type Message, readAnswer, readRequest } from './payload-read.ts'
import { payloadReason } from './payload-words.ts'
import { payloadQuery, requestPagePath, requestQuery, threadQuery } from './queries.ts'
import { ModelName, OutcomeBadge } from './status.tsx'

/** The calls that the filters find as one conversation, the oldest first; the newest are fetched first. */
export function ThreadConversation({ workspace, filters }: { workspace: string; filters: Record<string, string> }) {
  const pages = useInfiniteQuery(threadQuery(workspace, filters))
  const requests = (pages.data?.pages ?? []).flatMap(({ items }) => items).reverse()
  const details = useQueries({ queries: requests.map(({ id }) => requestQuery(workspace, id)) })
  const payloads = useQueries({
    queries: requests.map(({ id }, index) => ({
      ...payloadQuery(workspace, id),
      enabled: details[index]?.data?.payload.state === 'kept',
    })),
  })
  if (pages.error && !pages.data) {
    return (
      <Card>
        <ErrorState
          title="The conversation could not be loaded"
          requestId={pages.error instanceof ApiError ? pages.error.requestId : undefined}
          onRetry={() => void pages.refetch()}
          retrying={pages.isFetching}
        >
          {pages.error.message}
        </ErrorState>
      </Card>
    )
  }
  const isLoading =
    pages.isPending || details.some(({ isLoading }) => isLoading) || payloads.some((one) => one.isLoading)
  if (isLoading && !pages.isFetchingNextPage) {
    return (
      <Card className="p-4 sm:p-6">
        <PayloadSkeleton />
      </Card>
    )
  }
  if (requests.length === 0) {
    return (
      <Card>
        <EmptyState title="No call fits">Take a filter away or choose a longer range.</EmptyState>
      </Card>
    )
  }
  const said = toConversation(payloads.map(({ data }) => turnOf(data)))
  return (
    <Card className="@container p-4 sm:p-6">
      {pages.hasNextPage && (
        <Button
          variant="quiet"
          size="sm"
          className="mb-2"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Earlier calls
        </Button>
      )}
      <ol className="grid min-w-0 gap-5">
        {requests.map((request, index) => (
          <TurnView
            key={request.id}
            workspace={workspace}
            request={request}
            detail={details[index]?.data}
            error={details[index]?.error ?? payloads[index]?.error ?? null}
            messages={said[index] ?? []}
          />
        ))}
      </ol>
    </Card>
  )
}

/** Of several answers to one call the first goes on. */
function turnOf(payload: PayloadView | undefined): { prompt: Message[]; answer: Message[] } {
  if (!payload) return { prompt: [], answer: [] }
  const { request, answer } = payload
  return {
    prompt: readRequest(request.text, request.cut).messages,
    answer: answer ? readAnswer(answer.text, answer).messages.slice(0, 1) : [],
  }
}

function TurnView({
  workspace,
  request,
  detail,
  error,
  messages,
}: {
  workspace: string
  request: RequestView
  detail: RequestDetail | undefined
  error: Error | null
  messages: readonly Message[]
}) {
  const reason = detail && detail.payload.state !== 'kept' ? payloadReason(detail.payload).text : null
  return (
    <li className="grid min-w-0 gap-1">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b pb-1.5 text-muted text-xs">
        <Link href={requestPagePath(workspace, request.id)} prefetch={false} className="link rounded-sm">
          <RelativeTime at={request.at} />
        </Link>
        <ModelName request={request} className="max-w-60" />
        {request.outcome !== 'ok' && <OutcomeBadge request={request} />}
        <span className="ml-auto flex gap-3">
          <Duration ms={request.latencyMs} />
          <Money amount={request.priced ? request.cost : null} />
        </span>
      </p>
      {messages.length > 0 && (
        <ol className="grid min-w-0 divide-y">
          {messages.map((message, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a message stands at its place for good
            <MessageView key={index} message={message} label={roleWord(message.role)} />
          ))}
        </ol>
      )}
      {(error || reason || messages.length === 0) && (
        <p className="py-1.5 text-faint text-sm">
          {error ? error.message : (reason ?? 'Nothing new was said in this call.')}
        </p>
      )}
    </li>
  )
}

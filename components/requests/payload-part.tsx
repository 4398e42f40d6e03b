'use client'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { Button } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { RequestDetail } from '#lib/analytics/schema.ts'
import { payloadReason } from './payload-words.ts'
import { payloadQuery } from './queries.ts'

// Fetched where there is something to show.
const PayloadView = dynamic(() => import('./payload-view.tsx').then((module) => module.PayloadView), {
  ssr: false,
  loading: () => <PayloadSkeleton />,
})

/** Prompt and answer of a request, or why they are not there. */
export function PayloadPart({
  workspace,
  gatewayUrl,
  request,
}: {
  workspace: string
  gatewayUrl: string
  request: RequestDetail
}) {
  const { state } = request.payload
  return (
    <section aria-label="Prompt and answer" className="grid min-w-0 gap-2.5">
      {state === 'kept' ? (
        <KeptPayload workspace={workspace} gatewayUrl={gatewayUrl} request={request} />
      ) : (
        <>
          <h2 className="font-semibold">Prompt and answer</h2>
          {state === 'waiting' ? <PayloadSkeleton /> : <Reason workspace={workspace} request={request} />}
        </>
      )}
    </section>
  )
}

function KeptPayload({
  workspace,
  gatewayUrl,
  request,
}: {
  workspace: string
  gatewayUrl: string
  request: RequestDetail
}) {
  const payload = useQuery(payloadQuery(workspace, request.id))
  if (payload.data)
    return (
      <PayloadView workspace={workspace} payload={payload.data} endpoint={request.endpoint} gatewayUrl={gatewayUrl} />
    )
  return (
    <>
      <h2 className="font-semibold">Prompt and answer</h2>
      {payload.error ? (
        <Notice
          tone="bad"
          title="They could not be loaded"
          action={
            <Button size="sm" loading={payload.isFetching} onClick={() => void payload.refetch()}>
              Try again
            </Button>
          }
        >
          {payload.error.message}
        </Notice>
      ) : (
        <PayloadSkeleton />
      )}
    </>
  )
}

function Reason({ workspace, request: { payload, model } }: { workspace: string; request: RequestDetail }) {
  const { text, link } = payloadReason(payload)
  const href =
    link === 'data'
      ? `/${workspace}/settings/data`
      : link === 'model' && model?.slug && !model.deleted
        ? `/${workspace}/router/models/${model.slug}?tab=validations`
        : null
  return (
    <Notice
      action={
        href && (
          <Link href={href} className="link rounded-sm text-sm">
            {link === 'data' ? 'Settings, Data' : 'Validations'}
          </Link>
        )
      }
    >
      {text}
    </Notice>
  )
}

/** The shape of a message or two. */
export function PayloadSkeleton() {
  return (
    <div aria-busy="true" role="status" className="grid gap-3 py-1">
      <span className="sr-only">Loading prompt and answer</span>
      <Skeleton className="h-4 w-full" />
      <Skeleton className="h-4 w-5/6" />
      <Skeleton className="h-4 w-2/3" />
    </div>
  )
}

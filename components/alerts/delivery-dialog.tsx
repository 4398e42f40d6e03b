'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { formatDuration } from '#components/ui/format.ts'
import { JackText } from '#components/ui/jack.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { ExactTime, RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { AttemptView, DeliveryDetail } from '#lib/alerts/schema.ts'
import { alertsApi, deliveryQuery } from './queries.ts'
import { deliveryWords } from './words.ts'

/** One message with every attempt, live while it is on its way. */
export function DeliveryDialog({
  workspace,
  id,
  canManage,
  onClose,
}: {
  workspace: string
  id: string
  canManage: boolean
  onClose: () => void
}) {
  const client = useQueryClient()
  const query = deliveryQuery(workspace, id)
  const delivery = useQuery(query)
  const [working, setWorking] = useState(false)
  const { data } = delivery

  async function again() {
    setWorking(true)
    try {
      const next = await callApi<DeliveryDetail>(`${alertsApi(workspace)}/deliveries/${id}/redeliver`, { body: {} })
      client.setQueryData(query.queryKey, next)
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'It could not be sent again.')
    } finally {
      setWorking(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={data?.title ?? 'Message'}
      {...(data && { description: `To ${data.channelName}` })}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Close
          </Button>
          {canManage && data && (
            <Button onClick={() => void again()} loading={working} disabled={data.state === 'waiting'}>
              Send again
            </Button>
          )}
        </>
      }
    >
      {delivery.error && !data ? (
        <ErrorState
          title="The message could not be loaded"
          requestId={delivery.error instanceof ApiError ? delivery.error.requestId : undefined}
          onRetry={() => void delivery.refetch()}
          retrying={delivery.isFetching}
        >
          {delivery.error.message}
        </ErrorState>
      ) : data ? (
        <div className="grid gap-4">
          <p className="text-pretty text-sm">{data.text}</p>
          <div aria-live="polite">
            <JackText
              state={deliveryWords[data.state].jack}
              detail={
                data.state === 'waiting' && data.nextAt && data.attempts > 0 ? (
                  <>
                    The next attempt <RelativeTime at={data.nextAt} />
                  </>
                ) : undefined
              }
            >
              {deliveryWords[data.state].word}
            </JackText>
          </div>
          {data.tries.length > 0 && (
            <section className="grid gap-2">
              <h3 className="font-medium text-muted text-xs">Attempts</h3>
              <ol className="divide-y border-y">
                {data.tries.map((each) => (
                  <Attempt key={each.number} attempt={each} />
                ))}
              </ol>
            </section>
          )}
          <p className="text-faint text-xs">
            <ExactTime at={data.createdAt} /> · <span className="figures">{data.id}</span>
          </p>
        </div>
      ) : (
        <div aria-busy className="grid gap-3">
          <Skeleton className="h-4 w-3/4" />
          <Skeleton className="h-4 w-28" />
          <Skeleton className="h-16" />
        </div>
      )}
    </Dialog>
  )
}

function Attempt({ attempt }: { attempt: AttemptView }) {
  const { number, at, durationMs, status, code, answer } = attempt
  const isOpen = durationMs === null
  const isGood = !isOpen && code === ''
  return (
    <li className="grid gap-1 py-2.5 text-sm">
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <JackText state={isOpen ? 'unknown' : isGood ? 'ok' : 'bad'}>
          {isOpen ? 'No end known' : isGood ? 'Taken' : 'Not taken'}
        </JackText>
        {status !== null && <span className="figures">{status}</span>}
        {code !== '' && !code.startsWith('http_') && <span className="figures text-muted">{code}</span>}
        <span className="flex-1" />
        <span className="text-faint text-xs">
          {number}. <ExactTime at={at} />
          {durationMs !== null && `, ${formatDuration(durationMs)}`}
        </span>
      </span>
      {answer !== '' && <span className="break-words text-muted text-xs">{answer}</span>}
    </li>
  )
}

'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ThumbsDown, ThumbsUp, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { RequestDetail } from '#lib/analytics/schema.ts'
import type { FeedbackView } from '#lib/metering/schema.ts'
import { FeedbackForm } from './feedback-form.tsx'
import { apiOf, requestQuery } from './queries.ts'

/** Whose words are one's own, and what one may do. */
export interface Reader {
  id: string
  canSay: boolean
  canRemove: boolean
}

/** What is sent: what is left out stays, null takes it away. */
export type Said = { [Name in 'rating' | 'correction' | 'comment' | 'values']?: FeedbackView[Name] | null }

/** What was said of a request, and one's own say. */
export function FeedbackPart({
  workspace,
  request,
  reader,
}: {
  workspace: string
  request: RequestDetail
  reader: Reader
}) {
  const client = useQueryClient()
  const [writes, setWrites] = useState(false)
  const [removing, setRemoving] = useState<FeedbackView | null>(null)
  const path = `${apiOf(workspace)}/requests/${request.id}/feedback`
  const own = request.feedbackList.find(({ author }) => author.id === reader.id)

  async function changed() {
    await client.invalidateQueries({ queryKey: requestQuery(workspace, request.id).queryKey })
    void client.invalidateQueries({ queryKey: ['requests', workspace] })
  }
  async function say(said: Said) {
    await callApi(path, { method: 'PUT', body: said })
    await changed()
  }
  async function take(feedback: FeedbackView) {
    await callApi(`${path}/${feedback.id}`, { method: 'DELETE' })
    await changed()
  }
  const orTell = (work: Promise<void>) => work.catch((error: Error) => toast.error(error.message))

  function remove(feedback: FeedbackView) {
    if (feedback.author.id !== reader.id) return setRemoving(feedback)
    const { rating, correction, comment, values } = feedback
    void orTell(
      take(feedback).then(() =>
        toast('Your feedback was taken away', {
          action: { label: 'Undo', onClick: () => void orTell(say({ rating, correction, comment, values })) },
        }),
      ),
    )
  }

  return (
    <div className="grid gap-3">
      {reader.canSay && (
        <div className="flex flex-wrap items-center gap-2">
          <Rate rating="good" own={own} onSay={(said) => void orTell(say(said))}>
            <ThumbsUp aria-hidden="true" /> Good
          </Rate>
          <Rate rating="bad" own={own} onSay={(said) => void orTell(say(said))}>
            <ThumbsDown aria-hidden="true" /> Bad
          </Rate>
          <Button size="sm" variant="quiet" aria-expanded={writes} onClick={() => setWrites(!writes)}>
            {own?.correction || own?.comment ? 'Change your words' : 'Correct or comment'}
          </Button>
        </div>
      )}
      {writes && (
        <FeedbackForm
          own={own}
          onSay={async (said) => {
            await say(said)
            setWrites(false)
          }}
          onClose={() => setWrites(false)}
        />
      )}
      {request.feedbackList.length > 0 ? (
        <ul className="grid divide-y border-t">
          {request.feedbackList.map((feedback) => (
            <li key={feedback.id} className="flex items-start gap-2 py-2.5">
              <SaidWords feedback={feedback} own={feedback === own} />
              {(feedback === own ? reader.canSay : reader.canRemove) && (
                <IconButton
                  size="sm"
                  label={`Remove the feedback of ${feedback === own ? 'you' : feedback.author.label}`}
                  onClick={() => remove(feedback)}
                >
                  <Trash2 />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      ) : (
        <p className="text-muted text-sm">
          Nobody has said anything of this request. Programs say it at <code>POST /v1/feedback</code>.
        </p>
      )}
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title={`Remove the feedback of ${removing?.author.label ?? ''}`}
        action="Remove feedback"
        onConfirm={() => take(removing!)}
      >
        <p>It goes for good; the audit keeps that you removed it.</p>
      </ConfirmDialog>
    </div>
  )
}

/** Pressed again, it takes the rating back. */
function Rate({
  rating,
  own,
  onSay,
  children,
}: {
  rating: 'good' | 'bad'
  own: FeedbackView | undefined
  onSay: (said: Said) => void
  children: ReactNode
}) {
  const pressed = own?.rating === rating
  return (
    <Button
      size="sm"
      aria-pressed={pressed}
      onClick={() => onSay({ rating: pressed ? null : rating })}
      className={
        pressed ? (rating === 'good' ? 'border-ok bg-ok-soft text-ok' : 'border-bad bg-bad-soft text-bad') : ''
      }
    >
      {children}
    </Button>
  )
}

function SaidWords({ feedback, own }: { feedback: FeedbackView; own: boolean }) {
  const { author, rating, correction, comment, values, updatedAt } = feedback
  return (
    <div className="grid min-w-0 flex-1 gap-1.5 text-sm">
      <p className="flex min-h-7 flex-wrap items-center gap-x-2 gap-y-1">
        {rating && (
          <Badge tone={rating === 'good' ? 'ok' : 'bad'}>
            {rating === 'good' ? <ThumbsUp aria-hidden="true" /> : <ThumbsDown aria-hidden="true" />}
            {rating === 'good' ? 'Good' : 'Bad'}
          </Badge>
        )}
        <span className="font-medium">{own ? 'You' : author.label}</span>
        {author.kind === 'key' && <span className="text-muted">API key</span>}
        {author.kind === 'job' && <span className="text-muted">Evaluator</span>}
        <span className="text-muted">
          <RelativeTime at={updatedAt} />
        </span>
      </p>
      {correction && (
        <div>
          <p className="text-muted text-xs">It should have been</p>
          <p className="mt-1 max-h-64 overflow-y-auto whitespace-pre-wrap rounded-lg bg-surface-2 px-3 py-2 break-words">
            {correction}
          </p>
        </div>
      )}
      {comment && <p className="whitespace-pre-wrap break-words">{comment}</p>}
      {Object.keys(values).length > 0 && (
        <p className="flex flex-wrap gap-1">
          {Object.entries(values).map(([name, value]) => (
            <Badge key={name} className="figures h-auto min-h-5 whitespace-normal break-all">
              {name} = {String(value)}
            </Badge>
          ))}
        </p>
      )}
    </div>
  )
}

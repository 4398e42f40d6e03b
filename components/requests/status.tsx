import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import type { RequestView } from '#lib/analytics/schema.ts'
import { outcomeWords } from './words.ts'

/** How a request ended: the word, and the status that the caller got. */
export function OutcomeBadge({ request }: { request: Pick<RequestView, 'outcome' | 'status' | 'cache'> }) {
  const { word, tone, meaning } = outcomeWords[request.outcome]
  const words = (
    <>
      {request.status > 0 && <span className="figures">{request.status}</span>}
      {word}
      {request.cache === 'hit' && ', cached'}
      {request.cache === 'replay' && ', repeated'}
    </>
  )
  // What went well stays quiet, so that the rest is seen.
  if (request.outcome === 'ok') return <span className="inline-flex items-center gap-1 text-muted">{words}</span>
  return (
    <Badge tone={tone} title={meaning}>
      {words}
    </Badge>
  )
}

/** The model, or what was asked for where none was found. */
export function ModelName({
  request,
  className,
}: {
  request: Pick<RequestView, 'model' | 'address'>
  className?: string
}) {
  const { model, address } = request
  if (!model) return <span className="truncate text-muted">{address === '' ? 'No model' : `Unknown: ${address}`}</span>
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <span title={model.name} className={cn('truncate', className)}>
        {model.name}
      </span>
      {model.practice && <Badge tone="outline">Practice</Badge>}
      {model.deleted && <Badge tone="outline">Deleted</Badge>}
    </span>
  )
}

/** How many found it good and how many bad; else that something was said. */
export function FeedbackCount({ feedback: { good, bad, total } }: Pick<RequestView, 'feedback'>) {
  if (total === 0) return null
  const word = (name: string, count: number) => (count > 1 ? `${name} ${count}` : name)
  return (
    <span className="inline-flex gap-2">
      {good > 0 && <span className="text-ok">{word('Good', good)}</span>}
      {bad > 0 && <span className="text-bad">{word('Bad', bad)}</span>}
      {good + bad === 0 && <span className="text-muted">Words</span>}
    </span>
  )
}

/** Tokens of one direction; estimated ones are marked. */
export function Tokens({ count, estimated }: { count: number; estimated: boolean }) {
  const text = count.toLocaleString('en-US')
  return estimated && count > 0 ? (
    <span title="Estimated: the server told no usage">
      <span aria-hidden="true">≈ </span>
      <span className="sr-only">about </span>
      {text}
    </span>
  ) : (
    text
  )
}

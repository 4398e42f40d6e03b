'use client'
import { useQueryClient } from '@tanstack/react-query'
import { Star } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { Input } from '#components/ui/input.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ReviewView } from '#lib/experiments/schema.ts'
import { gridKey, removeReview, reviewCell } from './experiment-queries.ts'

const quietMs = 700

/** What people think of one answer. One's own words are saved by themselves, in place of what one said before. */
export function ReviewForm({
  workspace,
  runId,
  rowId,
  candidate,
  reviews,
  canWrite,
  personId,
  startsOpen = false,
  onOpen,
}: {
  workspace: string
  runId: string
  rowId: string
  candidate: number
  reviews: readonly ReviewView[]
  canWrite: boolean
  personId: string
  startsOpen?: boolean
  onOpen?: () => void
}) {
  const client = useQueryClient()
  const own = reviews.find(({ reviewerId }) => reviewerId === personId)
  const others = reviews.filter(({ reviewerId }) => reviewerId !== personId)
  const [open, setOpen] = useState(startsOpen || own !== undefined)
  const [said, setSaid] = useState({
    rating: own?.rating ?? null,
    category: own?.category ?? '',
    correction: own?.correction ?? '',
    comment: own?.comment ?? '',
  })
  const [status, setStatus] = useState<'saved' | 'saving' | 'refused' | 'new'>(own ? 'saved' : 'new')
  const [failure, setFailure] = useState('')
  const latest = useRef(said)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const waiting = useRef(false)
  const mounted = useRef(true)

  async function save() {
    clearTimeout(timer.current)
    if (!waiting.current) return
    waiting.current = false
    const { correction, ...rest } = latest.current
    try {
      await reviewCell(workspace, { id: runId, rowId, candidate, ...rest, correction: correction || null })
      if (mounted.current && !waiting.current) setStatus('saved')
    } catch (error) {
      waiting.current = true
      if (!mounted.current) return
      setStatus('refused')
      setFailure(error instanceof ApiError ? error.message : 'It could not be saved.')
    }
    void client.invalidateQueries({ queryKey: ['cell', workspace, runId, rowId, candidate] })
    void client.invalidateQueries({ queryKey: gridKey(workspace, runId) })
    void client.invalidateQueries({ queryKey: ['comparison', workspace, runId] })
  }
  const saveNow = useRef(save)
  saveNow.current = save

  function say(change: Partial<typeof said>, when: 'now' | 'soon') {
    latest.current = { ...latest.current, ...change }
    waiting.current = true
    setSaid(latest.current)
    setStatus('saving')
    clearTimeout(timer.current)
    if (when === 'now') void save()
    else timer.current = setTimeout(() => void saveNow.current(), quietMs)
  }

  // Going on to the next answer does not lose the last words.
  useEffect(() => {
    mounted.current = true
    return () => {
      mounted.current = false
      void saveNow.current()
    }
  }, [])

  async function takeBack() {
    clearTimeout(timer.current)
    waiting.current = false
    try {
      await removeReview(workspace, runId, rowId, candidate)
      latest.current = { rating: null, category: '', correction: '', comment: '' }
      setSaid(latest.current)
      setStatus('new')
      void client.invalidateQueries({ queryKey: ['cell', workspace, runId, rowId, candidate] })
      void client.invalidateQueries({ queryKey: gridKey(workspace, runId) })
    } catch (error) {
      setStatus('refused')
      setFailure(error instanceof ApiError ? error.message : 'It could not be taken back.')
    }
  }

  return (
    <div className="grid gap-3">
      <div className="flex items-baseline justify-between gap-2">
        <h3 className="font-semibold">Review</h3>
        <span role="status" className={cn('text-xs', status === 'refused' ? 'text-bad' : 'text-faint')}>
          {status === 'saved' ? 'Saved' : status === 'saving' ? 'Saving' : status === 'refused' ? failure : ''}
        </span>
      </div>
      {others.map((review) => (
        <div key={review.reviewerId} className="rounded-lg bg-surface-2 px-3 py-2 text-sm">
          <p className="flex items-center gap-2">
            <span className="font-medium">{review.reviewer}</span>
            {review.rating !== null && <span className="figures">{review.rating} of 5</span>}
            {review.category && <span className="text-muted">{review.category}</span>}
            <RelativeTime at={review.updatedAt} className="ml-auto text-faint text-xs" />
          </p>
          {review.comment && <p className="mt-1 whitespace-pre-wrap text-muted wrap-anywhere">{review.comment}</p>}
          {review.correction && (
            <p className="mt-1 whitespace-pre-wrap wrap-anywhere">
              <span className="text-faint">Should be: </span>
              {review.correction}
            </p>
          )}
        </div>
      ))}
      {canWrite && !open && (
        <Button
          size="sm"
          className="w-fit"
          onClick={() => {
            setOpen(true)
            onOpen?.()
          }}
        >
          <Star aria-hidden="true" /> Say what you think
        </Button>
      )}
      {canWrite && open && (
        <Form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault()
            void save()
          }}
        >
          <Rating value={said.rating} onChange={(rating) => say({ rating }, 'now')} />
          <Field label="Category" aside="optional">
            <Input
              value={said.category}
              maxLength={64}
              placeholder="wrong fact"
              data-review="category"
              onChange={({ target }) => say({ category: target.value }, 'soon')}
            />
          </Field>
          <Field label="What it should have been" aside="optional">
            <Textarea
              rows={2}
              value={said.correction}
              maxLength={200_000}
              data-review="correction"
              onChange={({ target }) => say({ correction: target.value }, 'soon')}
            />
          </Field>
          <Field label="Comment" aside="optional">
            <Textarea
              rows={2}
              value={said.comment}
              maxLength={5_000}
              data-review="comment"
              onChange={({ target }) => say({ comment: target.value }, 'soon')}
            />
          </Field>
          {(own || status === 'saved') && (
            <Button size="sm" variant="quiet" className="w-fit" onClick={() => void takeBack()}>
              Take it back
            </Button>
          )}
        </Form>
      )}
      {!canWrite && reviews.length === 0 && <p className="text-faint text-sm">Nobody has reviewed it.</p>}
    </div>
  )
}

/** One to five, as buttons of one group; the same one again takes it away. */
function Rating({ value, onChange }: { value: number | null; onChange: (rating: number | null) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot be laid out beside its buttons
    <div role="group" aria-label="Rating" className="flex items-center gap-1">
      {[1, 2, 3, 4, 5].map((rating) => (
        <button
          key={rating}
          type="button"
          aria-label={`${rating} of 5`}
          aria-pressed={value === rating}
          data-rating={rating}
          onClick={() => onChange(value === rating ? null : rating)}
          className={cn(
            'figures grid size-8 place-items-center rounded-lg border text-sm transition-colors',
            value !== null && rating <= value
              ? 'border-accent bg-accent-soft text-accent'
              : 'border-line-strong bg-surface-1 text-muted hover:text-ink',
          )}
        >
          {rating}
        </button>
      ))}
      <span className="ml-1 text-faint text-xs">{value === null ? 'no rating' : `${value} of 5`}</span>
    </div>
  )
}

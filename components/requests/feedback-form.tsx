'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { FeedbackView } from '#lib/metering/schema.ts'
import type { Said } from './feedback-part.tsx'

/** What the answer should have been, and a comment. Escape gives up. */
export function FeedbackForm({
  own,
  onSay,
  onClose,
}: {
  own: FeedbackView | undefined
  /** Throws what the server refuses. */
  onSay: (said: Said) => Promise<void>
  onClose: () => void
}) {
  const [correction, setCorrection] = useState(own?.correction ?? '')
  const [comment, setComment] = useState(own?.comment ?? '')
  const [working, setWorking] = useState(false)
  const [failure, setFailure] = useState<string>()
  const same = correction.trim() === (own?.correction ?? '') && comment.trim() === (own?.comment ?? '')

  async function submit() {
    setWorking(true)
    setFailure(undefined)
    try {
      await onSay({ correction: correction.trim() || null, comment: comment.trim() || null })
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'That did not work. Nothing was changed.')
      setWorking(false)
    }
  }

  return (
    <form
      aria-label="Your feedback"
      className="grid gap-3 rounded-lg border p-3"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        // The request stays open.
        event.preventDefault()
        onClose()
      }}
      onSubmit={(event) => {
        event.preventDefault()
        if (!working && !same) void submit()
      }}
    >
      {failure && <Notice tone="bad">{failure}</Notice>}
      <Field label="What it should have answered">
        <Textarea
          value={correction}
          onChange={(event) => setCorrection(event.target.value)}
          maxLength={20_000}
          autoFocus
        />
      </Field>
      <Field label="Comment">
        <Textarea value={comment} onChange={(event) => setComment(event.target.value)} maxLength={2_000} rows={2} />
      </Field>
      <div className="flex justify-end gap-2">
        <Button variant="quiet" size="sm" onClick={onClose} disabled={working}>
          Cancel
        </Button>
        <Button variant="main" size="sm" type="submit" loading={working} disabled={same}>
          Save
        </Button>
      </div>
    </form>
  )
}

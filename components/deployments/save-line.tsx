import { Button } from '#components/ui/button.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { Draft } from './use-draft.ts'

/** Where the draft stands: saved, on its way, refused; and how it relates to what is published. */
export function SaveLine({ draft, latest, canWrite }: { draft: Draft; latest: string | null; canWrite: boolean }) {
  const { state, saved, problem } = draft
  return (
    <p className="flex min-h-6 flex-wrap items-center gap-x-1.5 text-faint text-sm">
      <span role="status" className={state === 'failed' ? 'text-bad' : undefined}>
        {state === 'failed' ? (
          <span className="inline-flex items-center gap-1.5">
            <Jack state="bad" className="size-3.5" />
            Not saved: {problem?.message} It is kept in this browser.
          </span>
        ) : state === 'conflict' ? (
          <span className="text-warn">Not saved: somebody else saved this draft.</span>
        ) : state === 'saved' ? (
          'Draft saved'
        ) : (
          'Saving'
        )}
      </span>
      {state === 'failed' && (
        <Button size="sm" variant="quiet" className="h-6" onClick={() => void draft.flush()}>
          Try again
        </Button>
      )}
      {state === 'saved' && (
        // Beside what is read out: the time moves on by itself.
        <span>
          <RelativeTime at={saved.savedAt} />
          {saved.savedBy && ` by ${saved.savedBy}`}.{' '}
          {latest === null
            ? 'Nothing is published yet.'
            : saved.changed
              ? `It differs from ${latest}.`
              : `It is the same as ${latest}.`}
        </span>
      )}
      {!canWrite && <span>Your role here is viewer: you read.</span>}
    </p>
  )
}

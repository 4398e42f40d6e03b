'use client'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { DraftView } from '#lib/deployments/schema.ts'
import { countChanges } from './change-text.ts'
import { DiffSections } from './diff-sections.tsx'
import type { Draft } from './use-draft.ts'
import { counted } from './words.ts'

const rules = onDemand(() => import('./rules.ts'))

/** Two people saved at once: both stand here, one of them goes on, and the other can still be had. */
export function ConflictDialog({ workspace, draft, theirs }: { workspace: string; draft: Draft; theirs: DraftView }) {
  const part = useOnDemand(rules, true)
  const who = theirs.savedBy || 'Somebody else'
  const sections = part?.diffConfigs(theirs.config, draft.config)
  return (
    <Dialog
      open
      // There is no way around the choice; what is typed waits.
      onOpenChange={() => undefined}
      size="wide"
      reading
      padded={false}
      title="Somebody else saved this draft"
      description={
        <>
          {who} saved it <RelativeTime at={theirs.savedAt} />, after you opened it. Nothing of either is lost: left
          stands theirs, right yours.
        </>
      }
      keepOnOutsideClick
      footer={
        <>
          <span className="mr-auto text-muted text-sm">What you leave can be taken back afterwards.</span>
          <Button onClick={() => draft.resolve('theirs')}>Take theirs</Button>
          <Button variant="main" onClick={() => draft.resolve('mine')}>
            Save mine over it
          </Button>
        </>
      }
    >
      {sections &&
        (sections.length === 0 ? (
          <p className="px-5 py-6 text-muted">Both are the same by now.</p>
        ) : (
          <>
            <p className="px-4 pt-3 text-muted text-sm">{counted(countChanges(sections), 'difference')}</p>
            <DiffSections workspace={workspace} sections={sections} before={`${who}’s`} after="Yours" />
          </>
        ))}
    </Dialog>
  )
}

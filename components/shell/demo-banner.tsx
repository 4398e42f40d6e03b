'use client'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Badge } from '#components/ui/badge.tsx'
import type { ActionResult } from '#lib/core/result.ts'

const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  {
    ssr: false,
  },
)

export interface DemoBannerProps {
  workspace: string
  /** Takes it all away; null for those who may not. */
  remove: ((workspace: string, input: object) => Promise<ActionResult<void>>) | null
}

/** Says on every page that nothing here is anybody's. */
export function DemoBanner({ workspace, remove }: DemoBannerProps) {
  const [asking, setAsking] = useState(false)
  return (
    <section
      aria-label="Demo"
      className="flex h-9 items-center gap-2.5 border-b bg-surface-1 px-4 py-1.5 text-sm md:px-6"
    >
      <Badge tone="info">Demo</Badge>
      <p className="min-w-0 flex-1 text-muted">
        The calls are made up
        <span className="max-sm:hidden">; the models answer by simple rules, all you see can be tried</span>.
      </p>
      {remove && (
        <button type="button" className="link shrink-0 py-0.5 font-medium" onClick={() => setAsking(true)}>
          Remove<span className="max-sm:sr-only"> demo</span>
        </button>
      )}
      {asking && remove && (
        <ConfirmDialog
          open
          onOpenChange={setAsking}
          title="Remove the demo"
          action="Remove demo"
          onConfirm={async () => {
            await orThrow(remove(workspace, {}))
            // A whole load: what this browser remembers of the workspace goes, too.
            window.location.assign('/')
          }}
        >
          <p>
            Its models, keys, deployments, experiments and calls are deleted for everybody. Other workspaces stay as
            they are. <code>npm run -s patchbay -- demo</code> makes it anew.
          </p>
        </ConfirmDialog>
      )}
    </section>
  )
}

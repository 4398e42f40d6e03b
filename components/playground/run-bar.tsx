'use client'
import { CodeXml, Play, Share2, Square } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { Money } from '#components/ui/figures.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { useKeyNames } from '#components/ui/keys.ts'
import { Notice } from '#components/ui/notice.tsx'
import type { MoneyView } from '#lib/core/money.ts'

/** Run or stop, and what to do with a prompt. Says why nothing runs, and what pictures will cost. */
export function RunBar({
  isRunning,
  problem,
  cost,
  onRun,
  onNear,
  onStop,
  onCode,
  onShare,
}: {
  isRunning: boolean
  problem: string | undefined
  /** Before the call, where it is known: `undefined` elsewhere, null where a model has no price. */
  cost: { pictures: number; amount: MoneyView | null } | undefined
  onRun: () => void
  /** Somebody is about to run it. */
  onNear: () => void
  onStop: () => void
  onCode: () => void
  onShare?: () => void
}) {
  const keyNames = useKeyNames()
  return (
    <div className="grid shrink-0 gap-2 border-t bg-surface-0 px-4 py-2.5 max-lg:sticky max-lg:bottom-0 max-lg:z-10">
      {problem && <Notice tone="bad">{problem}</Notice>}
      {cost && cost.pictures > 0 && (
        <p className="text-muted text-xs">
          {cost.pictures === 1 ? '1 picture' : `${cost.pictures} pictures`}, <Money amount={cost.amount} />
        </p>
      )}
      <div className="flex items-center gap-1.5">
        {isRunning ? (
          <Button className="flex-1" onClick={onStop} aria-keyshortcuts="Escape">
            <Square className="size-3.5! fill-current" aria-hidden="true" />
            Stop
            <span aria-hidden="true" className="figures text-faint text-xs pointer-coarse:hidden">
              Esc
            </span>
          </Button>
        ) : (
          <Button
            variant="main"
            className="flex-1"
            onClick={onRun}
            onPointerEnter={onNear}
            onFocus={onNear}
            aria-keyshortcuts="Meta+Enter Control+Enter"
          >
            <Play className="size-3.5! fill-current" aria-hidden="true" />
            Run
            <span aria-hidden="true" className="figures text-xs pointer-coarse:hidden">
              {keyNames('⌘↵')}
            </span>
          </Button>
        )}
        <IconButton label="The call as code" variant="default" onClick={onCode}>
          <CodeXml strokeWidth={1.75} />
        </IconButton>
        {onShare && (
          <IconButton label="Share by a link" variant="default" onClick={onShare}>
            <Share2 strokeWidth={1.75} />
          </IconButton>
        )}
      </div>
    </div>
  )
}

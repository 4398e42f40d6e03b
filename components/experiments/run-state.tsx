import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatNumber } from '#components/ui/format.ts'
import { Spinner } from '#components/ui/spinner.tsx'
import type { RunSummaryView } from '#lib/experiments/schema.ts'
import { type ShownState, stateWords } from './run-words.ts'

export function StateBadge({ state }: { state: ShownState }) {
  const { word, tone } = stateWords[state]
  return (
    <Badge tone={tone}>
      {state === 'running' && <Spinner />}
      {word}
    </Badge>
  )
}

/** Done, failed and left as one bar. Its words stand beside it. */
export function ProgressBar({
  run,
  className,
}: {
  run: Pick<RunSummaryView, 'done' | 'failed' | 'cells' | 'state'>
  className?: string
}) {
  const share = (count: number) => `${run.cells === 0 ? 0 : (count / run.cells) * 100}%`
  return (
    <div
      role="progressbar"
      aria-label="Cells that are finished"
      aria-valuemin={0}
      aria-valuemax={run.cells}
      aria-valuenow={run.done + run.failed}
      aria-valuetext={`${formatNumber(run.done)} done, ${formatNumber(run.failed)} failed, of ${formatNumber(run.cells)}`}
      className={cn('flex h-1.5 overflow-hidden rounded-full bg-surface-3', className)}
    >
      <span className="bg-ok transition-[width]" style={{ width: share(run.done) }} />
      <span className="bg-bad transition-[width]" style={{ width: share(run.failed) }} />
    </div>
  )
}

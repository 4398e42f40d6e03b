import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatDuration } from '#components/ui/format.ts'
import type { RequestDetail } from '#lib/analytics/schema.ts'
import { toMoneyView } from '#lib/core/money.ts'
import { type PhaseKind, toTimeline } from './timeline.ts'

const phases: Record<PhaseKind, { word: string; fill: string }> = {
  admit: { word: 'Read and admit', fill: 'bg-accent' },
  connect: { word: 'Connect', fill: 'bg-chart-6' },
  wait: { word: 'Wait for the first byte', fill: 'bg-chart-1' },
  receive: { word: 'Receive', fill: 'bg-chart-2' },
  pause: { word: 'Pause before the next attempt', fill: 'bg-line-strong' },
  finish: { word: 'Finish and record', fill: 'bg-accent' },
}

/** Where the time went, drawn to scale, with every figure beside its bar. */
export function TimelineBars({ request }: { request: RequestDetail }) {
  const { rows, totalMs } = toTimeline(request)
  const share = (ms: number) => `${totalMs === 0 ? 0 : (ms / totalMs) * 100}%`
  return (
    <div className="grid gap-4">
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the attempts of a record do not change
        <div key={index} className="grid gap-1.5">
          <p className="flex flex-wrap items-center gap-2 text-sm">
            <span className="font-medium">{row.label}</span>
            {row.model && <span className="min-w-0 truncate text-muted">{row.model}</span>}
            {row.status !== undefined && row.status > 0 && (
              <Badge tone={row.status < 300 ? 'plain' : 'bad'}>
                <span className="figures">{row.status}</span>
              </Badge>
            )}
            {row.code && <span className="figures text-muted text-xs">{row.code}</span>}
            {row.costNanoUsd && (
              <span className="figures text-muted text-xs">
                {row.code ? 'billed' : 'cost'} ${toMoneyView(row.costNanoUsd).usd}
              </span>
            )}
            {row.code && row.status !== undefined && !row.costNanoUsd && (
              <span className="text-muted text-xs">not billed</span>
            )}
          </p>
          <div aria-hidden="true" className="relative h-2.5 rounded-sm bg-surface-2">
            {row.phases.map((phase) => (
              <span
                key={`${phase.kind} ${phase.fromMs}`}
                className={cn('absolute inset-y-0 min-w-0.5 rounded-[2px]', phases[phase.kind].fill)}
                style={{ left: share(phase.fromMs), width: share(phase.toMs - phase.fromMs) }}
              />
            ))}
          </div>
          {row.phases.length > 0 ? (
            <dl className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
              {row.phases.map((phase) => (
                <div key={`${phase.kind} ${phase.fromMs}`} className="flex items-center gap-1.5">
                  <dt className="flex items-center gap-1.5 text-muted">
                    <span aria-hidden="true" className={cn('size-2 rounded-[2px]', phases[phase.kind].fill)} />
                    {phases[phase.kind].word}
                  </dt>
                  <dd className="figures">{formatDuration(phase.toMs - phase.fromMs)}</dd>
                </div>
              ))}
            </dl>
          ) : (
            <p className="text-muted text-xs">Under a millisecond</p>
          )}
        </div>
      ))}
    </div>
  )
}

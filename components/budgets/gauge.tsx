import { cn } from '#components/ui/cn.ts'
import { formatShare } from '#components/ui/format.ts'
import type { Gauge, Level } from './figures.ts'

const fills: Record<Level, string> = { calm: 'bg-muted', high: 'bg-warn', full: 'bg-bad' }
export const levelText: Record<Level, string> = { calm: 'text-muted', high: 'text-warn', full: 'text-bad' }

const hatched = 'bg-[repeating-linear-gradient(135deg,var(--text-faint)_0_1.5px,transparent_1.5px_4px)]'

const percent = (share: number) => `${Math.min(100, Math.max(0, share * 100))}%`

/** What of a cap is spent, solid, and reserved, hatched; a line at each share at which admins get a notice. */
export function GaugeBar({
  gauge: { spentShare, reservedShare, level },
  label,
  thin = false,
  className,
}: {
  gauge: Gauge
  /** What is measured: "Daily budget of ci-bot". */
  label: string
  /** Without the lines, for a row of a table. */
  thin?: boolean
  className?: string
}) {
  // What is spent at all shows.
  const spent = spentShare > 0 ? Math.max(spentShare, 0.004) : 0
  return (
    // biome-ignore lint/a11y/useSemanticElements: a meter element cannot be drawn in two parts
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.min(100, Math.round(spentShare * 100))}
      aria-valuetext={`${formatShare(spentShare)} spent`}
      className={cn('relative overflow-hidden rounded-full bg-surface-3', thin ? 'h-1.5' : 'h-2', className)}
    >
      <span className={cn('absolute inset-y-0 left-0', fills[level])} style={{ width: percent(spent) }} />
      <span
        className={cn('absolute inset-y-0', hatched)}
        style={{ left: percent(spent), width: percent(Math.min(reservedShare, 1 - spent)) }}
      />
      {!thin &&
        [50, 80].map((at) => (
          <span key={at} className="absolute inset-y-0 w-px bg-surface-1" style={{ left: `${at}%` }} />
        ))}
    </div>
  )
}

/** What solid, hatched and the lines mean. */
export function GaugeLegend({ className }: { className?: string }) {
  return (
    <ul className={cn('flex flex-wrap items-center gap-x-4 gap-y-1 text-faint text-xs', className)}>
      <li className="flex items-center gap-1.5">
        <span aria-hidden="true" className="h-2 w-3 rounded-xs bg-muted" />
        spent
      </li>
      <li className="flex items-center gap-1.5">
        <span aria-hidden="true" className={cn('h-2 w-3 rounded-xs bg-surface-3', hatched)} />
        reserved for calls under way and to come
      </li>
      <li>Admins get a notice at 50, 80 and 100 %.</li>
    </ul>
  )
}

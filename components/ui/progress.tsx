import { cn } from './cn.ts'

/** How much of something is done or used. Without a value: under way, end unknown. */
export function Progress({
  value,
  max = 1,
  label,
  tone = 'accent',
  className,
}: {
  value?: number
  max?: number
  /** Read out: "Cost of this month's budget". */
  label: string
  tone?: 'accent' | 'ok' | 'warn' | 'bad'
  className?: string
}) {
  const share = value === undefined || max <= 0 ? undefined : Math.min(1, Math.max(0, value / max))
  const fill = { accent: 'bg-accent', ok: 'bg-ok', warn: 'bg-warn', bad: 'bg-bad' }[tone]
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.round(share * 100)}
      className={cn('h-1 overflow-hidden rounded-full bg-surface-3', className)}
    >
      <div
        className={cn('h-full rounded-full', fill, share === undefined ? 'w-2/5 animate-travel' : 'transition-[width]')}
        style={share === undefined ? undefined : { width: `${share * 100}%` }}
      />
    </div>
  )
}

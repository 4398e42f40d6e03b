import { formatUsd, type MoneyView } from '#lib/core/money.ts'
import { cn } from './cn.ts'
import { formatCompact, formatDuration, formatNumber, formatShare } from './format.ts'

interface Look {
  className?: string
}

/** A cost. `null` is unpriced, which is not zero. The exact dollars show on hover. */
export function Money({ amount, className }: { amount: MoneyView | null } & Look) {
  if (!amount) return <span className={cn('text-muted', className)}>unpriced</span>
  const shown = formatUsd(amount)
  const exact = `$${amount.usd}`
  return (
    <data value={amount.usd} title={exact === shown ? undefined : exact} className={cn('figures', className)}>
      {shown}
    </data>
  )
}

/** A count: grouped, or with `compact` three significant digits and the exact count on hover. */
export function Count({
  value,
  compact = false,
  className,
}: { value: number | bigint | null; compact?: boolean } & Look) {
  if (value === null) return <Nothing className={className} />
  const exact = formatNumber(value)
  const shown = compact ? formatCompact(value) : exact
  return (
    <data value={value.toString()} title={shown === exact ? undefined : exact} className={cn('figures', className)}>
      {shown}
    </data>
  )
}

/** A time span in milliseconds. */
export function Duration({ ms, className }: { ms: number | null } & Look) {
  if (ms === null) return <Nothing className={className} />
  return (
    <data
      value={ms}
      title={ms >= 1000 ? `${formatNumber(Math.round(ms))} ms` : undefined}
      className={cn('figures whitespace-nowrap', className)}
    >
      {formatDuration(ms)}
    </data>
  )
}

/** A share of 1, as a percentage. */
export function Share({ value, className }: { value: number | null } & Look) {
  if (value === null) return <Nothing className={className} />
  return <span className={cn('figures whitespace-nowrap', className)}>{formatShare(value)}</span>
}

/**
 * A change against the period before, as a share of it. Grey, because more is neither good nor bad; errors and latency
 * pass `lowerIsBetter` and are coloured.
 */
export function Delta({
  share,
  lowerIsBetter = false,
  className,
}: { share: number | null; lowerIsBetter?: boolean } & Look) {
  if (share === null) return <Nothing className={className} />
  const tone = !lowerIsBetter || Math.abs(share) < 0.005 ? 'text-muted' : share < 0 ? 'text-ok' : 'text-bad'
  return <span className={cn(tone, className)}>{share > 0 ? `+${formatShare(share)}` : formatShare(share)}</span>
}

function Nothing({ className }: Look) {
  return (
    <span className={cn('text-faint', className)}>
      <span aria-hidden="true">–</span>
      <span className="sr-only">none</span>
    </span>
  )
}

import { Money } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { BudgetUnit } from '#lib/metering/schema.ts'

/** Dollars with the exact amount on hover, or a count of tokens. */
export function Amount({ unit, units, className }: { unit: BudgetUnit; units: bigint; className?: string }) {
  if (unit === 'usd') return <Money amount={toMoneyView(units)} {...(className && { className })} />
  return (
    <data value={units.toString()} className={`figures ${className ?? ''}`}>
      {formatNumber(units)}
    </data>
  )
}

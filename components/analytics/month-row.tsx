'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { withQuery } from '#components/ui/api.ts'
import { cn } from '#components/ui/cn.ts'
import { Money } from '#components/ui/figures.tsx'
import { formatShare } from '#components/ui/format.ts'
import { type Kpi, KpiRow } from '#components/ui/kpi.tsx'
import { ExactTime, RelativeTime, useNow } from '#components/ui/time.tsx'
import type { UsageView } from '#lib/analytics/schema.ts'
import { formatUsd, parseNanoUsd } from '#lib/core/money.ts'
import type { BudgetView } from '#lib/metering/schema.ts'
import { budgetOf, monthForecast } from './month.ts'
import { budgetsQuery, monthQuery } from './queries.ts'
import { type OverviewState, toParts, toSpanQuery, toUsageQuery } from './state.ts'

/** What the month that runs has cost, of its budget, and where it leads. Of the part that is looked at. */
export function MonthRow({
  workspace,
  state,
  practice,
}: {
  workspace: string
  state: OverviewState
  /** Whether practice models are in the figures of the page; not known while they load. */
  practice: boolean | undefined
}) {
  const { range: _, from: __, to: ___, ...parts } = toUsageQuery(state)
  const month = useQuery({
    ...monthQuery(workspace, { ...parts, includePractice: String(practice ?? false) }),
    enabled: practice !== undefined,
    refetchInterval: 60_000,
  })
  const budgets = useQuery({ ...budgetsQuery(workspace), refetchInterval: 60_000 })
  const nowMs = useNow()
  // What stands below says what is wrong.
  if (month.error && !month.data) return null
  const ready = month.data && (budgets.data || budgets.error)
  const budget = budgetOf(budgets.data?.items ?? [], toParts(state))
  return (
    <KpiRow
      placeholders={3}
      items={ready ? toItems({ workspace, state, month: month.data, budget, nowMs }) : undefined}
    />
  )
}

function toItems({
  workspace,
  state,
  month,
  budget,
  nowMs,
}: {
  workspace: string
  state: OverviewState
  month: UsageView
  budget: BudgetView | undefined
  nowMs: number
}): Kpi[] {
  const { range: _, from: __, to: ___, ...parts } = toSpanQuery(state)
  const cost = BigInt(month.total.cost.nanoUsd)
  const cap = budget && parseNanoUsd(budget.cap)
  const spent = budget && parseNanoUsd(budget.spent)
  const forecast = monthForecast(month, nowMs)
  const over = forecast !== null && cap !== undefined && forecast > cap
  const share = cap !== undefined && spent !== undefined && cap > 0n ? Number((spent * 10_000n) / cap) / 10_000 : null
  const budgetHref = withQuery(`/${workspace}/analytics/budgets`, budget ? { rule: budget.id } : { new: 'budget' })
  return [
    {
      label: 'This month',
      wide: true,
      value: (
        <Link
          href={withQuery(`/${workspace}/analytics`, { ...parts, range: 'month' })}
          prefetch={false}
          title="Show what it is made of"
          className="link rounded-sm"
        >
          <Money amount={month.total.cost} />
        </Link>
      ),
      aside: cap === undefined ? undefined : `of ${formatUsd(cap)}`,
      picture:
        share === null ? undefined : (
          // biome-ignore lint/a11y/useSemanticElements: as the gauge of the budgets' page is drawn
          <span
            role="meter"
            aria-label="Budget of the month"
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={Math.min(100, Math.round(share * 100))}
            aria-valuetext={`${formatShare(share)} spent`}
            className="block h-2 overflow-hidden rounded-full bg-surface-3"
          >
            <span
              className={cn('block h-full', share >= 1 ? 'bg-bad' : share >= 0.8 ? 'bg-warn' : 'bg-muted')}
              style={{ width: `${Math.min(100, share * 100)}%` }}
            />
          </span>
        ),
      detail:
        share === null
          ? month.total.unpriced > 0 && `${month.total.unpriced.toLocaleString('en-US')} requests unpriced`
          : spent === cost
            ? `${formatShare(share)} of the budget spent`
            : `${formatShare(share)} of the budget: it was charged ${formatUsd(spent!)}`,
    },
    {
      label: 'By its end, at this pace',
      value:
        forecast === null ? (
          <span className="text-muted">–</span>
        ) : (
          <Money amount={{ nanoUsd: String(forecast), usd: '' }} />
        ),
      detail:
        forecast === null ? (
          'Too early in the month to say'
        ) : cap === undefined ? (
          'As the days so far'
        ) : (
          <span className={over ? 'text-warn' : undefined}>
            {formatUsd(over ? forecast - cap : cap - forecast)} {over ? 'over' : 'below'} the budget
          </span>
        ),
    },
    budget?.resetsAt
      ? {
          label: 'Budget resets',
          value: <RelativeTime at={budget.resetsAt} />,
          detail: (
            <Link href={budgetHref} prefetch={false} className="link inline-flex min-h-6 items-center rounded-sm">
              <ExactTime at={budget.resetsAt} minute />
            </Link>
          ),
        }
      : {
          label: 'Budget of the month',
          value: <span className="text-muted">none</span>,
          detail: (
            <Link href={budgetHref} prefetch={false} className="link inline-flex min-h-6 items-center rounded-sm">
              Set one
            </Link>
          ),
        },
  ]
}

'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { ButtonLink } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatNumber, formatShare } from '#components/ui/format.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { type BudgetView, type LimitView, type RuleScope, rateWords } from '#lib/metering/schema.ts'
import { figuresOf, formatUnits, gaugeOf, toUnits, windowWords } from './figures.ts'
import { GaugeBar, levelText } from './gauge.tsx'
import { budgetsQuery, limitsQuery } from './queries.ts'
import { newRuleHref, ruleHref } from './scopes.ts'

export interface RulesCardProps {
  workspace: string
  scope: RuleScope
  scopeId: string
  name: string
  canManage: boolean
}

/** On the page of a model: its own budgets and limits, each leading to its place. */
export function RulesCard({ workspace, scope, scopeId, name, canManage }: RulesCardProps) {
  const budgets = useQuery(budgetsQuery(workspace))
  const limits = useQuery(limitsQuery(workspace))
  const isOwn = (rule: { scope: RuleScope; scopeId: string }) => rule.scope === scope && rule.scopeId === scopeId
  const own = budgets.data &&
    limits.data && { budgets: budgets.data.items.filter(isOwn), limits: limits.data.items.filter(isOwn) }
  const failed = budgets.error ?? limits.error
  return (
    <Card>
      <CardHeader
        title="Budgets and limits"
        detail={`Of this ${scope} alone. Those of the workspace, of keys and of identities hold for its calls too.`}
        actions={
          <>
            <ButtonLink size="sm" variant="quiet" href={`/${workspace}/analytics/budgets`}>
              All budgets
            </ButtonLink>
            {canManage && (
              <ButtonLink size="sm" href={newRuleHref(workspace, { scope, scopeId, name })}>
                New budget
              </ButtonLink>
            )}
          </>
        }
      />
      {own ? (
        own.budgets.length + own.limits.length === 0 ? (
          <p className="px-4 pb-4 text-muted text-sm">None of its own.</p>
        ) : (
          <ul className="divide-y border-t">
            {own.budgets.map((view) => (
              <BudgetLine key={view.id} workspace={workspace} view={view} />
            ))}
            {own.limits.map((view) => (
              <LimitLine key={view.id} workspace={workspace} view={view} />
            ))}
          </ul>
        )
      ) : failed ? (
        <p className="px-4 pb-4 text-muted text-sm">They could not be loaded. {failed.message}</p>
      ) : (
        <div aria-busy className="px-4 pb-4">
          <Skeleton className="h-4 w-64 max-w-full" />
        </div>
      )}
    </Card>
  )
}

const line = 'flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1.5 px-4 py-2 text-sm'
const bar = 'w-40 shrink-0'

function BudgetLine({ workspace, view }: { workspace: string; view: BudgetView }) {
  const figures = figuresOf(view)
  const amount = `${formatUnits(view.unit, toUnits(view.unit, view.cap))} ${windowWords[view.window]}`
  return (
    <li className={line}>
      <Link href={ruleHref(workspace, view.id)} className="link inline-flex min-h-6 min-w-44 items-center rounded-sm">
        {amount}
      </Link>
      {figures && (
        <>
          <GaugeBar thin gauge={figures} label={`Budget of ${amount}`} className={bar} />
          <span className={cn('figures', levelText[figures.level])}>{formatShare(figures.spentShare)}</span>
          <span className="text-muted">{formatUnits(view.unit, figures.left)} left</span>
        </>
      )}
      {view.resetsAt !== null && (
        <span className="ml-auto text-faint">
          resets <RelativeTime at={view.resetsAt} />
        </span>
      )}
    </li>
  )
}

function LimitLine({ workspace, view }: { workspace: string; view: LimitView }) {
  const amount = rateWords(view.kind, BigInt(view.amount))
  const used = BigInt(view.used)
  return (
    <li className={line}>
      <Link href={ruleHref(workspace, view.id)} className="link inline-flex min-h-6 min-w-44 items-center rounded-sm">
        {amount}
      </Link>
      <GaugeBar
        thin
        gauge={gaugeOf(BigInt(view.amount), used, 0n, false)}
        label={`Limit of ${amount}`}
        className={bar}
      />
      <span className="text-muted">
        <span className="figures">{formatNumber(used)}</span> now
      </span>
    </li>
  )
}

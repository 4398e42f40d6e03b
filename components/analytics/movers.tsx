import Link from 'next/link'
import { withQuery } from '#components/ui/api.ts'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { Delta, Money } from '#components/ui/figures.tsx'
import type { Mover } from '#lib/analytics/schema.ts'
import { costChangeOf, rowLabel } from './figures.ts'

const kinds: Record<Mover['group'], string> = { model: 'Model', key: 'Key or person', deployment: 'Deployment' }

/** Whose cost changed the most since the span before. */
export function Movers({
  movers,
  workspace,
  span,
}: {
  movers: readonly Mover[]
  workspace: string
  span: Record<string, string>
}) {
  return (
    <Card>
      <CardHeader title="Top movers" detail="What changed the most against the span before, up or down." />
      <ul className="grid gap-x-8 px-4 pb-3 sm:grid-cols-2 xl:grid-cols-3">
        {movers.map((mover) => (
          <li key={`${mover.group} ${mover.key}`} className="flex min-h-12 items-center gap-3 border-b last:border-b-0">
            <span className="min-w-0 flex-1">
              <Link
                href={withQuery(`/${workspace}/analytics`, { ...span, [mover.group]: mover.key })}
                prefetch={false}
                className="link block truncate rounded-sm"
              >
                {rowLabel(mover, mover.group)}
              </Link>
              <span className="block text-muted text-xs">{kinds[mover.group]}</span>
            </span>
            <span className="text-right">
              <span className="figures block">
                <Money amount={mover.previousCost} className="text-muted" /> <span aria-hidden="true">→</span>{' '}
                <span className="sr-only">to</span>
                <Money amount={mover.cost} />
              </span>
              <span className="block text-xs">
                {mover.previousCost.nanoUsd === '0' ? (
                  <span className="text-muted">new</span>
                ) : (
                  <Delta share={costChangeOf(mover.cost, mover.previousCost)} />
                )}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

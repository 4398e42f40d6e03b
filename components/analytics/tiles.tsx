import type { ReactNode } from 'react'
import { cn } from '#components/ui/cn.ts'
import { Count, Delta, Duration, Money, Share } from '#components/ui/figures.tsx'
import { formatDuration, formatNumber, formatShare } from '#components/ui/format.ts'
import { KpiRow } from '#components/ui/kpi.tsx'
import type { OverviewView } from '#lib/analytics/schema.ts'
import { cachedShareOf, changeOf, costChangeOf, errorShareOf, isUnpriced, tokensOf } from './figures.ts'

/** The first row: each figure with its change against the span before. While `view` is missing, its shape. */
export function OverviewTiles({ view, className }: { view: OverviewView | undefined; className?: string }) {
  return <KpiRow items={view && toItems(view)} className={className} />
}

function toItems({ total, previous, latency, previousLatency, firstByte, previousFirstByte }: OverviewView) {
  const cached = cachedShareOf(total)
  const errorShare = errorShareOf(total)
  const errorsBefore = errorShareOf(previous)
  const answered = total.requests - total.probes
  return [
    {
      label: 'Cost',
      value: <Money amount={isUnpriced(total) ? null : total.cost} />,
      detail: (
        <Line>
          <Change share={costChangeOf(total.cost, previous.cost)} />
          {total.unpriced > 0 && `${formatNumber(total.unpriced)} requests unpriced`}
        </Line>
      ),
    },
    {
      label: 'Requests',
      value: <Count value={total.requests} />,
      detail: (
        <Line>
          <Change share={changeOf(total.requests, previous.requests)} />
          {total.probes > 0 && `${formatNumber(total.probes)} own probes`}
        </Line>
      ),
    },
    {
      label: 'Tokens',
      value: <Count value={tokensOf(total)} compact />,
      detail: (
        <Line>
          <Change share={changeOf(tokensOf(total), tokensOf(previous))} />
          {cached !== null && `${formatShare(cached)} of input cached`}
        </Line>
      ),
    },
    {
      label: 'p95 latency',
      value: <Duration ms={latency?.p95Ms ?? null} />,
      detail: (
        <Line>
          {latency && previousLatency && <Slower ms={latency.p95Ms - previousLatency.p95Ms} />}
          {latency && `p50 ${formatDuration(latency.p50Ms)}, p99 ${formatDuration(latency.p99Ms)}`}
        </Line>
      ),
    },
    {
      label: 'p95 first byte',
      value: <Duration ms={firstByte?.p95Ms ?? null} />,
      detail: (
        <Line>
          {firstByte && previousFirstByte && <Slower ms={firstByte.p95Ms - previousFirstByte.p95Ms} />}
          {firstByte && `p50 ${formatDuration(firstByte.p50Ms)}`}
        </Line>
      ),
    },
    {
      label: 'Cache hits',
      value: <Share value={answered > 0 ? total.cacheHits / answered : null} />,
      detail: (
        <Line>
          {previous.cacheHits > 0 && <Change share={changeOf(total.cacheHits, previous.cacheHits)} />}
          {`${formatNumber(total.cacheHits)} answered for nothing`}
        </Line>
      ),
    },
    {
      label: 'Errors',
      value: <Share value={errorShare} />,
      detail: (
        <Line>
          {errorShare !== null && errorsBefore !== null && errorsBefore > 0 && (
            <Delta share={changeOf(errorShare, errorsBefore)} lowerIsBetter />
          )}
          {`${formatNumber(total.errors)} of ${formatNumber(answered)}`}
        </Line>
      ),
    },
  ]
}

/** Short facts with a dot between those that are there. */
function Line({ children }: { children: ReactNode[] }) {
  const facts = children.filter((child) => child !== false && child !== null)
  return facts.map((fact, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the facts have fixed places
    <span key={index}>
      {index > 0 && ' · '}
      {fact}
    </span>
  ))
}

function Change({ share }: { share: number | null }) {
  return share === null ? <span>nothing before</span> : <Delta share={share} />
}

function Slower({ ms }: { ms: number }) {
  const tone = ms === 0 ? 'text-muted' : ms < 0 ? 'text-ok' : 'text-bad'
  return <span className={cn(tone)}>{ms > 0 ? `+${formatDuration(ms)}` : formatDuration(ms)}</span>
}

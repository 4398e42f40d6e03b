import type { ReactNode } from 'react'
import { Count, Delta, Duration, Money, Share } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import type { Kpi } from '#components/ui/kpi.tsx'
import type { OverviewView, UsageFigures } from '#lib/analytics/schema.ts'

/** The figures of one model over a span, each with what it was in the span before. */
export function usageTiles(view: OverviewView, span: string): Kpi[] {
  const { total, previous, latency, previousLatency, firstByte } = view
  return [
    {
      label: `Calls, ${span}`,
      value: <Count value={total.requests} />,
      detail: (
        <Line delta={<Delta share={changeOf(total.requests, previous.requests)} />} was={previous.requests}>
          {total.probes > 0 && `${formatNumber(total.probes)} of them our checks`}
        </Line>
      ),
    },
    {
      label: 'Cost',
      value: total.unpriced > 0 && total.cost.nanoUsd === '0' ? <Money amount={null} /> : <Money amount={total.cost} />,
      detail: (
        <Line
          delta={<Delta share={changeOf(Number(total.cost.nanoUsd), Number(previous.cost.nanoUsd))} />}
          was={Number(previous.cost.nanoUsd)}
        >
          {total.unpriced > 0
            ? `${formatNumber(total.unpriced)} calls unpriced`
            : total.requests > 0
              ? 'all priced'
              : 'nothing yet'}
        </Line>
      ),
    },
    {
      label: 'Tokens in / out',
      value: (
        <>
          <Count value={total.inputTokens} compact /> / <Count value={total.outputTokens} compact />
        </>
      ),
      detail:
        total.inputTokens > 0 ? (
          <>
            <Share value={total.cachedTokens / total.inputTokens} /> cached
          </>
        ) : (
          '–'
        ),
    },
    {
      label: 'p95 latency',
      value: <Duration ms={latency?.p95Ms ?? null} />,
      detail: (
        <Line
          delta={<Delta share={latency ? changeOf(latency.p95Ms, previousLatency?.p95Ms ?? 0) : null} lowerIsBetter />}
          was={previousLatency?.p95Ms ?? 0}
        >
          {firstByte && (
            <>
              first byte <Duration ms={firstByte.p95Ms} />
            </>
          )}
        </Line>
      ),
    },
    {
      label: 'Errors',
      value: <Share value={errorShareOf(total)} />,
      detail: `${formatNumber(total.errors)} of ${formatNumber(total.requests - total.probes)} calls`,
    },
  ]
}

/** A change is worth a word only where there was something before. */
function Line({ delta, was, children }: { delta: ReactNode; was: number; children: ReactNode }) {
  if (was === 0) return children || '–'
  return (
    <span className="inline-flex flex-wrap gap-x-1.5">
      {delta}
      {children && <span>· {children}</span>}
    </span>
  )
}

function changeOf(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / before
}

function errorShareOf({ errors, requests, probes }: UsageFigures): number | null {
  return requests === probes ? null : errors / (requests - probes)
}

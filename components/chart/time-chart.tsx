'use client'
import dynamic from 'next/dynamic'
import { type ReactNode, useMemo, useState } from 'react'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { useTimeZone } from '#components/ui/time.tsx'
import { ChartLegend } from './chart-legend.tsx'
import { ChartSkeleton } from './chart-skeleton.tsx'
import { type ChartInput, preparePlot } from './prepare.ts'

const height = 260

const ChartTable = dynamic(() => import('./chart-table.tsx').then((module) => module.ChartTable), {
  ssr: false,
  loading: () => <ChartSkeleton />,
})

// The drawing library weighs more than the rest of a page; it comes when there is something to draw.
const TimePlot = dynamic(() => import('./time-plot.tsx').then((module) => module.TimePlot), {
  ssr: false,
  loading: () => <ChartSkeleton />,
})

export interface TimeChartProps extends Omit<ChartInput, 'hidden' | 'times' | 'series' | 'timeZone'> {
  title: string
  /** A quiet line below the title. */
  detail?: ReactNode
  /** `undefined` while loading: the chart's shape in grey. */
  data: Pick<ChartInput, 'times' | 'series'> | undefined
  /** Without it the person's zone. */
  timeZone?: string
  /** A click or Enter on a bucket: the requests behind it. */
  onOpen?: (bucket: { fromMs: number; toMs: number | undefined }) => void
  /** Right of the legend: what is unpriced, what is estimated. */
  note?: ReactNode
  actions?: ReactNode
  /** In place of the drawing when every figure is zero. */
  emptyText?: string
  className?: string
}

/** Figures over time as stacked bars or lines, with a legend that hides and shows, and the same figures as a table. */
export function TimeChart({
  title,
  detail,
  data,
  timeZone,
  onOpen,
  note,
  actions,
  emptyText = 'Nothing in this range.',
  className,
  ...look
}: TimeChartProps) {
  const personZone = useTimeZone()
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const [view, setView] = useState<'chart' | 'table'>('chart')
  const { grain, unit, kind } = look
  const zone = timeZone ?? personZone
  const plot = useMemo(
    () => (data ? preparePlot({ ...data, grain, unit, kind, timeZone: zone, hidden }) : undefined),
    [data, grain, unit, kind, zone, hidden],
  )

  function toggle(key: string) {
    setHidden((before) => {
      const after = new Set(before)
      if (!after.delete(key)) after.add(key)
      // The last one stays: an empty picture says nothing.
      return after.size === plot?.series.length ? before : after
    })
  }

  function open(index: number) {
    const fromMs = data?.times[index]
    if (fromMs !== undefined) onOpen?.({ fromMs, toMs: data?.times[index + 1] })
  }

  return (
    <Card className={className} aria-busy={!plot} aria-label={title}>
      <CardHeader
        title={title}
        detail={detail}
        actions={
          <>
            {actions}
            <Segmented
              size="sm"
              label={`Show ${title} as`}
              value={view}
              onChange={setView}
              options={[
                { value: 'chart', label: 'Chart' },
                { value: 'table', label: 'Table' },
              ]}
            />
          </>
        }
      />
      <div style={{ height }}>
        {!plot ? (
          <ChartSkeleton />
        ) : view === 'table' ? (
          <ChartTable plot={plot} label={title} onOpen={onOpen ? open : undefined} />
        ) : plot.isEmpty ? (
          <p className="mx-4 grid h-[236px] place-items-center rounded-lg border border-dashed text-muted">
            {emptyText}
          </p>
        ) : (
          <TimePlot plot={plot} kind={kind} label={title} height={height} onOpen={onOpen ? open : undefined} />
        )}
      </div>
      <ChartLegend series={plot?.series} onToggle={toggle} note={note} />
    </Card>
  )
}

'use client'
import { type RefObject, useEffect, useMemo, useRef } from 'react'
import {
  Bar,
  BarChart,
  CartesianGrid,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  useActiveTooltipDataPoints,
  XAxis,
  YAxis,
} from 'recharts'
import { type Plot, type PlotRow, tickText } from './prepare.ts'

interface Datum {
  index: number
  row: PlotRow
}

/** Draws a plot. Arrow keys walk the buckets, Enter opens one. Loaded on demand: see `TimeChart`. */
export function TimePlot({
  plot,
  kind,
  label,
  height,
  onOpen,
}: {
  plot: Plot
  kind: 'bars' | 'lines'
  label: string
  height: number
  onOpen: ((index: number) => void) | undefined
}) {
  const data = useMemo<Datum[]>(() => plot.rows.map((row, index) => ({ index, row })), [plot])
  const activeRef = useRef<number | undefined>(undefined)
  const top = plot.ticks.at(-1) ?? 1
  const Chart = kind === 'bars' ? BarChart : LineChart
  const shown = plot.series.map((series, index) => ({ series, index })).filter(({ series }) => !series.hidden)

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the drawing inside holds the focus; only Enter is added to its keys
    <div
      className="h-full pr-4 pl-1 [&_.recharts-surface]:rounded-lg [&_.recharts-surface]:-outline-offset-2"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && activeRef.current !== undefined) onOpen?.(activeRef.current)
      }}
    >
      <ResponsiveContainer width="100%" height={height}>
        <Chart
          data={data}
          title={label}
          desc="Left and right arrow keys walk through the buckets."
          margin={{ top: 8, right: 0, bottom: 0, left: 0 }}
          barCategoryGap="18%"
          onClick={() => activeRef.current !== undefined && onOpen?.(activeRef.current)}
          className={onOpen ? 'cursor-pointer' : undefined}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey={(datum: Datum) => datum.row.atMs}
            tickFormatter={(atMs: number) => plot.rows.find((row) => row.atMs === atMs)?.tick ?? ''}
            tickLine={false}
            axisLine={{ stroke: 'var(--line-strong)' }}
            tick={{ fill: 'var(--text-faint)', fontSize: 11 }}
            tickMargin={8}
            minTickGap={36}
            height={32}
          />
          <YAxis
            ticks={plot.ticks}
            domain={[0, top]}
            tickFormatter={(value: number) => tickText(value, plot.unit, plot.ticks)}
            tickLine={false}
            axisLine={false}
            tick={{ fill: 'var(--text-faint)', fontSize: 11, fontFamily: 'var(--font-geist-mono)' }}
            width={64}
          />
          <Tooltip
            content={({ payload }) => <PlotTooltip plot={plot} datum={payload[0]?.payload as Datum | undefined} />}
            cursor={kind === 'bars' ? { fill: 'var(--surface-3)', opacity: 0.6 } : { stroke: 'var(--line-strong)' }}
            isAnimationActive={false}
            wrapperStyle={{ zIndex: 20, outline: 'none' }}
          />
          {shown.map(({ series, index }) =>
            kind === 'bars' ? (
              <Bar
                key={series.key}
                name={series.label}
                dataKey={(datum: Datum) => datum.row.values[index]}
                stackId="all"
                fill={series.color}
                stroke="var(--surface-1)"
                strokeWidth={1}
                radius={2}
                maxBarSize={40}
                isAnimationActive={false}
              />
            ) : (
              <Line
                key={series.key}
                name={series.label}
                dataKey={(datum: Datum) => datum.row.values[index]}
                stroke={series.color}
                strokeWidth={2}
                dot={plot.rows.length === 1}
                activeDot={{ r: 4, strokeWidth: 2, stroke: 'var(--surface-1)' }}
                isAnimationActive={false}
              />
            ),
          )}
          <ActiveBucket activeRef={activeRef} />
        </Chart>
      </ResponsiveContainer>
    </div>
  )
}

/** Tells which bucket the pointer or the arrow keys are on. */
function ActiveBucket({ activeRef }: { activeRef: RefObject<number | undefined> }) {
  const points = useActiveTooltipDataPoints<Datum>()
  const index = points?.[0]?.index
  useEffect(() => {
    activeRef.current = index
  }, [activeRef, index])
  return null
}

function PlotTooltip({ plot, datum }: { plot: Plot; datum: Datum | undefined }) {
  if (!datum) return null
  const { row } = datum
  return (
    <div className="min-w-44 rounded-lg border bg-surface-1 px-3 py-2 text-xs shadow-float">
      <p className="mb-1 font-medium">{row.label}</p>
      <ul className="grid gap-0.5">
        {plot.series.map((series, index) =>
          series.hidden ? null : (
            <li key={series.key} className="flex items-center gap-2">
              <span aria-hidden="true" className="size-2 rounded-[2px]" style={{ background: series.color }} />
              <span className="max-w-52 truncate text-muted">{series.label}</span>
              <span className="figures ml-auto pl-4">{row.texts[index]}</span>
            </li>
          ),
        )}
      </ul>
      {row.total !== undefined && (
        <p className="mt-1 flex border-t pt-1">
          Total <span className="figures ml-auto pl-4 font-medium">{row.total}</span>
        </p>
      )}
    </div>
  )
}

import type { ReactNode } from 'react'
import { cn } from '#components/ui/cn.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { PlotSeries } from './prepare.ts'

/** One switch a series. Its swatch empties when it is hidden, so that colour is not all that tells. */
export function ChartLegend({
  series,
  onToggle,
  note,
}: {
  series: readonly PlotSeries[] | undefined
  onToggle: (key: string) => void
  note?: ReactNode
}) {
  return (
    <div className="flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1 px-4 pt-1 pb-3 text-xs">
      {series ? (
        <ul className="flex flex-1 flex-wrap gap-x-1 gap-y-0.5">
          {series.map((each) => (
            <li key={each.key}>
              <button
                type="button"
                aria-pressed={!each.hidden}
                onClick={() => onToggle(each.key)}
                className={cn(
                  '-ml-1 flex min-h-6 items-center gap-1.5 rounded-sm px-1.5 hover:bg-surface-3',
                  each.hidden && 'text-faint line-through',
                )}
              >
                <span
                  aria-hidden="true"
                  className="size-2.5 shrink-0 rounded-[3px] border-2"
                  style={{ borderColor: each.color, background: each.hidden ? 'transparent' : each.color }}
                />
                <span className="max-w-52 truncate">{each.label}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <Skeleton className="h-3 w-64" />
      )}
      {note && <span className="text-faint">{note}</span>}
    </div>
  )
}

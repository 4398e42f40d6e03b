import { cn } from '#components/ui/cn.ts'
import type { Plot } from './prepare.ts'

const cell = 'h-8 border-b px-3 whitespace-nowrap'
const figure = cn(cell, 'figures text-right')

/** The figures of a chart, exact, newest first. Hidden series have their columns too. */
export function ChartTable({
  plot,
  label,
  onOpen,
}: {
  plot: Plot
  label: string
  onOpen: ((index: number) => void) | undefined
}) {
  const sums = plot.rows.some(({ total }) => total !== undefined)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section tabIndex={0} aria-label={`${label}, table`} className="h-full overflow-auto border-t -outline-offset-2">
      <table className="w-full border-separate border-spacing-0 text-sm">
        <thead className="sticky top-0 bg-surface-1">
          <tr className="text-muted text-xs">
            <th scope="col" className={cn(cell, 'pl-4 text-left font-medium')}>
              Time
            </th>
            {plot.series.map((series) => (
              <th key={series.key} scope="col" className={cn(cell, 'text-right font-medium')}>
                {series.label}
              </th>
            ))}
            {sums && (
              <th scope="col" className={cn(cell, 'pr-4 text-right font-medium')}>
                Total
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {plot.rows
            .map((row, index) => (
              <tr key={row.atMs}>
                <th scope="row" className={cn(cell, 'pl-4 text-left font-normal')}>
                  {onOpen ? (
                    <button type="button" className="link min-h-6 rounded-sm" onClick={() => onOpen(index)}>
                      {row.label}
                    </button>
                  ) : (
                    row.label
                  )}
                </th>
                {row.texts.map((text, at) => (
                  <td key={plot.series[at]?.key} className={figure}>
                    {text}
                  </td>
                ))}
                {sums && <td className={cn(figure, 'pr-4 font-medium')}>{row.total}</td>}
              </tr>
            ))
            .reverse()}
        </tbody>
        {sums && (
          <tfoot className="sticky bottom-0 bg-surface-2">
            <tr>
              <th scope="row" className={cn(cell, 'pl-4 text-left font-medium')}>
                Total
              </th>
              {plot.series.map((series) => (
                <td key={series.key} className={cn(figure, 'font-medium')}>
                  {series.total}
                </td>
              ))}
              <td className={cn(figure, 'pr-4')} />
            </tr>
          </tfoot>
        )}
      </table>
    </section>
  )
}

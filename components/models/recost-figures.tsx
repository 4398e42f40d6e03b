import { Count, Money } from '#components/ui/figures.tsx'
import type { RecostPreview } from '#lib/models/schema.ts'

const cell = 'py-1.5 pl-3 text-right'

/** What a re-cost would change: in all, and day by day. */
export function RecostFigures({ preview }: { preview: RecostPreview }) {
  if (preview.requests === 0) return <p className="text-muted">There are no calls in this span.</p>
  return (
    <div className="grid gap-3 text-sm">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="max-h-80 overflow-auto" tabIndex={0} aria-label="By day">
        <table className="w-full">
          <thead className="sticky top-0 bg-surface-1 text-muted text-xs">
            <tr>
              <th scope="col" className="py-1.5 text-left font-medium">
                Day
              </th>
              {['Requests', 'Changed', 'Counted now', 'Would be'].map((word) => (
                <th key={word} scope="col" className={`${cell} font-medium`}>
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.days.map((day) => (
              <tr key={day.day} className="border-t">
                <th scope="row" className="figures py-1.5 text-left font-normal">
                  {day.day}
                </th>
                <Sums sums={day} />
              </tr>
            ))}
          </tbody>
          <tfoot className="sticky bottom-0 bg-surface-1 font-medium">
            <tr className="border-t">
              <th scope="row" className="py-1.5 text-left">
                Total
              </th>
              <Sums sums={preview} />
            </tr>
          </tfoot>
        </table>
      </section>
      <ul className="grid gap-1 text-muted text-xs">
        <li>Dashboards, lists and exports then hold the new figures. Each request keeps what it cost when it ran.</li>
        <li>Budgets keep what was spent: nothing that was refused or allowed changes.</li>
        {preview.unpriced !== preview.newUnpriced && (
          <li>
            Unpriced requests: <Count value={preview.unpriced} /> now, <Count value={preview.newUnpriced} /> then.
          </li>
        )}
        <li>It can be taken back: re-cost the same days at what they cost when they ran.</li>
      </ul>
    </div>
  )
}

function Sums({ sums }: { sums: Omit<RecostPreview['days'][number], 'day'> }) {
  return (
    <>
      <td className={cell}>
        <Count value={sums.requests} />
      </td>
      <td className={cell}>
        <Count value={sums.moved} />
      </td>
      <td className={cell}>
        <Money amount={sums.cost} />
      </td>
      <td className={cell}>
        <Money amount={sums.newCost} />
      </td>
    </>
  )
}

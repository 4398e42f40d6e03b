import { formatNumber } from '#components/ui/format.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { CostLine, RequestDetail } from '#lib/analytics/schema.ts'
import { formatExactUsd } from '#lib/core/money.ts'

const words: Record<CostLine['kind'], { name: string; per: string }> = {
  input: { name: 'Input tokens', per: 'per 1M' },
  cached: { name: 'Input tokens, cached', per: 'per 1M' },
  output: { name: 'Output tokens', per: 'per 1M' },
  image: { name: 'Images', per: 'each' },
  attempt: { name: 'Tokens of a failed attempt', per: '' },
}
const cell = 'border-b py-1.5 pl-3 text-right'
const head = 'border-b py-1.5 pl-3 text-right font-medium'

/** Count times price, line by line, with the price that was in force, or was corrected since. */
export function CostLines({ request }: { request: RequestDetail }) {
  const { costLines, cost, priced, bound, overrun, reasoningTokens, usageSource, recost } = request
  if (costLines.length === 0) {
    return <p className="text-muted text-sm">Nothing was used, nothing was charged.</p>
  }
  return (
    <div className="grid gap-2 text-sm">
      <div className="overflow-x-auto">
        <table className="w-full border-separate border-spacing-0">
          <thead>
            <tr className="text-muted text-xs whitespace-nowrap">
              <th scope="col" className="border-b py-1.5 text-left font-medium">
                Used
              </th>
              <th scope="col" className={head}>
                Count
              </th>
              <th scope="col" className={head}>
                Price
              </th>
              <th scope="col" className={head}>
                Cost
              </th>
            </tr>
          </thead>
          <tbody>
            {costLines.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a record do not change
              <tr key={index}>
                <th scope="row" className="border-b py-1.5 text-left font-normal">
                  {words[line.kind].name}
                </th>
                <td className={`figures ${cell}`}>{formatNumber(line.count)}</td>
                <td className={`figures whitespace-nowrap ${cell}`}>
                  {line.kind === 'attempt' ? (
                    <span className="text-faint">as billed</span>
                  ) : line.unitPrice === null ? (
                    <span className="text-muted">unpriced</span>
                  ) : (
                    <>
                      {formatExactUsd(line.unitPrice)} <span className="text-faint">{words[line.kind].per}</span>
                    </>
                  )}
                </td>
                <td className={`figures ${cell}`}>{line.usd === null ? '–' : formatExactUsd(line.usd)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3} className="py-1.5 text-left font-medium">
                Total
              </th>
              <td className="figures py-1.5 pl-3 text-right font-medium">
                {priced ? formatExactUsd(cost.usd) : 'unpriced'}
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
      <ul className="grid gap-0.5 text-muted text-xs">
        {recost && (
          <li>
            Re-costed at a corrected price{recost.by && ` by ${recost.by}`}
            {recost.at && (
              <>
                {' '}
                <RelativeTime at={recost.at} />
              </>
            )}
            . When it ran it {recost.ranCost ? `cost $${recost.ranCost.usd}` : 'was unpriced'}; budgets were charged
            that.
          </li>
        )}
        {usageSource === 'estimated' && <li>Estimated from the length of the texts: the server told no usage.</li>}
        {reasoningTokens > 0 && <li>{formatNumber(reasoningTokens)} of the output tokens are reasoning.</li>}
        {!priced && <li>The model had no price for part of this; its cost is not in any total.</li>}
        {bound.nanoUsd !== '0' && <li>At most ${bound.usd} was possible before the call was made.</li>}
        {overrun.nanoUsd !== '0' && <li className="text-bad">${overrun.usd} above that bound was billed.</li>}
      </ul>
    </div>
  )
}

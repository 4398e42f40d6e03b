import { formatNumber } from '#components/ui/format.ts'
import type { RowErrorView } from '#lib/experiments/schema.ts'

/** The first rows that were wrong, by their lines. */
export function RowErrors({
  errors,
  failed,
  tense = 'are',
}: {
  errors: readonly RowErrorView[]
  failed: number
  tense?: 'are' | 'would be'
}) {
  return (
    <section aria-label="Rows left out" className="rounded-xl border">
      <h3 className="border-b px-4 py-2 font-medium text-sm">
        {formatNumber(failed)} {failed === 1 ? 'row' : 'rows'} {failed === 1 && tense === 'are' ? 'is' : tense} left out
        {failed > errors.length && <span className="font-normal text-faint"> · the first {errors.length}</span>}
      </h3>
      <ul className="max-h-56 divide-y overflow-y-auto text-sm">
        {errors.map(({ line, field, message }) => (
          <li key={`${line} ${field}`} className="flex gap-3 px-4 py-1.5">
            <span className="figures w-20 shrink-0 text-faint">line {formatNumber(line)}</span>
            <span className="min-w-0 break-words">
              {field && <span className="figures">{field}: </span>}
              {message}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

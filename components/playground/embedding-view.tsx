'use client'
import { Count } from '#components/ui/figures.tsx'
import { similarities } from './similarity.ts'

/** Vectors of several texts: how long they are, how they begin, and how alike each two are. */
export function EmbeddingView({ vectors, texts }: { vectors: readonly number[][]; texts: readonly string[] }) {
  const matrix = similarities(vectors)
  return (
    <div className="grid min-w-0 gap-4">
      <p className="text-sm">
        <Count value={vectors[0]?.length ?? 0} /> dimensions
      </p>
      {vectors.length > 1 && <Matrix matrix={matrix} texts={texts} />}
      <ol className="grid min-w-0 gap-2">
        {vectors.map((vector, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a vector is its place
          <li key={index} className="min-w-0 text-sm">
            <p className="flex min-w-0 gap-2">
              <span className="figures text-faint">{index + 1}</span>
              <span className="truncate">{texts[index]}</span>
            </p>
            <p className="figures truncate text-faint text-xs">
              [{vector.slice(0, 8).map(short).join(', ')}
              {vector.length > 8 && ', …'}]
            </p>
          </li>
        ))}
      </ol>
    </div>
  )
}

const short = (value: number) => value.toFixed(4)

function Matrix({ matrix, texts }: { matrix: readonly (readonly number[])[]; texts: readonly string[] }) {
  return (
    <figure className="min-w-0">
      <figcaption className="mb-1.5 font-medium text-muted text-xs">Cosine similarity</figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label="Cosine similarity of each two texts" className="overflow-x-auto rounded-md">
        <table className="figures border-separate border-spacing-0.5 text-xs">
          <thead>
            <tr>
              <td />
              {matrix.map((_, column) => (
                <th
                  // biome-ignore lint/suspicious/noArrayIndexKey: a text is its place
                  key={column}
                  scope="col"
                  title={texts[column]}
                  className="h-6 min-w-12 text-center font-normal text-faint"
                >
                  <span className="sr-only">{texts[column]}</span>
                  <span aria-hidden="true">{column + 1}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a text is its place
              <tr key={at}>
                <th scope="row" title={texts[at]} className="min-w-6 pr-1.5 text-right font-normal text-faint">
                  <span className="sr-only">{texts[at]}</span>
                  <span aria-hidden="true">{at + 1}</span>
                </th>
                {row.map((value, column) => (
                  <td
                    // biome-ignore lint/suspicious/noArrayIndexKey: a text is its place
                    key={column}
                    style={{
                      background: `color-mix(in oklch, var(--chart-2) ${Math.round(Math.max(0, value) * 36)}%, var(--surface-1))`,
                    }}
                    className="h-8 min-w-12 rounded-sm text-center text-ink"
                  >
                    {value.toFixed(2)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div aria-hidden="true" className="mt-2 flex items-center gap-2 text-faint text-xs">
        <span className="figures">0</span>
        <span
          className="h-1.5 w-28 rounded-full border"
          style={{
            background:
              'linear-gradient(to right, var(--surface-1), color-mix(in oklch, var(--chart-2) 36%, var(--surface-1)))',
          }}
        />
        <span className="figures">1</span>
        <span>alike</span>
      </div>
    </figure>
  )
}

import { cn } from './cn.ts'
import { Skeleton } from './skeleton.tsx'

const widths = ['w-40', 'w-56', 'w-32', 'w-48', 'w-44', 'w-36']

/** A table before its rows are there, for `loading.tsx`: as high as the table, and without its code. */
export function TableSkeleton({
  rows,
  columns,
  bare = false,
  label,
}: {
  rows: number
  /** How many narrow columns stand right of the first one; on a small screen they lie beyond the edge. */
  columns: number
  bare?: boolean
  label: string
}) {
  return (
    <section aria-label={label} aria-busy className={cn('overflow-hidden', !bare && 'rounded-xl border bg-surface-1')}>
      <div className="h-9 border-b" />
      <div className="divide-y">
        {Array.from({ length: rows }, (_, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
          <div key={row} className="flex h-10 items-center gap-4 px-4">
            <span className="flex-1">
              <Skeleton className={cn('h-3', widths[row % widths.length])} />
            </span>
            {Array.from({ length: columns }, (_, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
              <Skeleton key={column} className={cn('h-3 w-16', column > 0 && 'max-sm:hidden')} />
            ))}
          </div>
        ))}
      </div>
    </section>
  )
}

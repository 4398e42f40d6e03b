import type { ReactNode } from 'react'
import { Card } from './card.tsx'
import { cn } from './cn.ts'
import { Skeleton } from './skeleton.tsx'

export interface Kpi {
  label: string
  value: ReactNode
  /** Beside the value, smaller: "of $2,000". */
  aside?: ReactNode
  /** Below the value: a change, a share. */
  detail?: ReactNode
  /** Between the two: a progress bar or a sparkline. */
  picture?: ReactNode
  /** Takes about half as much room again. */
  wide?: boolean
}

/** The row of figures on top of a page. While `items` are missing, its shape in grey. */
export function KpiRow({
  items,
  placeholders = 5,
  className,
}: {
  items: readonly Kpi[] | undefined
  placeholders?: number
  className?: string
}) {
  return (
    // Cells draw their left and top line; the card cuts those of the first column and row.
    <Card className={cn('overflow-hidden', className)} aria-busy={!items}>
      <dl className="-mt-px -ml-px flex flex-wrap">
        {items
          ? items.map((item) => (
              <Cell key={item.label} wide={item.wide}>
                <dt className="text-muted text-xs">{item.label}</dt>
                <dd>
                  <span className="figures font-medium text-2xl">{item.value}</span>
                  {item.aside && <span className="ml-2 text-muted">{item.aside}</span>}
                  {item.picture && <span className="my-1 block">{item.picture}</span>}
                  {item.detail && <span className="block text-muted text-xs">{item.detail}</span>}
                </dd>
              </Cell>
            ))
          : Array.from({ length: placeholders }, (_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
              <Cell key={index}>
                <Skeleton className="my-0.5 h-3 w-20" />
                <Skeleton className="my-[5px] h-5 w-28" />
                <Skeleton className="my-0.5 h-3 w-16" />
              </Cell>
            ))}
      </dl>
    </Card>
  )
}

function Cell({ wide, children }: { wide?: boolean; children: ReactNode }) {
  return (
    <div className={cn('flex-1 basis-40 border-t border-l px-4 py-3.5', wide && 'flex-[1.6] basis-64')}>{children}</div>
  )
}

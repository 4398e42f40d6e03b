import { Card, CardHeader } from '#components/ui/card.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

/** Budgets and limits before they are there, as high as a few of them. */
export function BudgetsSkeleton() {
  return (
    <div aria-busy className="grid gap-4">
      <Skeleton className="h-8 w-full rounded-lg sm:w-72" />
      <Card>
        <CardHeader title="Budgets" detail="What may be spent." />
        <div className="divide-y border-t">
          {['w-28', 'w-36', 'w-24'].map((width) => (
            <div
              key={width}
              className="grid gap-x-6 gap-y-3 px-4 py-3.5 md:grid-cols-[minmax(140px,200px)_minmax(0,1fr)] xl:grid-cols-[minmax(150px,210px)_minmax(0,1fr)_minmax(150px,190px)_18rem]"
            >
              <div className="grid content-start gap-1.5 py-0.5 max-xl:md:row-span-2">
                <Skeleton className="h-3 w-16" />
                <Skeleton className={`h-3.5 ${width}`} />
                <Skeleton className="h-3 w-24" />
              </div>
              <div className="grid content-start gap-2.5 py-1">
                <Skeleton className="h-3 w-52 max-w-full" />
                <Skeleton className="h-2 w-full rounded-full" />
                <Skeleton className="h-3 w-36" />
              </div>
              <div className="grid content-start gap-2 py-1">
                <Skeleton className="h-3 w-28" />
                <Skeleton className="h-3 w-36" />
              </div>
            </div>
          ))}
        </div>
      </Card>
      <Card>
        <CardHeader title="Limits" detail="How fast calls may come." />
        <TableSkeleton bare label="Limits" rows={2} columns={3} />
      </Card>
    </div>
  )
}

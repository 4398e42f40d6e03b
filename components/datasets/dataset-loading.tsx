import { PageBody } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

/** The page of a dataset before it is there. */
export function DatasetLoading() {
  return (
    <PageBody full>
      <h1 className="sr-only">Dataset</h1>
      <div className="mb-4 grid gap-2">
        <Skeleton className="h-6 w-56" />
        <Skeleton className="h-3.5 w-72" />
      </div>
      <div className="mb-4 flex h-10 items-center gap-5 border-b">
        <Skeleton className="h-3.5 w-16" />
        <Skeleton className="h-3.5 w-20" />
        <Skeleton className="h-3.5 w-16" />
      </div>
      <div className="mb-2.5 flex">
        <Skeleton className="h-8 w-full rounded-lg sm:w-64" />
      </div>
      <TableSkeleton label="Rows" rows={12} columns={4} />
    </PageBody>
  )
}

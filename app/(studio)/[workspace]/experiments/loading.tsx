import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

export default function ExperimentsLoading() {
  return (
    <PageBody full>
      <PageHeader title="Experiments" actions={<Skeleton className="h-8 w-36 rounded-lg" />}>
        The same rows asked of several candidates, judged alike: which one is better, and whether that is sure.
      </PageHeader>
      <div className="mb-4 flex h-10 items-center gap-5 border-b">
        <Skeleton className="h-3.5 w-20" />
        <Skeleton className="h-3.5 w-16" />
      </div>
      <div className="mb-2.5 flex gap-2">
        <Skeleton className="h-8 w-full rounded-lg sm:w-64" />
      </div>
      <TableSkeleton label="Experiments" rows={6} columns={6} />
    </PageBody>
  )
}

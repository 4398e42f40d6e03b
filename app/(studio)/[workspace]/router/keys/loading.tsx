import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

export default function KeysLoading() {
  return (
    <PageBody full>
      <PageHeader title="AI Router">Keys your code calls with. A key is shown once, when it is made.</PageHeader>
      <div className="mb-4 flex h-10 items-center gap-5 border-b">
        <Skeleton className="h-3.5 w-28" />
        <Skeleton className="h-3.5 w-16" />
      </div>
      <div className="mb-2.5 flex justify-end">
        <Skeleton className="h-8 w-40 rounded-lg" />
      </div>
      <TableSkeleton label="API keys" rows={4} columns={5} />
    </PageBody>
  )
}

import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

export default function DeploymentsLoading() {
  return (
    <PageBody full>
      <PageHeader title="Deployments" actions={<Skeleton className="h-8 w-36 rounded-lg" />}>
        Prompts with their models behind a key that code calls, changed without a release.
      </PageHeader>
      <div className="mb-2.5 flex">
        <Skeleton className="h-8 w-full rounded-lg sm:w-64" />
      </div>
      <TableSkeleton label="Deployments" rows={6} columns={7} />
    </PageBody>
  )
}

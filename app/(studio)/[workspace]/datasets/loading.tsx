import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

export default function DatasetsLoading() {
  return (
    <PageBody full>
      <PageHeader title="Datasets" actions={<Skeleton className="h-8 w-32 rounded-lg" />}>
        Examples to try prompts and models on: inputs, conversations, and what is expected of them.
      </PageHeader>
      <div className="mb-2.5 flex">
        <Skeleton className="h-8 w-full rounded-lg sm:w-64" />
      </div>
      <TableSkeleton label="Datasets" rows={6} columns={4} />
    </PageBody>
  )
}

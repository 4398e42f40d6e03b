import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

// As wide as the filters are.
const chips = ['w-20', 'w-32', 'w-24', 'w-20', 'w-26']

/** The page of requests before its rows are there. Nothing of it wakes up: the page brings the code. */
export function RequestsLoading() {
  return (
    <PageBody full>
      <PageHeader title="Requests" actions={<Skeleton className="h-8 w-56 rounded-lg" />}>
        Every call at our door and every call we made ourselves, newest first.
      </PageHeader>
      <div className="mb-2.5 flex flex-wrap items-center gap-2">
        <Skeleton className="h-8 w-full rounded-lg sm:w-64" />
        {chips.map((width, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
          <Skeleton key={index} className={`h-8 rounded-lg ${width}`} />
        ))}
      </div>
      <TableSkeleton label="Requests" rows={12} columns={7} />
    </PageBody>
  )
}

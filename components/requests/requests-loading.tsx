'use client'
import { DataTable } from '#components/ui/data-table.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { requestColumns } from './columns.tsx'

const columns = requestColumns({ workspace: '', narrow: false, openId: null, onOpen: () => undefined })
// As wide as the filters are.
const chips = ['w-20', 'w-32', 'w-24', 'w-20', 'w-26']

/** The page of requests before its rows are there. */
export function RequestsLoading() {
  return (
    <PageBody full>
      <PageHeader title="Requests" actions={<Skeleton className="h-8 w-56 rounded-lg" />}>
        Every call at our door and every call we made ourselves, newest first.
      </PageHeader>
      <DataTable
        label="Requests"
        columns={columns}
        rows={undefined}
        rowId={(request) => request.id}
        columnsKey="requests"
        toolbar={
          <>
            <Skeleton className="h-8 w-full rounded-lg sm:w-64" />
            {chips.map((width, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
              <Skeleton key={index} className={`h-8 rounded-lg ${width}`} />
            ))}
          </>
        }
        skeletonRows={12}
        empty={null}
      />
    </PageBody>
  )
}

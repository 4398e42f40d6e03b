import { ChartSkeleton } from '#components/chart/chart-skeleton.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { KpiRow } from '#components/ui/kpi.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

/** The overview before its figures are there. Nothing of it wakes up: the page brings the code. */
export function OverviewLoading() {
  return (
    <PageBody>
      <PageHeader title="Analytics" actions={<Skeleton className="h-8 w-36 rounded-lg" />}>
        <Skeleton className="my-[3px] h-3.5 w-80 max-w-full" />
      </PageHeader>
      <div className="mb-4 flex h-10 items-center gap-5 border-b">
        <Skeleton className="h-3.5 w-16" />
        <Skeleton className="h-3.5 w-14" />
      </div>
      <div aria-busy className="grid gap-4">
        <KpiRow items={undefined} />
        <Card>
          <CardHeader title="Cost" actions={<Skeleton className="h-8 w-72 max-w-full rounded-lg" />} />
          <div className="h-[260px]">
            <ChartSkeleton />
          </div>
          <div className="flex min-h-11 items-center px-4 pt-1 pb-3">
            <Skeleton className="h-3 w-64" />
          </div>
        </Card>
        <Breakdown title="By model" columns={6} />
        <div className="grid gap-4 xl:grid-cols-2">
          <Breakdown title="By key or person" columns={3} />
          <Breakdown title="By source" columns={3} />
        </div>
      </div>
    </PageBody>
  )
}

function Breakdown({ title, columns }: { title: string; columns: number }) {
  return (
    <Card>
      <CardHeader title={title} />
      <TableSkeleton bare label={title} rows={4} columns={columns} />
    </Card>
  )
}

'use client'
import { TimeChart } from '#components/chart/time-chart.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { OverviewTables } from './overview-tables.tsx'
import { OverviewTiles } from './tiles.tsx'

/** The overview before its figures are there. */
export function OverviewLoading() {
  return (
    <PageBody>
      <PageHeader title="Analytics" actions={<Skeleton className="h-8 w-36 rounded-lg" />}>
        <Skeleton className="my-[3px] h-3.5 w-80 max-w-full" />
      </PageHeader>
      <div className="grid gap-4">
        <OverviewTiles view={undefined} />
        <TimeChart title="Cost" kind="bars" unit="usd" grain="day" data={undefined} />
        <OverviewTables workspace="" view={undefined} span={{}} refreshing={false} />
      </div>
    </PageBody>
  )
}

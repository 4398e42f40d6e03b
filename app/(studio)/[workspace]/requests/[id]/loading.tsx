import { RequestSkeleton } from '#components/requests/request-skeleton.tsx'
import { Card } from '#components/ui/card.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'

export default function RequestLoading() {
  return (
    <PageBody className="max-w-[960px]">
      <PageHeader title="Request">
        <Skeleton className="my-[3px] h-3.5 w-64" />
      </PageHeader>
      <Card aria-busy className="p-4 sm:p-6">
        <RequestSkeleton />
      </Card>
    </PageBody>
  )
}

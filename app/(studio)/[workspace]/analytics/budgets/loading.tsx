import { BudgetsSkeleton } from '#components/budgets/budgets-skeleton.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'

export default function BudgetsLoading() {
  return (
    <PageBody>
      <PageHeader title="Analytics">
        What may be spent, and how fast. A call has to fit in all that applies to it.
      </PageHeader>
      <div className="mb-4 flex h-10 items-center gap-5 border-b">
        <Skeleton className="h-3.5 w-16" />
        <Skeleton className="h-3.5 w-14" />
      </div>
      <BudgetsSkeleton />
    </PageBody>
  )
}

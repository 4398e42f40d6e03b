import { PageBody } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'

/** One experiment before it is there, in its final shape. */
export function ExperimentLoading() {
  return (
    <PageBody full>
      <h1 className="sr-only">Experiment</h1>
      <div role="status" aria-busy="true" aria-label="Loading the experiment">
        <Skeleton className="h-7 w-72" />
        <Skeleton className="mt-2 h-4 w-96 max-w-full" />
        <Skeleton className="mt-5 h-20 w-full rounded-xl" />
        <div className="mt-4 mb-4 flex h-10 items-center gap-5 border-b">
          <Skeleton className="h-3.5 w-14" />
          <Skeleton className="h-3.5 w-16" />
          <Skeleton className="h-3.5 w-14" />
        </div>
        <Skeleton className="h-96 w-full rounded-xl" />
      </div>
    </PageBody>
  )
}

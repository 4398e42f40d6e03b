import { PageBody } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'

/** The page of a deployment before it is there. */
export function DeploymentLoading() {
  return (
    <PageBody>
      <h1 className="sr-only">Deployment</h1>
      <div className="mb-4 flex items-start gap-4">
        <div className="grid flex-1 gap-2.5">
          <Skeleton className="h-6 w-56 max-w-full" />
          <Skeleton className="h-3.5 w-72 max-w-full" />
        </div>
        <Skeleton className="h-8 w-20 rounded-lg" />
      </div>
      <div className="mb-4 flex h-10 items-center gap-5 border-b">
        {['w-12', 'w-14', 'w-16', 'w-14', 'w-10'].map((width, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
          <Skeleton key={at} className={`h-3.5 ${width}`} />
        ))}
      </div>
      <EditorLoading />
    </PageBody>
  )
}

export function EditorLoading() {
  return (
    <div aria-busy="true" className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
      <div className="grid gap-2">
        <Skeleton className="h-8 w-44 rounded-lg" />
        <div className="grid gap-4 rounded-xl border bg-surface-1 p-4">
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-8 w-full" />
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-24 w-full" />
          <Skeleton className="h-24 w-full" />
          <Skeleton className="h-4 w-24" />
          <Skeleton className="h-8 w-full" />
        </div>
      </div>
      <div className="hidden gap-4 rounded-xl border bg-surface-1 p-4 xl:grid">
        <Skeleton className="h-4 w-16" />
        <Skeleton className="h-8 w-full" />
        <Skeleton className="h-8 w-24" />
      </div>
    </div>
  )
}

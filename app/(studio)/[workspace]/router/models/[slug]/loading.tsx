import { Card } from '#components/ui/card.tsx'
import { KpiRow } from '#components/ui/kpi.tsx'
import { PageBody } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'

const checks = ['w-28', 'w-36', 'w-32', 'w-24', 'w-40', 'w-28', 'w-32', 'w-24']

/** The page of a model before it is there. Its name is not known yet. */
export default function ModelLoading() {
  return (
    <PageBody>
      <h1 className="sr-only">Model</h1>
      <div aria-busy>
        <div className="mb-5 grid grid-cols-1 gap-2.5">
          <Skeleton className="h-7 w-64 max-w-full" />
          <Skeleton className="h-3.5 w-96 max-w-full" />
        </div>
        <div className="mb-4 flex h-10 items-center gap-5 overflow-hidden border-b">
          {['w-16', 'w-12', 'w-20', 'w-14'].map((width) => (
            <Skeleton key={width} className={`h-3.5 ${width}`} />
          ))}
        </div>
        <div className="grid grid-cols-1 gap-4">
          <KpiRow items={undefined} />
          <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
            <Card className="grid gap-4 p-4 sm:grid-cols-2">
              {checks.map((width, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no other identity
                <Skeleton key={index} className={`h-4 ${width}`} />
              ))}
            </Card>
            <Card className="grid gap-3 p-4">
              <Skeleton className="h-4 w-24" />
              <Skeleton className="h-48" />
            </Card>
          </div>
        </div>
      </div>
    </PageBody>
  )
}

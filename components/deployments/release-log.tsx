'use client'
import { useQuery } from '@tanstack/react-query'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ReleaseView } from '#lib/deployments/schema.ts'
import { releasesQuery } from './queries.ts'

/** What environments came to serve, newest first. */
export function ReleaseLog({ workspace, id }: { workspace: string; id: string }) {
  const { data, error } = useQuery(releasesQuery(workspace, id))
  return (
    <Card>
      <CardHeader title="What was released" detail="The last 20 changes of what callers get." />
      {error && !data && <p className="px-4 pb-4 text-bad text-sm">It could not be loaded: {error.message}</p>}
      {!data && !error && (
        <div aria-busy="true" className="grid gap-3 px-4 pb-4">
          <Skeleton className="h-4 w-72" />
          <Skeleton className="h-4 w-64" />
        </div>
      )}
      {data && (
        <ol className="divide-y border-t text-sm">
          {data.items.map((release) => (
            <li key={release.id} className="flex flex-wrap items-baseline gap-x-3 px-4 py-2">
              <span className="min-w-0 flex-1 basis-60">{wordsOf(release)}</span>
              <span className="text-faint text-xs">
                {release.by && `${release.by}, `}
                <RelativeTime at={release.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  )
}

function wordsOf({ kind, environment, version, from, percent }: ReleaseView): string {
  const instead = from && from !== version ? `, in place of ${from}` : ''
  switch (kind) {
    case 'publish':
      return `${version} was published to ${environment}${instead}`
    case 'promote':
      return `${environment} serves ${version}${instead}`
    case 'rollback':
      return `${environment} was rolled back to ${version}${from ? ` from ${from}` : ''}`
    case 'repoint':
      return `${environment} serves ${version}${instead}: a model was replaced`
    case 'canary_set':
      return `${percent} % of ${environment} go to ${version}`
    case 'canary_stop':
      return `The canary ${version} of ${environment} was stopped`
    case 'canary_promote':
      return `The canary ${version} serves all of ${environment}${instead}`
  }
}

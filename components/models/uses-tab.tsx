'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { ModelView } from '#lib/models/schema.ts'
import { usesQuery } from './model-queries.ts'

const addressWords: Readonly<Record<string, string>> = {
  slug: 'slug',
  alias: 'alias',
  former: 'former slug, still answers',
  group: 'group',
}

/** What would break without this model, and by which names it is called. */
export function UsesTab({ workspace, model }: { workspace: string; model: ModelView }) {
  const uses = useQuery(usesQuery(workspace, model.id))
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
      <Card className="overflow-hidden">
        <CardHeader title="Uses" detail="What would break without this model. It cannot be deleted while it is used." />
        <div className="border-t">
          {uses.error && !uses.data ? (
            <ErrorState
              title="The uses could not be loaded"
              requestId={uses.error instanceof ApiError ? uses.error.requestId : undefined}
              onRetry={() => void uses.refetch()}
              retrying={uses.isFetching}
            >
              {uses.error.message}
            </ErrorState>
          ) : !uses.data ? (
            <div className="grid gap-3 px-4 py-4">
              <Skeleton className="h-5" />
              <Skeleton className="h-5" />
            </div>
          ) : uses.data.items.length === 0 ? (
            <EmptyState title="Nothing uses it by name">
              Deployments and experiments that call this model are listed here. Calls by API key do not count.
            </EmptyState>
          ) : (
            <ul className="divide-y text-sm">
              {uses.data.items.map((use) => (
                <li key={`${use.kind} ${use.refId}`} className="flex items-center gap-3 px-4 py-2.5">
                  <Badge>{use.kind}</Badge>
                  {use.kind === 'deployment' ? (
                    <Link
                      href={`/${workspace}/deployments/${encodeURIComponent(use.refId)}`}
                      prefetch={false}
                      className="link min-w-0 rounded-sm break-words"
                    >
                      {use.label}
                    </Link>
                  ) : (
                    <span className="min-w-0 break-words">{use.label}</span>
                  )}
                </li>
              ))}
            </ul>
          )}
        </div>
      </Card>
      <Card className="overflow-hidden">
        <CardHeader title="Addresses" detail="What callers put in model." />
        <ul className="divide-y border-t text-sm">
          {model.addresses.map(({ address, kind }) => (
            <li key={address} className="flex items-center gap-3 px-4 py-2">
              <CopyText text={address} what={`the address ${address}`} className="min-w-0 flex-1" />
              <span className="shrink-0 text-faint text-xs">{addressWords[kind] ?? kind}</span>
            </li>
          ))}
        </ul>
      </Card>
    </div>
  )
}

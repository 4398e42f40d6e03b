'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Pagination } from '#components/ui/pagination.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { EvaluatorVersionView, EvaluatorView } from '#lib/experiments/schema.ts'
import { describeConfig, kindWords } from './evaluator-words.ts'
import { evaluatorVersionsQuery } from './queries.ts'

/** What an evaluator was before. An earlier one comes back as a new version: nothing is overwritten. */
export function EvaluatorVersions({
  workspace,
  evaluator,
  onTake,
}: {
  workspace: string
  evaluator: EvaluatorView
  /** Brings it into the form; absent for those who only read. */
  onTake?: (version: EvaluatorVersionView) => void
}) {
  const [after, setAfter] = useState<string | null>(null)
  const keyset = useKeyset(after, setAfter)
  const page = useQuery(evaluatorVersionsQuery(workspace, evaluator.id, after))
  if (page.error && !page.data)
    return (
      <ErrorState
        title="The versions could not be loaded"
        requestId={page.error instanceof ApiError ? page.error.requestId : undefined}
        onRetry={() => void page.refetch()}
        retrying={page.isFetching}
      >
        {page.error.message}
      </ErrorState>
    )
  if (!page.data) return <Skeleton className="h-40 w-full" />
  return (
    <>
      <ol className="grid divide-y" aria-label="Versions">
        {page.data.items.map((each) => (
          <li key={each.version} className="grid gap-1 py-2.5 first:pt-0">
            <p className="flex flex-wrap items-center gap-2">
              <span className="figures font-medium">{each.version}</span>
              {each.version === evaluator.version && <Badge>as it stands</Badge>}
              <span className="ml-auto text-faint text-xs">
                {each.createdBy}, <RelativeTime at={each.createdAt} />
              </span>
            </p>
            <p className="text-muted text-sm wrap-anywhere">
              {kindWords[each.config.kind].label}: {describeConfig(each.config)}
            </p>
            {onTake && each.version !== evaluator.version && (
              <Button size="sm" className="w-fit" onClick={() => onTake(each)}>
                Bring it into the form
              </Button>
            )}
          </li>
        ))}
      </ol>
      <Pagination
        previous={keyset.previous}
        next={keyset.next(page.data.nextCursor)}
        pending={page.isFetching && !page.data}
      />
    </>
  )
}

'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Card } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Money } from '#components/ui/figures.tsx'
import { Jack, type JackState } from '#components/ui/jack.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelType, ValidationStatus, ValidationView } from '#lib/models/schema.ts'
import { ValidationPanel } from './validation-panel.tsx'

const jacks: Readonly<Record<ValidationStatus, JackState>> = {
  running: 'run',
  passed: 'ok',
  failed: 'bad',
  cancelled: 'idle',
}

/** Every run of checks against this model, newest first, each with its evidence. */
export function ValidationList({ workspace, modelId, type }: { workspace: string; modelId: string; type: ModelType }) {
  const [open, setOpen] = useState<string>()
  const list = useQuery({
    queryKey: ['validations', workspace, modelId],
    queryFn: ({ signal }) =>
      callApi<{ items: ValidationView[] }>(
        `/api/workspaces/${encodeURIComponent(workspace)}/validations?model=${modelId}`,
        { signal },
      ),
    refetchInterval: (query) => (query.state.data?.items.some((each) => each.status === 'running') ? 1_000 : false),
  })
  if (list.error && !list.data) {
    return (
      <Card>
        <ErrorState
          title="The validations could not be loaded"
          requestId={list.error instanceof ApiError ? list.error.requestId : undefined}
          onRetry={() => void list.refetch()}
          retrying={list.isFetching}
        >
          {list.error.message}
        </ErrorState>
      </Card>
    )
  }
  if (!list.data) return <Skeleton className="h-32 w-full rounded-xl" />
  if (list.data.items.length === 0) {
    return (
      <Card>
        <EmptyState title="No validation yet">
          Run one from the overview: what it finds stands here with its proof.
        </EmptyState>
      </Card>
    )
  }
  return (
    <Card className="divide-y overflow-hidden">
      {list.data.items.map((validation) => (
        <div key={validation.id}>
          <button
            type="button"
            aria-expanded={open === validation.id}
            onClick={() => setOpen(open === validation.id ? undefined : validation.id)}
            className="flex w-full flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3 text-left text-sm -outline-offset-2 hover:bg-surface-2"
          >
            <ChevronRight
              aria-hidden="true"
              className={cn('size-4 text-faint transition-transform', open === validation.id && 'rotate-90')}
            />
            <Jack state={jacks[validation.status]} className="size-3.5" />
            <span className="font-medium">{validation.status}</span>
            <RelativeTime at={validation.startedAt} className="text-muted" />
            <span className="ml-auto text-faint text-xs">
              {validation.checks.length} checks · <Count value={validation.calls} /> calls ·{' '}
              <Money amount={validation.limits.cost ? validation.cost : null} />
              {validation.startedBy && ` · ${validation.startedBy}`}
            </span>
          </button>
          {open === validation.id && (
            <ValidationPanel validation={validation} type={type} className="border-t bg-surface-0 px-4 py-4 md:pl-11" />
          )}
        </div>
      ))}
    </Card>
  )
}

'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelView, RoutingView } from '#lib/models/schema.ts'
import { routingQuery } from './model-queries.ts'
import { type RoutingChoice, RoutingForm } from './routing-form.tsx'

/** What becomes of calls that fail and bring no policy of their own: in words, and as a form. */
export function RoutingTab({
  workspace,
  model,
  canManage,
  onChanged,
}: {
  workspace: string
  model: ModelView
  canManage: boolean
  onChanged: () => void
}) {
  const queryClient = useQueryClient()
  const options = routingQuery(workspace, model.id, model.version)
  const query = useQuery(options)
  const [editing, setEditing] = useState(false)
  const [stale, setStale] = useState(false)
  const view = query.data

  async function save(choice: RoutingChoice) {
    try {
      const changed = await callApi<RoutingView>(
        `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/routing`,
        { method: 'PATCH', body: { version: view!.version, ...choice } },
      )
      queryClient.setQueryData(routingQuery(workspace, model.id, changed.version).queryKey, changed)
      queryClient.setQueryData(options.queryKey, changed)
      setStale(false)
      setEditing(false)
      toast('Routing is saved. It holds for calls from now on.')
      onChanged()
    } catch (error) {
      if (error instanceof ApiError && error.code === 'stale_version') {
        setStale(true)
        void query.refetch()
        onChanged()
      }
      throw error
    }
  }

  if (query.error && !view) {
    return (
      <Card>
        <ErrorState
          title="The routing could not be loaded"
          requestId={query.error instanceof ApiError ? query.error.requestId : undefined}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        >
          {query.error.message}
        </ErrorState>
      </Card>
    )
  }
  return (
    <div className="grid max-w-3xl gap-4">
      {stale && (
        <Notice tone="warn" title="Somebody else changed this model meanwhile" live>
          What you chose is still open; save it again if it still fits.
        </Notice>
      )}
      <Card className="overflow-hidden">
        <CardHeader
          title="Routing"
          detail="What becomes of calls that fail. A call that brings retry or fallbacks of its own is not changed."
          actions={
            view &&
            canManage &&
            !editing && (
              <Button size="sm" onClick={() => setEditing(true)}>
                Edit routing
              </Button>
            )
          }
        />
        <div className="border-t">
          {!view ? (
            <div className="grid gap-3 px-4 py-4">
              <Skeleton className="h-5" />
              <Skeleton className="h-5" />
            </div>
          ) : editing ? (
            <RoutingForm
              workspace={workspace}
              model={model}
              view={view}
              onCancel={() => setEditing(false)}
              onSave={save}
            />
          ) : (
            <Standing workspace={workspace} view={view} />
          )}
        </div>
      </Card>
    </div>
  )
}

function Standing({ workspace, view: { retry, fallbacks } }: { workspace: string; view: RoutingView }) {
  return (
    <dl className="divide-y text-sm">
      <Line term="Retries">
        {retry && retry.count > 0 ? (
          <p>
            {retry.count} on this model, {retry.onCodes ? `on ${retry.onCodes.join(', ')}` : 'on every passing failure'}
          </p>
        ) : (
          <>
            <p>None</p>
            <p className="mt-0.5 text-faint text-xs">
              OpenAI’s clients try twice by themselves; retries here multiply.
            </p>
          </>
        )}
      </Line>
      <Line term="Fallbacks">
        {fallbacks.length === 0 ? (
          <p>None</p>
        ) : (
          <ol className="grid gap-1">
            {fallbacks.map(({ modelId, slug, name, takesPart }, index) => (
              <li key={modelId} className="flex min-w-0 items-center gap-2">
                <span className="figures text-faint">{index + 1}</span>
                <Link
                  href={`/${workspace}/router/models/${encodeURIComponent(slug)}`}
                  className="min-w-0 truncate underline-offset-4 hover:underline"
                >
                  {name}
                </Link>
                {!takesPart && <Badge tone="outline">takes no part</Badge>}
              </li>
            ))}
          </ol>
        )}
      </Line>
    </dl>
  )
}

function Line({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[minmax(120px,22%)_minmax(0,1fr)]">
      <dt className="text-muted">{term}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}

'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { Count, Money } from '#components/ui/figures.tsx'
import { formatPrice } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { ExactTime, RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelView, RecostView } from '#lib/models/schema.ts'
import { recostsQuery } from './model-queries.ts'

/** Re-costs of a model, where there are any: what was counted before and is now, and how far one that runs is. */
export function Recosts({
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
  const client = useQueryClient()
  const options = recostsQuery(workspace, model.id)
  const recosts = useQuery(options)
  const items = recosts.data?.items ?? []
  const over = recosts.data && items.filter(({ state }) => state !== 'running').length
  const wasOver = useRef(over)
  useEffect(() => {
    // Every figure of this model is another one now.
    if (wasOver.current !== undefined && over !== wasOver.current) {
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== options.queryKey[0] })
      onChanged()
    }
    wasOver.current = over
  })

  async function stop(recost: RecostView) {
    try {
      await callApi(`/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/recosts/${recost.id}/stop`, {
        method: 'POST',
      })
    } catch (error) {
      toast.error(error instanceof Error ? error.message : 'It could not be stopped.')
    }
    await client.invalidateQueries({ queryKey: options.queryKey })
  }

  if (recosts.error && !recosts.data)
    return (
      <Notice
        tone="bad"
        title="The re-costs could not be loaded"
        action={
          <Button size="sm" onClick={() => void recosts.refetch()}>
            Try again
          </Button>
        }
      >
        {recosts.error.message}
      </Notice>
    )
  if (items.length === 0) return null
  return (
    <Card className="overflow-hidden">
      <CardHeader
        title="Re-costs"
        detail="Past calls counted at a corrected price. Each request keeps what it cost when it ran; budgets keep what was spent."
      />
      <ul className="divide-y border-t text-sm">
        {items.map((recost) => (
          <li key={recost.id} className="grid gap-1.5 px-4 py-3 sm:grid-cols-[minmax(0,1fr)_auto] sm:items-start">
            <div className="grid min-w-0 gap-1">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <span className="font-medium">
                  <ExactTime at={recost.from} minute /> – <ExactTime at={recost.to} minute />
                </span>
                {recost.state !== 'done' && (
                  <Badge tone={recost.state === 'running' ? 'accent' : 'outline'}>
                    {recost.state === 'running' ? `${Math.floor(recost.share * 100)} % done` : 'stopped'}
                  </Badge>
                )}
              </p>
              <p className="text-muted">
                {priceWords(recost)} · by {recost.createdBy || 'Patchbay'}, <RelativeTime at={recost.createdAt} />
              </p>
              {recost.state === 'running' && (
                <div
                  role="progressbar"
                  aria-label="Re-cost"
                  aria-valuemin={0}
                  aria-valuemax={100}
                  aria-valuenow={Math.floor(recost.share * 100)}
                  className="h-1.5 overflow-hidden rounded-full bg-surface-3"
                >
                  <div className="h-full bg-accent" style={{ width: `${recost.share * 100}%` }} />
                </div>
              )}
            </div>
            <div className="flex flex-wrap items-center gap-3 sm:justify-end">
              <span className="text-muted">
                <Count value={recost.requests} /> {recost.requests === 1 ? 'request' : 'requests'}
              </span>
              <span className="whitespace-nowrap">
                <Money amount={recost.cost} /> → <Money amount={recost.newCost} className="font-medium" />
              </span>
              {recost.state === 'running' && canManage && (
                <Button size="sm" onClick={() => void stop(recost)}>
                  Stop
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function priceWords({ mode, inputPrice, cachedInputPrice, outputPrice, imagePrice }: RecostView): string {
  if (mode === 'ran') return 'Back to what each call cost when it ran'
  const told = [
    inputPrice !== null && `input ${formatPrice(inputPrice)}`,
    cachedInputPrice !== null && `cached ${formatPrice(cachedInputPrice)}`,
    outputPrice !== null && `output ${formatPrice(outputPrice)}`,
    imagePrice !== null && `image ${formatPrice(imagePrice)}`,
  ].filter(Boolean)
  return told.length === 0 ? 'Unpriced' : `At ${told.join(', ')}`
}

'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { RequestsPage } from '#lib/analytics/schema.ts'
import { requestsQuery } from './queries.ts'

const lookMs = 10_000
export const newMax = 50

/**
 * How many requests that the filters find came after those shown; at most `newMax`. Looks every ten seconds while the
 * first page is shown and the tab is seen.
 */
export function useNewRequests({
  workspace,
  filters,
  page,
  loadedAtMs,
  enabled,
}: {
  workspace: string
  filters: Record<string, string>
  page: RequestsPage | undefined
  /** When the page was read: what counts as new where it is empty. */
  loadedAtMs: number
  enabled: boolean
}): number {
  const newest = page?.items[0]
  const [openedAtMs] = useState(loadedAtMs)
  // A named range ends now, and so does the look: only its beginning moves.
  const { range: _, ...others } = filters
  const from = newest?.at ?? new Date(loadedAtMs || openedAtMs).toISOString()
  const look = useQuery({
    ...requestsQuery(workspace, { ...others, from, limit: String(newMax + 1) }),
    queryKey: ['requests-new', workspace, others, from],
    enabled: enabled && page !== undefined && filters.to === undefined,
    refetchInterval: lookMs,
    // The page itself has just been read.
    initialData: { items: [] },
    initialDataUpdatedAt: () => Date.now(),
    staleTime: lookMs,
    gcTime: 0,
  })
  return countNew(look.data.items, newest?.id)
}

/** Ids sort by time; calls of one millisecond by chance, so that the one shown is no border but a row to look for. */
export function countNew(found: RequestsPage['items'], newestId: string | undefined): number {
  const at = newestId === undefined ? -1 : found.findIndex(({ id }) => id === newestId)
  return at >= 0 ? at : found.length
}

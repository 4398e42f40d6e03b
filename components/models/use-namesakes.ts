'use client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { callApi } from '#components/ui/api.ts'
import type { ModelView } from '#lib/models/schema.ts'

const none: readonly ModelView[] = []

/** Other models of this very name, looked up a moment after the last key. A name may come twice; it is only said. */
export function useNamesakes(workspace: string, name: string, ownId: string | undefined): readonly ModelView[] {
  const wanted = normal(name)
  const [asked, setAsked] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), 250)
    return () => clearTimeout(timer)
  }, [wanted])
  const found = useQuery({
    queryKey: ['namesakes', workspace, asked],
    queryFn: ({ signal }) =>
      callApi<{ items: ModelView[] }>(
        `/api/workspaces/${encodeURIComponent(workspace)}/models?${new URLSearchParams({ search: asked, limit: '50' })}`,
        { signal },
      ),
    enabled: asked !== '' && asked.length <= 128,
    gcTime: 0,
  })
  if (asked !== wanted || !found.data) return none
  const same = found.data.items.filter((model) => normal(model.name) === asked && model.id !== ownId)
  return same.length > 0 ? same : none
}

const normal = (name: string) => name.replace(/\s+/gu, ' ').trim().toLowerCase()

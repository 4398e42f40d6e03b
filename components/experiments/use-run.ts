'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { readEvents, sendApi } from '#components/ui/api.ts'
import type { RunView } from '#lib/experiments/schema.ts'
import { gridKey, runPath, runQuery } from './experiment-queries.ts'
import { isMoving } from './run-words.ts'

/** What lies in the grid is asked for again at most so often while a run moves. */
const gridEveryMs = 3_000
const againMs = 2_000

/** A run, followed as it moves until it is over; what hangs on it is asked for again. */
export function useRun(workspace: string, id: string | undefined) {
  const client = useQueryClient()
  const query = useQuery({ ...runQuery(workspace, id ?? ''), enabled: id !== undefined })
  const state = query.data?.state
  const moves = state !== undefined && (isMoving(state) || state === 'paused')

  useEffect(() => {
    if (!id || !moves) return
    const leaving = new AbortController()
    let toldMs = 0
    const tell = () => {
      toldMs = Date.now()
      for (const key of [gridKey(workspace, id), ['comparison', workspace, id], ['cell', workspace, id]])
        void client.invalidateQueries({ queryKey: key })
    }
    const follow = async () => {
      while (!leaving.signal.aborted) {
        try {
          const response = await sendApi(`${runPath(workspace, id)}/events`, {
            accept: 'text/event-stream',
            signal: leaving.signal,
          })
          for await (const text of readEvents(response)) {
            const run = JSON.parse(text) as RunView
            client.setQueryData(runQuery(workspace, id).queryKey, run)
            const isOver = !isMoving(run.state)
            if (isOver || Date.now() - toldMs > gridEveryMs) tell()
            if (isOver) void client.invalidateQueries({ queryKey: ['runs', workspace] })
          }
        } catch {
          // The stream broke off: what stands is asked for again.
        }
        if (leaving.signal.aborted) return
        await new Promise((resolve) => setTimeout(resolve, againMs))
        await client.invalidateQueries({ queryKey: runQuery(workspace, id).queryKey })
      }
    }
    void follow()
    return () => leaving.abort()
  }, [client, workspace, id, moves])

  return query
}

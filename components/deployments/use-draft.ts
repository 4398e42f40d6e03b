'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { announce } from '#components/ui/announce.tsx'
import { ApiError } from '#components/ui/api.ts'
import { toast } from '#components/ui/toast.ts'
import type { DeploymentConfig, DraftView } from '#lib/deployments/schema.ts'
import { forgetDraft, keepDraft, readKept } from './kept-draft.ts'
import { draftQuery, saveDraft } from './queries.ts'

/** `waiting`: typed, and sent in a moment. `conflict`: somebody else saved; nothing is sent until a person chose. */
export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed' | 'conflict'

export interface Draft {
  config: DeploymentConfig
  edit: (change: DeploymentConfig | ((now: DeploymentConfig) => DeploymentConfig)) => void
  state: SaveState
  /** What was saved last, by whom and when. */
  saved: DraftView
  problem: ApiError | undefined
  /** What somebody else saved, while `conflict`. */
  theirs: DraftView | undefined
  /** Saves at once. False where it did not work. */
  flush: () => Promise<boolean>
  resolve: (choice: 'mine' | 'theirs') => void
}

const quietMs = 700
const againMs = 5_000

/**
 * A draft that saves itself. What is typed is kept in this browser until the server has it, so that a closed tab or an
 * ended session loses nothing.
 */
export function useDraft(
  workspace: string,
  {
    id,
    address,
    loaded,
    keepAs,
    canWrite,
  }: { id: string; address: string; loaded: DraftView; keepAs: string; canWrite: boolean },
): Draft {
  const client = useQueryClient()
  const [config, setConfig] = useState(loaded.config)
  const [state, setState] = useState<SaveState>('saved')
  const [saved, setSaved] = useState(loaded)
  const [problem, setProblem] = useState<ApiError>()
  const [theirs, setTheirs] = useState<DraftView>()
  // The truth between renderings: what stands, what the server has, and what is under way.
  const now = useRef({ config: loaded.config, settled: loaded.config, saved: loaded, conflict: false })
  const underWay = useRef<Promise<boolean>>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const storageKey = `${keepAs}.${id}`

  const settle = useCallback(
    (view: DraftView, sent: DeploymentConfig) => {
      now.current.saved = view
      now.current.settled = sent
      setSaved(view)
      client.setQueryData(draftQuery(workspace, address).queryKey, view)
    },
    [client, workspace, address],
  )

  const save = useCallback(async (): Promise<boolean> => {
    for (;;) {
      const { config: sent, settled, saved: read, conflict } = now.current
      if (conflict) return false
      if (sent === settled) {
        setState('saved')
        forgetDraft(storageKey)
        return true
      }
      setState('saving')
      try {
        settle(await saveDraft(workspace, id, { version: read.version, config: sent }), sent)
        setProblem(undefined)
      } catch (error) {
        const refused = error instanceof ApiError ? error : new ApiError(0, {})
        if (refused.code === 'stale_version') {
          now.current.conflict = true
          setTheirs(refused.body.current as DraftView)
          setState('conflict')
          return false
        }
        setProblem(refused)
        setState('failed')
        // A server that is away may be back soon; what it refuses waits for another edit.
        if (refused.status === 0 || refused.status >= 500)
          timer.current = setTimeout(() => void flush.current(), againMs)
        return false
      }
    }
  }, [workspace, id, settle, storageKey])

  const flush = useRef<() => Promise<boolean>>(async () => true)
  flush.current = () => {
    clearTimeout(timer.current)
    underWay.current ??= save().finally(() => {
      underWay.current = null
    })
    return underWay.current
  }

  const edit = useCallback<Draft['edit']>(
    (change) => {
      const next = typeof change === 'function' ? change(now.current.config) : change
      if (next === now.current.config) return
      now.current.config = next
      setConfig(next)
      keepDraft(storageKey, { version: now.current.saved.version, config: next })
      if (now.current.conflict) return
      setState((before) => (before === 'saving' ? before : 'waiting'))
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void flush.current(), quietMs)
    },
    [storageKey],
  )

  // Only the browser knows what was typed and never arrived.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is awake
  useEffect(() => {
    const kept = canWrite ? readKept(storageKey) : null
    if (!kept || JSON.stringify(kept.config) === JSON.stringify(loaded.config)) return
    now.current.config = kept.config
    setConfig(kept.config)
    if (kept.version === loaded.version) {
      toast('What you typed before is back')
      setState('waiting')
      void flush.current()
    } else {
      now.current.conflict = true
      setTheirs(loaded)
      setState('conflict')
    }
  }, [])

  // Who leaves the page has typed something in the last moment.
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      void flush.current()
    },
    [],
  )

  // Somebody else's work comes in where there is none of one's own.
  const fresh = useQuery({ ...draftQuery(workspace, address), refetchInterval: 15_000, staleTime: 5_000 })
  useEffect(() => {
    const came = fresh.data
    const { saved: known, config: mine, settled } = now.current
    if (!came || came.version < known.version || underWay.current) return
    if (came.version === known.version) {
      // The same draft: only how it relates to what is published may be new.
      now.current.saved = came
      setSaved(came)
      return
    }
    if (mine !== settled) return
    now.current.config = came.config
    setConfig(came.config)
    settle(came, came.config)
    announce(`${came.savedBy || 'Somebody else'} changed this draft`)
  }, [fresh.data, settle])

  function resolve(choice: 'mine' | 'theirs') {
    if (!theirs) return
    const mine = now.current.config
    now.current.conflict = false
    settle(theirs, theirs.config)
    setTheirs(undefined)
    if (choice === 'theirs') {
      now.current.config = theirs.config
      setConfig(theirs.config)
      forgetDraft(storageKey)
      setState('saved')
      toast('Theirs is in the editor', { action: { label: 'Undo', onClick: () => edit(mine) } })
    } else {
      setState('waiting')
      void flush.current()
      toast('Yours is saved', { action: { label: 'Undo', onClick: () => edit(theirs.config) } })
    }
  }

  return { config, edit, state, saved, problem, theirs, flush: () => flush.current(), resolve }
}

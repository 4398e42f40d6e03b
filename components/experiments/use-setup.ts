'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import type { ExperimentSetup, ExperimentView } from '#lib/experiments/schema.ts'
import { editExperiment, experimentQuery } from './experiment-queries.ts'

const quietMs = 600

export interface Editing {
  setup: ExperimentSetup
  datasetId: string
}

/** What stands between the editor and the server. `stale`: somebody else saved meanwhile. */
export type Saving =
  | { kind: 'saved' }
  | { kind: 'waiting' }
  | { kind: 'saving' }
  | { kind: 'refused'; message: string; fields: Record<string, string> }
  | { kind: 'stale'; current: ExperimentView }

/**
 * The setup as it is edited, saved by itself once typing pauses, one saving after the other. What cannot be saved stays
 * here and says so; what somebody else saved meanwhile is never overwritten without a word.
 */
export function useSetup(workspace: string, experiment: ExperimentView) {
  const client = useQueryClient()
  const [editing, setEditing] = useState<Editing>({ setup: experiment.setup, datasetId: experiment.datasetId })
  const [saving, setSaving] = useState<Saving>({ kind: 'saved' })
  const latest = useRef(editing)
  const version = useRef(experiment.version)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const working = useRef(false)
  const dirty = useRef(false)

  const save = useCallback(async (): Promise<ExperimentView | undefined> => {
    clearTimeout(timer.current)
    if (working.current) return undefined
    working.current = true
    let saved: ExperimentView | undefined
    try {
      while (dirty.current) {
        dirty.current = false
        setSaving({ kind: 'saving' })
        const { setup, datasetId } = latest.current
        saved = await editExperiment(workspace, { id: experiment.id, version: version.current, setup, datasetId })
        version.current = saved.version
        client.setQueryData(experimentQuery(workspace, experiment.id).queryKey, saved)
      }
      setSaving({ kind: 'saved' })
      void client.invalidateQueries({ queryKey: ['experiments', workspace] })
    } catch (error) {
      dirty.current = true
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      const current =
        refused.code === 'stale_version' ? (refused.body.current as ExperimentView | undefined) : undefined
      setSaving(
        current ? { kind: 'stale', current } : { kind: 'refused', message: refused.message, fields: refused.fields },
      )
    } finally {
      working.current = false
    }
    return saved
  }, [client, workspace, experiment.id])

  const change = useCallback(
    (patch: Partial<Editing>) => {
      latest.current = { ...latest.current, ...patch }
      dirty.current = true
      setEditing(latest.current)
      setSaving((before) => (before.kind === 'stale' ? before : { kind: 'waiting' }))
      clearTimeout(timer.current)
      timer.current = setTimeout(() => void save(), quietMs)
    },
    [save],
  )

  // Leaving the page does not lose the last words.
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      if (dirty.current) void save()
    },
    [save],
  )

  // Name or description were edited in their dialog.
  useEffect(() => {
    if (!dirty.current && !working.current && experiment.version > version.current) version.current = experiment.version
  }, [experiment.version])

  return {
    ...editing,
    saving,
    change,
    save,
    /** Somebody else's setup in place of what stands here. */
    take(current: ExperimentView) {
      version.current = current.version
      latest.current = { setup: current.setup, datasetId: current.datasetId }
      dirty.current = false
      setEditing(latest.current)
      setSaving({ kind: 'saved' })
      client.setQueryData(experimentQuery(workspace, experiment.id).queryKey, current)
    },
    /** What stands here on top of somebody else's. */
    overwrite(current: ExperimentView) {
      version.current = current.version
      dirty.current = true
      void save()
    },
  }
}

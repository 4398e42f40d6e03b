'use client'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { ModelType, ModelView } from '#lib/models/schema.ts'
import { type Draft, type DraftPlace, readDraft, writeDraft } from './draft.ts'
import { emptySetup, newColumn, type Setup } from './setup.ts'

/** One of each Type to begin with; those that the workspace has. */
export type FirstModels = Partial<Record<ModelType, ModelView>>

/**
 * What is written in the playground, one setup for each Type, kept in this browser. `start`: what a link holds, in place
 * of an empty page. `wanted`: a model that the address names.
 */
export function usePlayground(
  draftKey: string,
  firstModels: FirstModels,
  { start, type: firstType, wanted }: { start?: Setup; type: ModelType; wanted?: ModelView | undefined },
) {
  const [draft, setDraft] = useState<Draft>(() => ({
    type: start?.type ?? wanted?.type ?? firstType,
    setups: start ? { [start.type]: start } : {},
  }))
  const isRead = useRef(false)
  const place: DraftPlace = start ? 'tab' : 'browser'

  // Only the browser knows the draft: the page comes without it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is awake
  useEffect(() => {
    const kept = readDraft(draftKey, place)
    isRead.current = true
    setDraft((now) => {
      const setups = { ...now.setups, ...kept?.setups }
      const type = start?.type ?? wanted?.type ?? now.type
      if (wanted) {
        const setup = setups[wanted.type] ?? emptySetup(wanted.type)
        setups[wanted.type] = { ...setup, columns: [newColumn(wanted.slug)] }
      }
      return { type, setups }
    })
  }, [draftKey])

  const latest = useRef(draft)
  latest.current = draft
  useEffect(() => {
    if (!isRead.current) return
    const timer = setTimeout(() => writeDraft(draftKey, place, draft), 300)
    return () => clearTimeout(timer)
  }, [draft, draftKey, place])

  // What was typed in the last moment counts too.
  useEffect(() => {
    const keep = () => isRead.current && writeDraft(draftKey, place, latest.current)
    window.addEventListener('pagehide', keep)
    return () => {
      window.removeEventListener('pagehide', keep)
      keep()
    }
  }, [draftKey, place])

  const { type } = draft
  const setup = draft.setups[type] ?? withFirst(emptySetup(type), firstModels[type])

  // Of this Type, also where somebody has gone on to another one before an undo comes.
  const change = useCallback(
    (part: Partial<Setup>) =>
      setDraft((now) => {
        const before = now.setups[type] ?? withFirst(emptySetup(type), firstModels[type])
        return { ...now, setups: { ...now.setups, [type]: { ...before, ...part } } }
      }),
    [firstModels, type],
  )

  return {
    type,
    setup,
    change,
    setType: useCallback((next: ModelType) => setDraft((now) => ({ ...now, type: next })), []),
    replace: useCallback(
      (next: Setup) => setDraft((now) => ({ ...now, setups: { ...now.setups, [next.type]: next } })),
      [],
    ),
    /** An empty page for the same models; of a link, what it holds. */
    clear: useCallback(
      () =>
        setDraft((now) => {
          if (start && start.type === now.type) return { ...now, setups: { ...now.setups, [now.type]: start } }
          const columns = now.setups[now.type]?.columns
          const fresh = emptySetup(now.type)
          return { ...now, setups: { ...now.setups, [now.type]: columns ? { ...fresh, columns } : undefined } }
        }),
      [start],
    ),
  }
}

function withFirst(setup: Setup, model: ModelView | undefined): Setup {
  // The key is the model's: the server and the browser must agree on it.
  return model ? { ...setup, columns: [{ key: model.slug, model: model.slug, parameters: null }] } : setup
}

'use client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import type { CheckView, ValidationEvent, ValidationView } from '#lib/models/schema.ts'
import { cancelValidation, findValidation, followValidation, type ValidationRequest } from './api.ts'

export interface ValidationState {
  /** Null before the first one. */
  validation: ValidationView | null
  running: boolean
  /** It could not be started or followed: the message, and the fields at fault. */
  failure: ApiError | null
}

const nothing: ValidationState = { validation: null, running: false, failure: null }

/** One validation at a time: started, followed event by event, cancelled. Leaving the page leaves it running. */
export function useValidation(workspace: string) {
  const [state, setState] = useState(nothing)
  const controller = useRef<AbortController>(undefined)
  useEffect(() => () => controller.current?.abort(), [])

  /** Resolves with the finished validation; null where it could not be started or was left. */
  const start = useCallback(
    async (what: ValidationRequest, onSavable?: (view: ValidationView) => void): Promise<ValidationView | null> => {
      controller.current?.abort()
      const mine = new AbortController()
      controller.current = mine
      setState({ validation: null, running: true, failure: null })
      let view: ValidationView | null = null
      let offered = false
      try {
        for await (const event of followValidation(workspace, what, mine.signal)) {
          view = apply(view, event)
          if (view) {
            setState({ validation: view, running: event.type !== 'finished', failure: null })
            if (view.savable && !offered) {
              offered = true
              onSavable?.(view)
            }
          }
          if (event.type === 'finished') return view
        }
        // The line broke: the validation goes on at the server, its row tells how it ended.
        if (view && !mine.signal.aborted) {
          const last = await findValidation(workspace, view.id, mine.signal)
          setState({ validation: last, running: false, failure: null })
          return last
        }
        return null
      } catch (error) {
        if (mine.signal.aborted) return null
        const failure = error instanceof ApiError ? error : new ApiError(0, {})
        setState({ validation: view, running: false, failure })
        return null
      }
    },
    [workspace],
  )

  const cancel = useCallback(async () => {
    const id = state.validation?.id
    controller.current?.abort()
    setState((before) => ({
      ...before,
      running: false,
      validation: before.validation && {
        ...before.validation,
        status: 'cancelled',
        checks: before.validation.checks.map(stopped),
      },
    }))
    if (id) await cancelValidation(workspace, id).catch(() => undefined)
  }, [workspace, state.validation?.id])

  const clear = useCallback(() => {
    controller.current?.abort()
    setState(nothing)
  }, [])

  return { ...state, start, cancel, clear }
}

const stopped = (check: CheckView): CheckView =>
  check.state === 'running' || check.state === 'waiting' ? { ...check, state: 'skipped', summary: 'Cancelled' } : check

function apply(view: ValidationView | null, event: ValidationEvent): ValidationView | null {
  switch (event.type) {
    case 'started':
    case 'finished':
      return event.validation
    case 'check':
      return (
        view && { ...view, checks: view.checks.map((check) => (check.key === event.check.key ? event.check : check)) }
      )
    case 'progress':
      return view && { ...view, calls: event.calls, cost: event.cost, savable: event.savable }
  }
}

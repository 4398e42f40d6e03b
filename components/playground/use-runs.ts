'use client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { bodyOf, canStream } from '#components/prompt/body.ts'
import { type Answer, emptyAnswer, runCall } from '#components/prompt/call.ts'
import type { PromptModel } from '#components/prompt/types.ts'
import { announce } from '#components/ui/announce.tsx'
import { formatDuration, formatNumber } from '#components/ui/format.ts'
import { type Turn, toMessages } from './conversation.ts'
import { type Column, type Setup, withoutEmpty } from './setup.ts'

export interface Runs {
  turnsOf(key: string): readonly Turn[]
  isRunning: boolean
  /** Asks one column, after these turns. */
  ask(column: Column, model: PromptModel, setup: Setup, turns: readonly Turn[]): void
  /** Stops one column, or all of them. */
  stop(key?: string): void
  forget(key?: string): void
}

const none: readonly Turn[] = []

/** The conversations of the columns. Each has one call under way at most. */
export function useRuns(workspace: string): Runs {
  const [all, setAll] = useState<Readonly<Record<string, readonly Turn[]>>>({})
  const controllers = useRef(new Map<string, AbortController>())
  useEffect(() => {
    const running = controllers.current
    return () => {
      for (const controller of running.values()) controller.abort()
    }
  }, [])

  const ask = useCallback(
    (column: Column, model: PromptModel, setup: Setup, turns: readonly Turn[]) => {
      const { key } = column
      controllers.current.get(key)?.abort()
      const mine = new AbortController()
      controllers.current.set(key, mine)
      const stream = canStream(setup, model)
      const call = bodyOf({ ...setup, messages: withoutEmpty(setup.messages) }, model, setup.variables, {
        own: column.parameters,
        more: toMessages(turns),
        stream,
      })
      const format = column.parameters?.response_format ?? setup.parameters.response_format
      const asked = [call.body.input ?? call.body.prompt ?? []].flat() as string[]
      const asTurn = (answer: Answer): Turn => ({ kind: 'answer', answer, format, omitted: call.omitted, asked })
      setAll((before) => ({
        ...before,
        // What an earlier answer cost may have come to be known meanwhile.
        [key]: [
          ...turns.map((turn, at) => (isSame(turn, before[key]?.[at]) ? before[key]![at]! : turn)),
          asTurn(emptyAnswer),
        ],
      }))
      // At its place, also where the conversation has gone on: what it cost is known last.
      const show = (answer: Answer) =>
        setAll((before) => {
          const now = before[key]
          const isNewest = controllers.current.get(key) === mine
          if (!now?.[turns.length] || !(isNewest || isSame(asTurn(answer), now[turns.length]))) return before
          return { ...before, [key]: now.with(turns.length, asTurn(answer)) }
        })
      let told = false
      void runCall({
        workspace,
        source: 'playground',
        path: call.path,
        body: call.body,
        signal: mine.signal,
        onChange(answer) {
          show(answer)
          if (told || answer.state === 'running') return
          told = true
          announce(saidOf(model.name, answer))
        },
      })
    },
    [workspace],
  )

  const stop = useCallback((key?: string) => {
    for (const [each, controller] of controllers.current) if (key === undefined || each === key) controller.abort()
  }, [])

  const forget = useCallback((key?: string) => {
    for (const [each, controller] of controllers.current)
      if (key === undefined || each === key) {
        controllers.current.delete(each)
        controller.abort()
      }
    setAll((before) =>
      key === undefined ? {} : Object.fromEntries(Object.entries(before).filter(([each]) => each !== key)),
    )
  }, [])

  return {
    turnsOf: (key) => all[key] ?? none,
    isRunning: Object.values(all).some((turns) => {
      const last = turns.at(-1)
      return last?.kind === 'answer' && last.answer.state === 'running'
    }),
    ask,
    stop,
    forget,
  }
}

/** Whether two turns are one answer, in whatever state. */
function isSame(one: Turn, other: Turn | undefined): boolean {
  return (
    one.kind === 'answer' &&
    other?.kind === 'answer' &&
    one.answer.requestId !== undefined &&
    one.answer.requestId === other.answer.requestId
  )
}

/** What is read out once an answer is there. */
function saidOf(name: string, { state, ms = 0, outputTokens, calls, problem }: Answer): string {
  if (state === 'failed') return `${name} failed: ${problem?.message ?? ''}`
  if (state === 'stopped') return `${name} stopped`
  const what = calls.length > 0 ? `calls ${calls.map((call) => call.function.name).join(', ')}` : 'is complete'
  const tokens = outputTokens === undefined ? '' : `, ${formatNumber(outputTokens)} tokens`
  return `${name} ${what}${tokens}, ${formatDuration(ms)}`
}

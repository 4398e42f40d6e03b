'use client'
import { useEffect, useRef, useState } from 'react'
import { type Answer, emptyAnswer, runCall } from '#components/prompt/call.ts'
import type { Message, ResponseFormat } from '#components/prompt/types.ts'
import { announce } from '#components/ui/announce.tsx'
import { formatDuration } from '#components/ui/format.ts'

/** One call as it was asked. */
export interface Asked {
  /** Below `/v1/`. */
  path: string
  body: object
  /** Of the variant, for what is read out. */
  name: string
  format: ResponseFormat | undefined
  /** What the caller added. */
  messages: Message[]
}

/** One call at a time; a new one takes the place of the last. */
export function useTry(workspace: string) {
  const [answer, setAnswer] = useState<Answer>()
  const [asked, setAsked] = useState<Asked>()
  const controller = useRef<AbortController>(null)
  useEffect(() => () => controller.current?.abort(), [])

  function run(next: Asked) {
    controller.current?.abort()
    const mine = new AbortController()
    controller.current = mine
    setAsked(next)
    setAnswer(emptyAnswer)
    let told = false
    void runCall({
      workspace,
      source: 'playground',
      path: next.path,
      body: next.body,
      signal: mine.signal,
      onChange(came) {
        if (controller.current !== mine) return
        setAnswer(came)
        if (told || came.state === 'running') return
        told = true
        announce(
          came.state === 'failed'
            ? `${next.name} failed: ${came.problem?.message ?? ''}`
            : `${next.name} answered in ${formatDuration(came.ms ?? 0)}`,
        )
      },
    })
  }

  return { answer, asked, run, stop: () => controller.current?.abort() }
}

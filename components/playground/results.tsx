'use client'
import { type KeyboardEvent, useState } from 'react'
import { paintJson } from '#components/prompt/paint.tsx'
import { PaintedText } from '#components/prompt/painted-text.tsx'
import type { ToolCall } from '#components/prompt/types.ts'
import { Button } from '#components/ui/button.tsx'
import type { Turn } from './conversation.ts'

type ResultTurn = Extract<Turn, { kind: 'result' }>

/** What the functions return, typed by hand, so that the model can go on. */
export function Results({ calls, onSend }: { calls: readonly ToolCall[]; onSend: (results: ResultTurn[]) => void }) {
  const [texts, setTexts] = useState<Readonly<Record<number, string>>>({})
  const isWhole = calls.every((_, index) => (texts[index] ?? '').trim() !== '')

  function send() {
    if (!isWhole) return
    onSend(
      calls.map((call, index) => ({ kind: 'result', callId: call.id, name: call.function.name, text: texts[index]! })),
    )
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    event.stopPropagation()
    send()
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the boxes inside; the button does the same
    <div className="grid min-w-0 gap-2" data-own-keys onKeyDown={onKeyDown}>
      {calls.map((call, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a call is its place
        <div key={index} className="grid min-w-0 gap-1">
          <p className="text-faint text-xs">
            Result of <span className="figures text-muted">{call.function.name}</span>
          </p>
          <PaintedText
            value={texts[index] ?? ''}
            onChange={(text) => setTexts({ ...texts, [index]: text })}
            paint={paintJson}
            rows={2}
            label={`Result of ${call.function.name}`}
            placeholder="What the function returns"
            maxLength={200_000}
            spellCheck={false}
            className="max-h-60 rounded-lg border border-line-field bg-surface-1 focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted"
            innerClassName="figures px-2.5 py-2 text-[12.5px] leading-[19px]"
          />
        </div>
      ))}
      <Button size="sm" className="w-fit" disabled={!isWhole} onClick={send}>
        {calls.length === 1 ? 'Send the result' : 'Send the results'}
      </Button>
    </div>
  )
}

/** A result that was sent. */
export function CallResult({ name, text }: { name: string; text: string }) {
  return (
    <div className="min-w-0 rounded-lg bg-surface-2 px-3 py-2">
      <p className="text-faint text-xs">
        Result of <span className="figures">{name}</span>
      </p>
      <pre className="figures text-[12.5px] leading-[19px] whitespace-pre-wrap wrap-anywhere">{paintJson(text)}</pre>
    </div>
  )
}

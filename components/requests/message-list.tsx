'use client'
import { useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import type { Message, Piece, ToolCall } from './payload-read.ts'

/** Of a longer conversation the newest are shown at first. */
const shownAtFirst = 8
/** Of a longer text the beginning. */
const textAtFirst = 4_000

const roles: Readonly<Record<string, string>> = {
  system: 'System',
  developer: 'Developer',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Tool',
  function: 'Function',
}

export const roleWord = (role: string) => roles[role] ?? role

/** Messages, the oldest first, a hairline between. `numbered`: they are choices, not turns. */
export function MessageList({ messages, numbered = false }: { messages: readonly Message[]; numbered?: boolean }) {
  const [showsAll, setShowsAll] = useState(false)
  if (messages.length === 0) return null
  const hidden = showsAll || numbered ? 0 : Math.max(0, messages.length - shownAtFirst)
  return (
    <div className="grid min-w-0">
      {hidden > 0 && (
        <Button variant="quiet" size="sm" className="mb-1 w-fit" onClick={() => setShowsAll(true)}>
          Show {hidden} earlier {hidden === 1 ? 'message' : 'messages'}
        </Button>
      )}
      <ol className="grid min-w-0 divide-y">
        {messages.slice(hidden).map((message, index) => (
          <MessageView
            // biome-ignore lint/suspicious/noArrayIndexKey: a message stands at its place for good
            key={index + hidden}
            message={message}
            label={numbered ? `Choice ${index + 1}` : roleWord(message.role)}
          />
        ))}
      </ol>
    </div>
  )
}

/** One message: who speaks, what they say, what they want done. */
export function MessageView({ message, label }: { message: Message; label: string }) {
  const { name, pieces, toolCalls, thought, refusal, answers, finishReason } = message
  const isEmpty = pieces.length === 0 && toolCalls.length === 0 && !thought && !refusal
  return (
    <li className="grid min-w-0 gap-x-4 gap-y-1 py-2.5 first:pt-1 @md:grid-cols-[88px_1fr]">
      <div className="text-muted text-xs @md:pt-0.5">
        {label}
        {name && <span className="block break-all text-faint">{name}</span>}
        {answers && <span className="figures block break-all text-faint">{answers}</span>}
      </div>
      <div className="grid min-w-0 gap-2">
        {thought && (
          <details className="min-w-0 text-sm">
            <summary className="w-fit cursor-pointer rounded-sm text-muted">Reasoning</summary>
            <LongText text={thought} className="mt-1 text-muted" />
          </details>
        )}
        <Pieces pieces={pieces} />
        {refusal && <p className="whitespace-pre-wrap break-words text-warn">{refusal}</p>}
        {toolCalls.map((call, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a call stands at its place for good
          <ToolCallView key={index} call={call} />
        ))}
        {isEmpty && <p className="text-faint text-sm">Empty</p>}
        {finishReason && finishReason !== 'stop' && (
          <p className="text-xs">
            <span className="text-faint">Ended by</span> <Badge className="figures">{finishReason}</Badge>
          </p>
        )}
      </div>
    </li>
  )
}

function ToolCallView({ call }: { call: ToolCall }) {
  return (
    <div className="grid min-w-0 gap-1">
      <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
        <span className="text-muted">Calls</span>
        <span className="figures break-all font-medium">{call.name}</span>
        {call.id && <span className="figures break-all text-faint text-xs">{call.id}</span>}
      </p>
      {call.arguments && (
        <CodeBlock code={call.arguments} label={`the arguments of ${call.name}`} wrap maxHeight={280} />
      )}
    </div>
  )
}

export function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map((piece, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a piece stands at its place for good
    <PieceView key={index} piece={piece} />
  ))
}

function PieceView({ piece }: { piece: Piece }) {
  switch (piece.kind) {
    case 'text':
      return <LongText text={piece.text} />
    case 'json':
      return <CodeBlock code={piece.json} label={piece.label} wrap maxHeight={320} />
    case 'picture':
      return (
        // biome-ignore lint/performance/noImgElement: a data URI of the call, nothing to optimise
        <img src={piece.url} alt="Sent with the call" className="max-h-80 max-w-full rounded-md border" />
      )
    case 'address':
      return (
        <p className="figures break-all text-sm">
          <span className="text-faint">Picture, not loaded:</span> {piece.url}
        </p>
      )
  }
}

/** Text as it was written; of a long one the beginning, until the rest is asked for. */
export function LongText({ text, className }: { text: string; className?: string }) {
  const [showsAll, setShowsAll] = useState(false)
  const isCut = !showsAll && text.length > textAtFirst + 500
  return (
    <div className={className}>
      <p className="max-w-[80ch] whitespace-pre-wrap break-words">{isCut ? `${text.slice(0, textAtFirst)}…` : text}</p>
      {isCut && (
        <Button variant="quiet" size="sm" className="mt-1" onClick={() => setShowsAll(true)}>
          Show all {text.length.toLocaleString('en-US')} characters
        </Button>
      )}
    </div>
  )
}

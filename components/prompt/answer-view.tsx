'use client'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import type { Answer } from './call.ts'
import { paintJson } from './paint.tsx'
import type { ResponseFormat, ToolCall } from './types.ts'

const checker = onDemand(() => import('./schema-check.ts'))

/** What a chat or a completion answered: thoughts, words or JSON, calls of functions. */
export function AnswerView({
  answer,
  format,
  belowCall,
}: {
  answer: Answer
  format?: ResponseFormat
  /** Below a call: the result that goes back. */
  belowCall?: (call: ToolCall) => ReactNode
}) {
  const { text, thoughts, refusal, calls, state, finish } = answer
  const isJson = format !== undefined && format.type !== 'text'
  return (
    <div className="grid min-w-0 gap-2.5">
      {thoughts && <Thoughts text={thoughts} isThinking={state === 'running' && text === '' && calls.length === 0} />}
      {text &&
        (isJson && state !== 'running' ? (
          <JsonAnswer text={text} format={format} />
        ) : (
          <p className="whitespace-pre-wrap wrap-anywhere">
            {text}
            {state === 'running' && <Caret />}
          </p>
        ))}
      {refusal && (
        <p className="whitespace-pre-wrap wrap-anywhere">
          <span className="text-faint text-xs">Declined: </span>
          {refusal}
        </p>
      )}
      {calls.map((call, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: calls come in their order; ids come late
          key={index}
          className="min-w-0 rounded-lg border bg-surface-1"
        >
          <p className="flex min-h-9 items-center gap-2 px-2.5 text-sm">
            <span className="text-faint text-xs">Calls</span>
            <span className="figures min-w-0 truncate font-medium">{call.function.name}</span>
            <span className="ml-auto">
              <CopyButton text={call.function.arguments} what={`the arguments of ${call.function.name}`} />
            </span>
          </p>
          <pre className="figures border-t px-2.5 py-2 text-[12.5px] leading-[19px] whitespace-pre-wrap wrap-anywhere">
            {paintJson(state === 'running' ? call.function.arguments : layOut(call.function.arguments))}
          </pre>
          {belowCall?.(call)}
        </div>
      ))}
      {state === 'running' && !text && calls.length === 0 && !thoughts && (
        <p className="text-faint">
          <Caret />
          <span className="sr-only">Waiting for the first word</span>
        </p>
      )}
      {state === 'done' && !text && !refusal && calls.length === 0 && (
        <p className="text-faint text-sm">The answer is empty.</p>
      )}
      {finish === 'length' && <p className="text-warn text-xs">Cut off: the answer reached its Max Tokens.</p>}
      {finish === 'content_filter' && <p className="text-warn text-xs">Cut off by the server’s content filter.</p>}
      {state === 'stopped' && <p className="text-faint text-xs">Stopped.</p>}
    </div>
  )
}

function Caret() {
  return <span aria-hidden="true" className="ml-0.5 inline-block h-3.5 w-[7px] animate-pulse bg-accent align-[-2px]" />
}

function layOut(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}

function Thoughts({ text, isThinking }: { text: string; isThinking: boolean }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="min-w-0 text-sm">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-6 items-center gap-1 rounded-sm text-muted hover:text-ink"
      >
        <ChevronRight
          className={open ? 'size-3.5 rotate-90 transition-transform' : 'size-3.5 transition-transform'}
          aria-hidden="true"
        />
        {isThinking ? 'Thinking' : 'Thoughts'}
      </button>
      {open && <p className="mt-1 border-l-2 pl-3 whitespace-pre-wrap text-muted wrap-anywhere">{text}</p>}
    </div>
  )
}

/** JSON laid out, with the word whether it is what was asked for. */
function JsonAnswer({ text, format }: { text: string; format: ResponseFormat }) {
  const part = useOnDemand(checker, true)
  const found = part?.checkAnswer(text, format)
  return (
    <div className="grid min-w-0 gap-1.5">
      <div className="relative min-w-0 rounded-lg bg-surface-2">
        <pre className="figures max-h-[480px] overflow-auto px-3 py-2.5 pr-9 text-[12.5px] leading-[19px] whitespace-pre-wrap wrap-anywhere">
          {paintJson(layOut(text))}
        </pre>
        <CopyButton text={layOut(text)} what="the JSON" className="absolute top-1.5 right-1.5 bg-surface-2" />
      </div>
      {found && (
        <div className="flex items-start gap-1.5 text-xs">
          <Jack state={found.ok ? 'ok' : 'bad'} className="mt-px size-3.5" />
          <div className={found.ok ? 'text-muted' : 'text-bad'}>
            {found.ok ? found.words : found.problems.map((problem) => <p key={problem}>{problem}</p>)}
          </div>
        </div>
      )}
    </div>
  )
}

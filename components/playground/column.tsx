'use client'
import { RotateCcw, SlidersHorizontal, Square, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useEffect, useRef } from 'react'
import { AnswerView } from '#components/prompt/answer-view.tsx'
import type { Answer } from '#components/prompt/call.ts'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { wireName } from '#components/prompt/parameters.ts'
import { expectedOf } from '#components/prompt/row.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { ModelType, ModelView } from '#lib/models/schema.ts'
import { ColumnFigures, ConversationCost } from './column-figures.tsx'
import { type AnswerTurn, lastAnswer, type Marks, type Turn, waitsForResults } from './conversation.ts'
import { ModelFacts } from './model-facts.tsx'
import { CallResult, Results } from './results.tsx'

// Those who chat see none of these.
const EmbeddingView = dynamic(() => import('./embedding-view.tsx').then((module) => module.EmbeddingView), {
  ssr: false,
})
const PicturesView = dynamic(
  () => import('#components/prompt/pictures-view.tsx').then((module) => module.PicturesView),
  { ssr: false },
)

export interface ColumnViewProps {
  workspace: string
  type: ModelType
  /** Undefined while it loads. */
  model: ModelView | undefined
  /** The model cannot be had: deleted, or not of this Type. */
  missing?: string
  slug: string
  taken: readonly string[]
  turns: readonly Turn[]
  marks: Marks
  hasOwnParameters: boolean
  onChoose: (model: ModelView) => void
  onRemove?: () => void
  onSettings: () => void
  onRetry: () => void
  onStop: () => void
  onResults: (results: Extract<Turn, { kind: 'result' }>[]) => void
  /** The conversation becomes the prompt. */
  onAdopt?: () => void
  /** What was asked and answered becomes a row of a dataset. */
  onSaveRow?: () => void
  className?: string
}

/** One model: who it is, what it said, and what that took. */
export function ColumnView(props: ColumnViewProps) {
  const { workspace, type, model, missing, slug, taken, turns, marks, hasOwnParameters } = props
  const last = lastAnswer(turns)
  const running = last?.answer.state === 'running'
  const body = useRef<HTMLDivElement>(null)
  const sticks = useRef(true)

  // Follows what grows, unless somebody has scrolled up to read.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what grows is what scrolls
  useEffect(() => {
    if (sticks.current && body.current) body.current.scrollTop = body.current.scrollHeight
  }, [last?.answer, turns.length])

  const name = model?.name ?? slug
  return (
    <section aria-label={name} aria-busy={running} className={cn('flex min-h-0 min-w-0 flex-col', props.className)}>
      <header className="flex h-12 shrink-0 items-center gap-0.5 border-b pr-2 pl-2">
        <ModelPicker
          workspace={workspace}
          type={type}
          value={model ?? { name: slug, slug }}
          taken={taken}
          label="Model"
          onChoose={props.onChoose}
        />
        <span className="ml-auto flex shrink-0">
          {running ? (
            <IconButton label={`Stop ${name}`} size="sm" onClick={props.onStop}>
              <Square className="size-3.5! fill-current" />
            </IconButton>
          ) : (
            last && (
              <IconButton label={`Ask ${name} again`} size="sm" onClick={props.onRetry}>
                <RotateCcw strokeWidth={1.75} />
              </IconButton>
            )
          )}
          <IconButton
            label={hasOwnParameters ? `Own parameters of ${name}` : `Parameters of ${name}`}
            size="sm"
            className={hasOwnParameters ? 'text-accent' : undefined}
            onClick={props.onSettings}
          >
            <SlidersHorizontal strokeWidth={1.75} />
          </IconButton>
          {props.onRemove && (
            <IconButton label={`Remove ${name}`} size="sm" onClick={props.onRemove}>
              <X strokeWidth={1.75} />
            </IconButton>
          )}
        </span>
      </header>
      <div
        ref={body}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={`Answers of ${name}`}
        aria-live="off"
        onScroll={({ currentTarget: box }) => {
          sticks.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40
        }}
        className="grid min-h-40 flex-1 content-start gap-4 overflow-y-auto overscroll-contain px-4 py-4 -outline-offset-2"
      >
        {missing && (
          <Notice tone="warn" live={false}>
            {missing}
          </Notice>
        )}
        {turns.length === 0 && model && <ModelFacts model={model} />}
        {turns.map((turn, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: turns only grow at the end
          <TurnView key={index} turn={turn} isLast={index === turns.length - 1} {...props} />
        ))}
        {!running && <ConversationCost turns={turns} />}
        {last?.answer.state === 'done' && expectedOf(last.answer) !== '' && (
          <div className="-ml-2.5 flex flex-wrap gap-1">
            {props.onAdopt && turns.length > 1 && last.answer.text !== '' && (
              <Button variant="quiet" size="sm" onClick={props.onAdopt}>
                Use as prompt
              </Button>
            )}
            {props.onSaveRow && (
              <Button variant="quiet" size="sm" onClick={props.onSaveRow}>
                Save as dataset row
              </Button>
            )}
          </div>
        )}
      </div>
      <ColumnFigures type={type} turns={turns} marks={marks} />
    </section>
  )
}

function TurnView({ turn, isLast, ...props }: ColumnViewProps & { turn: Turn; isLast: boolean }) {
  if (turn.kind === 'reply')
    return (
      <div className="min-w-0 rounded-lg bg-surface-2 px-3 py-2">
        <p className="text-faint text-xs">You</p>
        <p className="whitespace-pre-wrap wrap-anywhere">{turn.text}</p>
      </div>
    )
  if (turn.kind === 'result') return <CallResult name={turn.name} text={turn.text} />
  const { answer, asked } = turn
  const { type } = props
  return (
    <div className="grid min-w-0 gap-2.5">
      {type === 'embedding' && answer.vectors.length > 0 ? (
        <EmbeddingView vectors={answer.vectors} texts={asked} />
      ) : type === 'image' && answer.pictures.length + answer.links.length > 0 ? (
        <PicturesView pictures={answer.pictures} links={answer.links} prompt={asked[0] ?? ''} />
      ) : (
        answer.state !== 'failed' && <AnswerView answer={answer} format={turn.format} />
      )}
      {answer.problem && (
        <>
          {answer.text && <AnswerView answer={answer} />}
          <Failed {...props} answer={answer} canRetry={isLast} />
        </>
      )}
      {isLast && waitsForResults([turn]) && <Results calls={answer.calls} onSend={props.onResults} />}
      <Told turn={turn} />
    </div>
  )
}

function Failed({ workspace, answer, canRetry, onRetry }: ColumnViewProps & { answer: Answer; canRetry: boolean }) {
  const { problem, requestId } = answer
  return (
    <Notice tone="bad" className="flex-nowrap">
      <p className="wrap-anywhere">{problem!.message}</p>
      {requestId && (
        <Link
          href={`/${workspace}/requests/${requestId}`}
          className="figures mt-1 block min-h-6 w-fit link text-faint text-xs"
        >
          {requestId}
        </Link>
      )}
      {canRetry && (
        <Button size="sm" className="mt-2" onClick={onRetry}>
          Try again
        </Button>
      )}
    </Notice>
  )
}

/** What was not done as asked: by us, by the gateway for the model's sake, or by the model. */
function Told({ turn: { omitted, answer } }: { turn: AnswerTurn }) {
  const adapted = answer.adapted.filter((each) => !each.startsWith('+stream_options'))
  const lines = [
    omitted.length > 0 && `Left out: ${omitted.map(wireName).join(', ')}. The model does not take it.`,
    adapted.length > 0 && `Adapted: ${adapted.join(', ')}`,
    answer.ignored.length > 0 && `Ignored by the model: ${answer.ignored.join(', ')}`,
  ].filter((line) => line !== false)
  if (lines.length === 0) return null
  return (
    <div className="text-faint text-xs">
      {lines.map((line) => (
        <p key={line} className="wrap-anywhere">
          {line}
        </p>
      ))}
    </div>
  )
}

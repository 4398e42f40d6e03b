import type { ReactNode } from 'react'
import type { Answer } from '#components/prompt/call.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { toMoneyView } from '#lib/core/money.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { Marks, Turn } from './conversation.ts'

/** What the last answer took. Its place is kept while it runs. */
export function ColumnFigures({ type, turns, marks }: { type: ModelType; turns: readonly Turn[]; marks: Marks }) {
  const last = answersOf(turns).at(-1)
  const figure = (value: ReactNode) => (last && value !== undefined ? value : <span className="text-faint">–</span>)
  return (
    <div className="@container shrink-0 border-t px-4 py-2 text-xs">
      <dl className="grid grid-cols-2 gap-x-3 gap-y-1.5 @min-[340px]:flex @min-[340px]:justify-between">
        <Figure label="Total" mark={marks.quickest && 'quickest'}>
          {figure(last?.ms !== undefined ? <Duration ms={last.ms} /> : undefined)}
        </Figure>
        {(type === 'chat' || type === 'completion') && (
          <Figure label="First token">
            {figure(last?.firstMs !== undefined ? <Duration ms={last.firstMs} /> : undefined)}
          </Figure>
        )}
        {type !== 'image' && (
          <Figure label="Tokens">
            {figure(
              last?.inputTokens !== undefined ? (
                <>
                  <Count value={last.inputTokens} />
                  {type !== 'embedding' && (
                    <>
                      <span className="text-faint" aria-hidden="true">
                        {' → '}
                      </span>
                      <span className="sr-only"> in, </span>
                      <Count value={last.outputTokens ?? 0} />
                      <span className="sr-only"> out</span>
                    </>
                  )}
                </>
              ) : undefined,
            )}
          </Figure>
        )}
        <Figure label="Cost" mark={marks.cheapest && 'cheapest'}>
          {figure(last?.cost === undefined ? undefined : <Money amount={last.cost} />)}
        </Figure>
      </dl>
    </div>
  )
}

function Figure({ label, mark, children }: { label: string; mark?: string | false | undefined; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="flex items-center gap-1 text-faint">
        {label}
        {mark && (
          <Badge tone="ok" className="h-4 px-1 text-[11px]">
            {mark}
          </Badge>
        )}
      </dt>
      <dd className="figures whitespace-nowrap text-sm">{children}</dd>
    </div>
  )
}

const answersOf = (turns: readonly Turn[]): Answer[] =>
  turns.flatMap((turn) => (turn.kind === 'answer' ? [turn.answer] : []))

/** What all answers of a conversation cost together. */
export function ConversationCost({ turns }: { turns: readonly Turn[] }) {
  const answers = answersOf(turns)
  if (answers.length < 2) return null
  const total = totalOf(answers)
  return (
    <p className="text-faint text-xs">
      {answers.length} answers{total !== undefined && ', '}
      {total !== undefined && <Money amount={total} />}
    </p>
  )
}

/** Null where one of them is unpriced, undefined while one is not known. */
function totalOf(answers: readonly Answer[]) {
  let sum = 0n
  let isPriced = true
  for (const { cost, state } of answers) {
    // Refused before it was sent anywhere.
    if (cost === undefined && state === 'failed') continue
    if (cost === undefined) return undefined
    if (cost === null) isPriced = false
    else sum += BigInt(cost.nanoUsd)
  }
  return isPriced ? toMoneyView(sum) : null
}

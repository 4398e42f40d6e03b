import type { ReactNode } from 'react'
import type { Answer } from '#components/prompt/call.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { toMoneyView } from '#lib/core/money.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { Marks, Turn } from './conversation.ts'

/** What the last answer took; what the whole conversation cost where it has several. Its place is kept while it runs. */
export function ColumnFigures({ type, turns, marks }: { type: ModelType; turns: readonly Turn[]; marks: Marks }) {
  const answers = turns.flatMap((turn) => (turn.kind === 'answer' ? [turn.answer] : []))
  const last = answers.at(-1)
  const figure = (value: ReactNode) => (last && value !== undefined ? value : <span className="text-faint">–</span>)
  const all = answers.length > 1 ? totalOf(answers) : null
  return (
    <dl className="flex shrink-0 justify-between gap-x-3 border-t px-4 py-2 text-xs">
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
      <Figure label={all ? 'Cost, all' : 'Cost'} mark={marks.cheapest && 'cheapest'}>
        {figure(
          last?.cost === undefined ? undefined : (
            <>
              <Money amount={last.cost} />
              {all && (
                <span className="text-faint">
                  , <Money amount={all} />
                </span>
              )}
            </>
          ),
        )}
      </Figure>
    </dl>
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

/** Null where one of them is unpriced or not known yet. */
function totalOf(answers: readonly Answer[]) {
  let sum = 0n
  for (const { cost, state } of answers) {
    if (state === 'failed' && cost === undefined) continue
    if (!cost) return null
    sum += BigInt(cost.nanoUsd)
  }
  return toMoneyView(sum)
}

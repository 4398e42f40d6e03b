'use client'
import { useQuery } from '@tanstack/react-query'
import { Card } from '#components/ui/card.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Jack, JackText } from '#components/ui/jack.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { ExactTime } from '#components/ui/time.tsx'
import type { CheckView, ValidationView } from '#lib/models/schema.ts'
import { validationQuery } from './model-queries.ts'
import { ValidationDiffView } from './validation-diff-view.tsx'
import { durationOf, reasonWords, statusJacks, statusWords } from './validation-words.ts'
import { checkJacks, checkWords } from './words.ts'

const groups = [
  { id: 'connection', title: 'Connection' },
  { id: 'capabilities', title: 'Capabilities' },
] as const

/** One run: how it ended, what differs from another, and each check with the way to its proof. */
export function ValidationDetail({
  workspace,
  listed,
  others,
  against,
  onAgainst,
  onProof,
}: {
  workspace: string
  /** As the list has it, without its exchanges. */
  listed: ValidationView
  others: readonly ValidationView[]
  against: string | null
  onAgainst: (id: string) => void
  onProof: (what: string) => void
}) {
  const one = validationQuery(workspace, listed.id)
  const full = useQuery({
    ...one,
    // Read anew when it ends.
    queryKey: [...one.queryKey, listed.status],
    refetchInterval: listed.status === 'running' ? 1_000 : false,
  })
  const validation = full.data ?? listed
  const { limits } = validation
  return (
    <div className="grid min-w-0 gap-4">
      {others.length > 0 && (
        <ValidationDiffView
          validation={validation}
          others={others}
          against={against}
          onAgainst={onAgainst}
          onProof={onProof}
        />
      )}
      <Card className="overflow-hidden">
        <header className="grid gap-1 px-4 py-3">
          <h2 className="flex flex-wrap items-center gap-x-3 font-semibold">
            <JackText state={statusJacks[validation.status]} className="text-base">
              {statusWords[validation.status]}
            </JackText>
            <ExactTime at={validation.startedAt} className="font-normal text-muted text-sm" />
          </h2>
          <p className="text-muted text-sm">
            {capital(reasonWords[validation.reason])}
            {validation.startedBy && `, by ${validation.startedBy}`}. {validation.checks.length} checks,{' '}
            <Count value={validation.calls} /> of at most <Count value={limits.calls} /> calls
            {validation.finishedAt !== null && (
              <>
                , <Duration ms={durationOf(validation)} />
              </>
            )}
            {limits.cost ? (
              <>
                , <Money amount={validation.cost} /> of at most <Money amount={limits.cost} />.
              </>
            ) : (
              ', unpriced.'
            )}
          </p>
          <p className="figures break-all text-faint text-xs">
            {validation.baseUrl} · {validation.subject.modelId}
          </p>
        </header>
        {groups.map(({ id, title }) => {
          const checks = validation.checks.filter((check) => check.group === id)
          return checks.length === 0 ? null : (
            <section key={id} aria-label={title} className="border-t">
              <h3 className="px-4 pt-3 pb-1 font-medium text-muted text-xs">{title}</h3>
              <ul className="divide-y">
                {checks.map((check) => (
                  <CheckRow key={check.key} check={check} onProof={onProof} />
                ))}
              </ul>
            </section>
          )
        })}
      </Card>
    </div>
  )
}

function CheckRow({ check, onProof }: { check: CheckView; onProof: (what: string) => void }) {
  const count = check.evidence.length
  return (
    <li className="relative px-4 py-2.5 text-sm has-[button]:transition-colors has-[button]:hover:bg-surface-2">
      <div className="flex items-start gap-2.5">
        <Jack state={checkJacks[check.state]} label={checkWords[check.state]} className="mt-[3px] size-3.5" />
        <span className="min-w-0 flex-1">
          <span className="font-medium">{check.label}</span>
          {check.summary && <span className="block break-words text-muted">{check.summary}</span>}
        </span>
        <span className="flex shrink-0 items-center gap-3 text-faint text-xs">
          {check.ms !== null && <Duration ms={check.ms} />}
          {count > 0 && (
            <button
              type="button"
              onClick={() => onProof(check.key)}
              aria-label={`${check.label}: ${count} ${count === 1 ? 'exchange' : 'exchanges'}`}
              className="link min-h-6 rounded-sm after:absolute after:inset-0"
            >
              {count} {count === 1 ? 'exchange' : 'exchanges'}
            </button>
          )}
        </span>
      </div>
      {check.problem && (
        <Notice tone="bad" live={false} className="mt-2">
          {check.problem.message}
        </Notice>
      )}
    </li>
  )
}

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

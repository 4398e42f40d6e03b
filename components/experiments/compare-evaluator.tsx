'use client'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatNumber } from '#components/ui/format.ts'
import type { CandidateScores, ComparisonView, EvaluatorConfig } from '#lib/experiments/schema.ts'
import { candidateColour } from './candidates.ts'
import { boundsOf, formatMean, qualityOf, reachOf } from './compare-words.ts'
import { kindWords } from './evaluator-words.ts'
import { formatScore } from './score-line.tsx'

type Compared = ComparisonView['evaluators'][number]

const verdictTones = { better: 'text-ok', worse: 'text-bad', unclear: 'text-muted' } as const
const verdictWords = { better: 'better', worse: 'worse', unclear: 'not sure' } as const

/** One evaluator: means, distributions, wins, and the interval of the difference, with what that means in words. */
export function CompareEvaluator({
  comparison,
  compared,
  config,
  onWorse,
}: {
  comparison: ComparisonView
  compared: Compared
  config: EvaluatorConfig | undefined
  /** Shows the rows on which a candidate scores below the baseline. */
  onWorse?: (candidate: number) => void
}) {
  const { graded } = compared
  const reach = reachOf(compared)
  const nameOf = (candidate: number) => comparison.candidates[candidate]?.name ?? ''
  const others = compared.candidates.filter(({ candidate }) => candidate !== comparison.baseline)
  return (
    <Card>
      <CardHeader title={compared.name} detail={config ? kindWords[config.kind].label : compared.kind} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section tabIndex={0} aria-label={`${compared.name}: each candidate`} className="relative overflow-x-auto px-4">
        <table className="w-full min-w-[620px] text-sm">
          <caption className="sr-only">{compared.name}: each candidate</caption>
          <thead>
            <tr className="text-faint text-xs [&_th]:pb-1.5 [&_th]:text-left [&_th]:font-normal">
              <th scope="col">Candidate</th>
              <th scope="col" className="w-44">
                {graded ? 'Mean' : 'Passes'}
              </th>
              <th scope="col" className="w-28">
                Distribution
              </th>
              <th scope="col" className="w-48">
                Against {nameOf(comparison.baseline)}
              </th>
              <th scope="col" className="w-28">
                Wins, ties, losses
              </th>
            </tr>
          </thead>
          <tbody className="[&_td]:border-t [&_td]:py-2 [&_th]:border-t [&_th]:py-2">
            {compared.candidates.map((scores) => (
              <tr key={scores.candidate} className="align-middle">
                <th scope="row" className="max-w-48 pr-3 text-left font-medium">
                  <span className="flex min-w-0 items-center gap-2">
                    <Dot candidate={scores.candidate} />
                    <span className="truncate">{nameOf(scores.candidate)}</span>
                  </span>
                  {(scores.skipped > 0 || scores.errors > 0) && (
                    <span className="block font-normal text-faint text-xs">
                      {scores.errors > 0 && `${formatNumber(scores.errors)} not judged `}
                      {scores.skipped > 0 && `${formatNumber(scores.skipped)} with nothing to compare`}
                    </span>
                  )}
                </th>
                <td className="pr-4">
                  <Mean scores={scores} graded={graded} config={config} />
                </td>
                <td className="pr-4">
                  <Distribution scores={scores} />
                </td>
                <td className="pr-4">
                  {scores.candidate === comparison.baseline ? (
                    <span className="text-faint">baseline</span>
                  ) : (
                    <Interval scores={scores} reach={reach} graded={graded} />
                  )}
                </td>
                <td className="figures whitespace-nowrap">
                  {scores.versus ? (
                    <>
                      {formatNumber(scores.versus.wins)} / {formatNumber(scores.versus.ties)} /{' '}
                      {scores.versus.losses > 0 && onWorse ? (
                        <button
                          type="button"
                          className="link min-h-6 rounded-sm"
                          aria-label={`${formatNumber(scores.versus.losses)} losses of ${nameOf(scores.candidate)}: show these rows`}
                          onClick={() => onWorse(scores.candidate)}
                        >
                          {formatNumber(scores.versus.losses)}
                        </button>
                      ) : (
                        formatNumber(scores.versus.losses)
                      )}
                    </>
                  ) : (
                    <span className="text-faint">–</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <ul className="grid gap-1.5 border-t px-4 py-3 text-sm">
        {others.map(({ candidate, versus }) =>
          versus ? (
            <li key={candidate} className="flex gap-2 text-pretty">
              <span className={cn('w-16 shrink-0 font-medium', verdictTones[versus.verdict])}>
                {versus.wins + versus.losses === 0 ? 'the same' : verdictWords[versus.verdict]}
              </span>
              <span className="min-w-0">{versus.sentence}</span>
            </li>
          ) : (
            <li key={candidate} className="text-faint">
              {nameOf(candidate)} and {nameOf(comparison.baseline)} have no row that both are scored on.
            </li>
          ),
        )}
        {others.length === 0 && <li className="text-faint">With one candidate there is nothing to compare.</li>}
      </ul>
    </Card>
  )
}

function Dot({ candidate }: { candidate: number }) {
  return (
    <span
      aria-hidden="true"
      className="size-2 shrink-0 rounded-full"
      style={{ background: candidateColour(candidate) }}
    />
  )
}

function Mean({
  scores,
  graded,
  config,
}: {
  scores: CandidateScores
  graded: boolean
  config: EvaluatorConfig | undefined
}) {
  const quality = qualityOf(scores, config)
  const { min, max } = boundsOf(config)
  return (
    <span className="grid gap-1" title={graded ? `from ${min} to ${max}` : undefined}>
      <span className="figures whitespace-nowrap">
        {formatMean(scores.mean, graded)}
        <span className="ml-2 font-sans text-faint text-xs">
          {scores.passed + scores.failed > 0 &&
            `${formatNumber(scores.passed)} of ${formatNumber(scores.passed + scores.failed)} pass`}
        </span>
      </span>
      <span className="block h-1.5 rounded-full bg-surface-3" aria-hidden="true">
        <span
          className="block h-full rounded-full"
          style={{ width: `${(quality ?? 0) * 100}%`, background: candidateColour(scores.candidate) }}
        />
      </span>
    </span>
  )
}

function Distribution({ scores }: { scores: CandidateScores }) {
  const parts = scores.distribution
  const most = Math.max(1, ...parts.map(({ count }) => count))
  if (parts.length === 0) return <span className="text-faint">–</span>
  const words = parts
    .map(({ label, from, to, count }) => `${label || `${formatScore(from ?? 0)} to ${formatScore(to ?? 0)}`}: ${count}`)
    .join(', ')
  return (
    <span className="flex h-8 items-end gap-px" role="img" aria-label={words} title={words}>
      {parts.map(({ label, from, count }) => (
        <span
          key={`${label} ${from}`}
          className="min-w-1.5 flex-1 rounded-t-[2px]"
          style={{
            height: `${Math.max(count > 0 ? 8 : 3, (count / most) * 100)}%`,
            background: count > 0 ? candidateColour(scores.candidate) : 'var(--surface-3)',
          }}
        />
      ))}
    </span>
  )
}

/** The difference with its 95 % interval, on a line whose middle is zero. */
function Interval({ scores: { versus }, reach, graded }: { scores: CandidateScores; reach: number; graded: boolean }) {
  if (!versus) return <span className="text-faint">–</span>
  const { difference, low, high, verdict } = versus
  const place = (value: number) => `${50 + (value / reach) * 50}%`
  const amount = (value: number) => {
    const shown = graded ? formatScore(value) : `${Number((value * 100).toFixed(1))}`
    return `${value > 0 ? '+' : ''}${shown.replace('-', '−')}`
  }
  return (
    <span className={cn('grid gap-0.5', verdictTones[verdict])}>
      <span className="figures whitespace-nowrap text-xs">
        {amount(difference)}
        {!graded && ' points'}{' '}
        <span className="text-faint">
          {amount(low)} to {amount(high)}
        </span>
      </span>
      <span className="relative block h-3" aria-hidden="true">
        <span className="absolute inset-x-0 top-1.5 h-px bg-line" />
        <span className="absolute inset-y-0 left-1/2 w-px bg-line-field" />
        <span
          className="absolute top-[5px] h-0.5 rounded-full bg-current"
          style={{ left: place(low), right: `${50 - (high / reach) * 50}%` }}
        />
        <span className="absolute top-0.5 -ml-1 size-2 rounded-full bg-current" style={{ left: place(difference) }} />
      </span>
    </span>
  )
}

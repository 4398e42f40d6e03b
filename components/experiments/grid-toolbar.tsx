'use client'
import { ArrowDown, ArrowUp, X } from 'lucide-react'
import { memo, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { type Filter, FilterChips, type FilterValues } from '#components/ui/filter-chips.tsx'
import { SearchInput } from '#components/ui/search-input.tsx'
import { readSpan, type SpanUnit, spanText, splitSpan } from '#components/ui/span.ts'
import { toast } from '#components/ui/toast.ts'
import type { RunView } from '#lib/experiments/schema.ts'
import { type ExperimentState, figureNames, figureSpans } from './experiment-queries.ts'
import { bandStyles } from './grid-scores.ts'

const filterIds = [
  'state',
  'verdict',
  'candidate',
  'evaluator',
  'reviewed',
  'again',
  'label',
  'min',
  'max',
  'code',
] as const
const spanExamples: Record<SpanUnit, string> = {
  ms: '> 2 s or 1 s – 3 s',
  usd: '> 0.01 or 0.01 – 0.5',
  tokens: '> 500 or 100 – 500',
}
/** Shown once asked for, or while they are on. */
const rare: readonly Filter[] = [
  { id: 'code', label: 'Error code', placeholder: 'upstream_timeout' },
  ...figureNames.map((id) => ({ id, label: figureSpans[id].label, placeholder: spanExamples[figureSpans[id].unit] })),
]

/** Search, conditions and what is sorted by, and the legend of the colours. */
export const GridToolbar = memo(function GridToolbar({
  run,
  state,
  setState,
}: {
  run: RunView
  state: ExperimentState
  setState: (patch: Partial<ExperimentState>) => void
}) {
  const { candidates, evaluators, baseline } = run.setup
  const baselineName = candidates[baseline]?.candidate.name ?? ''
  const labels = evaluators.some(({ config }) => config.kind === 'judge' && config.answer.type === 'category')
  const [showsAll, setShowsAll] = useState(false)
  const values = toValues(state)
  const one = { several: false }
  return (
    <div className="mb-2.5 flex flex-wrap items-center gap-2">
      <SearchInput
        label="Search rows and answers"
        placeholder="Search rows and answers"
        className="sm:w-56"
        value={state.q ?? ''}
        onChange={(q) => setState({ q: q || null })}
      />
      <FilterChips
        filters={[
          {
            id: 'state',
            label: 'State',
            ...one,
            options: [
              { value: 'done', label: 'Done' },
              { value: 'failed', label: 'Failed' },
              { value: 'answered', label: 'Not judged yet' },
              { value: 'waiting', label: 'Waiting' },
            ],
          },
          ...(evaluators.length > 0
            ? [
                {
                  id: 'verdict',
                  label: 'Verdict',
                  ...one,
                  options: [
                    { value: 'passed', label: 'Passes' },
                    { value: 'failed', label: 'Fails' },
                    { value: 'worse', label: `Worse than ${baselineName}` },
                  ],
                },
              ]
            : []),
          ...(candidates.length > 1
            ? [
                {
                  id: 'candidate',
                  label: 'Of candidate',
                  ...one,
                  options: candidates.map(({ candidate }, at) => ({ value: String(at), label: candidate.name })),
                },
              ]
            : []),
          ...(evaluators.length > 0
            ? [
                {
                  id: 'evaluator',
                  label: 'By evaluator',
                  ...one,
                  options: evaluators.map(({ name }, at) => ({ value: String(at), label: name })),
                },
                { id: 'min', label: 'Score from', placeholder: '0.5' },
                { id: 'max', label: 'Score to', placeholder: '0.8' },
              ]
            : []),
          ...(labels ? [{ id: 'label', label: 'Category', placeholder: 'good' }] : []),
          {
            id: 'reviewed',
            label: 'Reviewed',
            ...one,
            options: [
              { value: 'yes', label: 'Yes' },
              { value: 'no', label: 'Not yet' },
            ],
          },
          ...(run.again > 0
            ? [{ id: 'again', label: 'Made once more', ...one, options: [{ value: 'yes', label: 'Yes' }] }]
            : []),
          ...rare.filter(({ id }) => showsAll || values[id]),
        ]}
        values={values}
        onChange={(next) => {
          const read = toState(next)
          if ('problem' in read) toast.error(read.problem)
          else setState(read.patch)
        }}
      />
      <Button variant="quiet" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
        {showsAll ? 'Fewer filters' : 'More filters'}
      </Button>
      {state.sort && <SortChip run={run} sort={state.sort} onChange={(sort) => setState({ sort })} />}
      <p className="ml-auto flex items-center gap-2 text-faint text-xs">
        <span>Scores: low</span>
        <span className="flex overflow-hidden rounded-sm" aria-hidden="true">
          {bandStyles.map((style) => (
            <span key={style} className={cn('h-3 w-6', style)} />
          ))}
        </span>
        <span>high</span>
      </p>
    </div>
  )
})

function toValues(state: ExperimentState): FilterValues {
  const values: Record<string, string[]> = {}
  for (const id of filterIds) if (state[id] !== null) values[id] = [String(state[id])]
  for (const id of figureNames) {
    const { unit } = figureSpans[id]
    const span = splitSpan(state[id] ?? '', unit)
    if (span) values[id] = [spanText(span, unit)]
  }
  return values
}

/** What chips were set to, as the address holds it; with `problem` nothing is to change. */
function toState(values: FilterValues): { patch: Partial<ExperimentState> } | { problem: string } {
  const first = (id: string) => values[id]?.[0] ?? null
  const place = (id: string) => (first(id) === null ? null : Number(first(id)))
  const figure = (id: string) => {
    const read = first(id)?.replace(',', '.') ?? null
    return read === null || !Number.isFinite(Number(read)) ? null : read
  }
  const patch: Partial<ExperimentState> = {
    state: first('state') as ExperimentState['state'],
    verdict: first('verdict') as ExperimentState['verdict'],
    reviewed: first('reviewed') as ExperimentState['reviewed'],
    again: first('again') as ExperimentState['again'],
    candidate: place('candidate'),
    evaluator: place('evaluator'),
    label: first('label'),
    min: figure('min'),
    max: figure('max'),
    code: first('code'),
  }
  for (const id of figureNames) {
    const typed = first(id)
    const { unit, label } = figureSpans[id]
    patch[id] = typed === null ? null : readSpan(typed, unit)
    if (typed !== null && patch[id] === null)
      return { problem: `${label}: write something like ${spanExamples[unit]}.` }
  }
  return { patch }
}

export const sortWords: Readonly<Record<string, string>> = {
  latency: 'Latency',
  firstToken: 'First token',
  cost: 'Cost',
  inputTokens: 'Prompt tokens',
  outputTokens: 'Answer tokens',
  tries: 'Tries',
  error: 'Error',
}

function SortChip({ run, sort, onChange }: { run: RunView; sort: string; onChange: (sort: string | null) => void }) {
  const isDown = sort.startsWith('-')
  const [by = '', candidate = '0', evaluator = '0'] = sort.replace(/^-/, '').split(':')
  const { candidates, evaluators } = run.setup
  const what = by === 'score' ? (evaluators[Number(evaluator)]?.name ?? 'Score') : (sortWords[by] ?? 'Row')
  const who = by === 'position' ? '' : ` of ${candidates[Number(candidate)]?.candidate.name ?? ''}`
  const Arrow = isDown ? ArrowDown : ArrowUp
  return (
    <span className="inline-flex h-8 items-center rounded-lg border border-line-strong bg-surface-1 text-sm">
      <Button
        variant="quiet"
        className="h-full border-0 px-2.5 font-normal"
        aria-label={`Sorted by ${what}${who}, ${isDown ? 'highest' : 'lowest'} first. Turn round`}
        onClick={() => onChange(isDown ? sort.slice(1) : `-${sort}`)}
      >
        <Arrow aria-hidden="true" /> {what}
        <span className="max-w-32 truncate text-faint">{who}</span>
      </Button>
      <button
        type="button"
        aria-label="Back to the order of rows"
        onClick={() => onChange(null)}
        className="grid h-full w-7 place-items-center rounded-lg text-faint hover:text-ink"
      >
        <X className="size-3.5" />
      </button>
    </span>
  )
}

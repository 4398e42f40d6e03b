'use client'
import { useQuery } from '@tanstack/react-query'
import { Image as ImageIcon, RotateCcw, Star } from 'lucide-react'
import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatDuration, formatNumber } from '#components/ui/format.ts'
import { formatUsd } from '#lib/core/money.ts'
import type { CellView, PinnedSetupView, ScoreView } from '#lib/experiments/schema.ts'
import { cellQuery } from './experiment-queries.ts'
import { bandOf, bandStyles } from './grid-scores.ts'
import { scoreWord } from './score-line.tsx'

type Evaluators = PinnedSetupView['evaluators']

const chipsMax = 4

/** What one candidate made of one row, in the grid. */
export function GridCell({
  workspace,
  runId,
  rowId,
  cell,
  evaluators,
}: {
  workspace: string
  runId: string
  rowId: string
  cell: CellView
  evaluators: Evaluators
}) {
  if (cell.state === 'waiting') return <p className="text-faint text-sm">waiting</p>
  return (
    <>
      <div className="min-h-0 flex-1 overflow-hidden">
        {cell.error && (
          <p className={cn('text-bad text-xs wrap-anywhere', cell.answer ? 'line-clamp-1' : 'line-clamp-3')}>
            <span className="figures">{cell.error.code}</span> {cell.error.message}
          </p>
        )}
        {cell.answer && (
          <>
            {cell.answer.imageCount > 0 && (
              <Pictures workspace={workspace} runId={runId} rowId={rowId} candidate={cell.candidate} />
            )}
            {cell.answer.toolCalls.map((call, at) => (
              <p
                // biome-ignore lint/suspicious/noArrayIndexKey: calls have no other identity
                key={at}
                className="figures truncate text-xs"
              >
                {call.name}({call.arguments})
              </p>
            ))}
            {cell.answer.text && (
              <p className={cn('wrap-anywhere', cell.error ? 'line-clamp-2' : 'line-clamp-3')}>
                {cell.answer.text.slice(0, 400)}
              </p>
            )}
            {!cell.answer.text && cell.answer.toolCalls.length + cell.answer.imageCount === 0 && (
              <p className="text-faint">The answer is empty.</p>
            )}
          </>
        )}
      </div>
      {cell.scores.length > 0 && (
        <p className={cn('grid shrink-0 gap-1', cell.scores.length > 1 && 'grid-cols-2')}>
          {cell.scores.slice(0, cell.scores.length > chipsMax ? chipsMax - 1 : chipsMax).map((score) => (
            <Chip key={score.evaluator} score={score} evaluator={evaluators[score.evaluator]} />
          ))}
          {cell.scores.length > chipsMax && (
            <span className="text-faint text-xs leading-5">and {cell.scores.length - chipsMax + 1} more</span>
          )}
        </p>
      )}
      <p className="figures flex shrink-0 items-center gap-1.5 truncate text-[11px] text-faint leading-4">
        {[
          cell.latencyMs !== null && formatDuration(cell.latencyMs),
          cell.outputTokens !== null && `${formatNumber(cell.outputTokens)} tok`,
          cell.cost && formatUsd(cell.cost),
        ]
          .filter(Boolean)
          .join(' · ')}
        {cell.again && (
          <RotateCcw className="size-3 shrink-0" role="img" aria-label="made once more after its process died" />
        )}
        {cell.reviews.length > 0 && <Star className="size-3 shrink-0 text-accent" role="img" aria-label="reviewed" />}
      </p>
    </>
  )
}

function Chip({ score, evaluator }: { score: ScoreView; evaluator: Evaluators[number] | undefined }) {
  const band = bandOf(score, evaluator?.config)
  const word = scoreWord(score, evaluator?.config)
  const short = score.state === 'waiting' ? '…' : score.skipped ? '–' : word
  return (
    <span
      title={`${evaluator?.name ?? 'Evaluator'}: ${word}`}
      className={cn(
        'flex h-5 min-w-0 items-center gap-1.5 rounded-sm px-1.5 text-xs',
        band === null ? 'text-faint inset-ring inset-ring-line' : bandStyles[band],
      )}
    >
      <span className="min-w-0 flex-1 truncate">{evaluator?.name ?? 'Evaluator'}</span>
      <span className="figures shrink-0">{short}</span>
    </span>
  )
}

/** Pictures are fetched where they are seen: a window of the grid would be megabytes with them. */
function Pictures({
  workspace,
  runId,
  rowId,
  candidate,
}: {
  workspace: string
  runId: string
  rowId: string
  candidate: number
}) {
  const { data } = useQuery({ ...cellQuery(workspace, runId, rowId, candidate), staleTime: 60_000 })
  const images = data?.cell.answer?.images ?? []
  return (
    <span className="flex h-full gap-1.5">
      {images.length === 0 && <ImageIcon className="size-5 text-faint" aria-hidden="true" />}
      {images.slice(0, 3).map((image, at) => (
        <Picture
          // biome-ignore lint/suspicious/noArrayIndexKey: pictures have no other identity
          key={at}
          image={image}
          className="h-full max-h-20 rounded-md border object-contain"
          alt={`Picture ${at + 1}`}
        />
      ))}
    </span>
  )
}

/** A picture of an answer. One that stands elsewhere is told: nothing is fetched from strangers by looking. */
export function Picture({
  image,
  alt,
  className,
  elsewhere,
}: {
  image: { url?: string; base64?: string }
  alt: string
  className?: string
  /** In place of a picture that came as an address. */
  elsewhere?: ReactNode
}) {
  const data = image.base64
    ? `data:image/png;base64,${image.base64}`
    : image.url?.startsWith('data:')
      ? image.url
      : null
  // biome-ignore lint/performance/noImgElement: the data is here already
  if (data) return <img src={data} alt={alt} className={className} />
  return elsewhere ?? <Badge title={image.url}>an address, not loaded</Badge>
}

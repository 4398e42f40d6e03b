'use client'
import { useState } from 'react'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { formatDuration } from '#components/ui/format.ts'
import { formatUsd } from '#lib/core/money.ts'
import type { ComparisonView, PinnedSetupView } from '#lib/experiments/schema.ts'
import { candidateColour } from './candidates.ts'
import { boundsOf, formatMean, qualityOf, spreadLabels, ticksTo } from './compare-words.ts'

const width = 520
const height = 300
const left = 46
const right = 20
const top = 14
const bottom = 50
const lineHeight = 15
/** Of the type of labels, on average. */
const charWidth = 6.4

/** Quality against cost, latency as the size: up and to the left is better, a small dot is quick. */
export function ComparePicture({
  comparison,
  setup: { candidates, evaluators },
}: {
  comparison: ComparisonView
  setup: PinnedSetupView
}) {
  const recorded = candidates.flatMap(({ candidate }, at) => (candidate.kind === 'recorded' ? [at] : []))
  const [chosen, setChosen] = useState('0')
  const at = Number(chosen)
  const scored = comparison.evaluators[at]
  const config = evaluators[at]?.config
  const points = comparison.candidates.flatMap(({ candidate, name, costPerAnswer, latencyMs }) => {
    const quality = qualityOf(scored?.candidates[candidate], config)
    return quality === null
      ? []
      : [
          {
            candidate,
            name,
            quality,
            mean: scored!.candidates[candidate]!.mean,
            nanoUsd: costPerAnswer === null ? null : Number(costPerAnswer.nanoUsd),
            ms: latencyMs.p50,
          },
        ]
  })
  const most = Math.max(1, ...points.map(({ nanoUsd }) => nanoUsd ?? 0)) * 1.15
  const slowest = Math.max(1, ...points.map(({ ms }) => ms ?? 0))
  const x = (nanoUsd: number) => left + (nanoUsd / most) * (width - left - right)
  const y = (quality: number) => height - bottom - quality * (height - top - bottom)
  const radius = (ms: number | null) => (ms === null ? 5 : 5 + 11 * Math.sqrt(ms / slowest))
  const { min, max } = boundsOf(config)
  const graded = scored?.graded ?? true
  // Large dots first: small ones stay in sight.
  const drawn = points
    .map((point) => {
      const [cx, cy, r] = [x(point.nanoUsd ?? 0), y(point.quality), radius(point.ms)]
      const words = point.name.length > 26 ? `${point.name.slice(0, 25)}…` : point.name
      return { ...point, cx, cy, r, words, isRight: cx > width * 0.68 }
    })
    .sort((one, other) => other.r - one.r || one.candidate - other.candidate)
  const lines = spreadLabels(
    drawn.map(({ cx, cy, r, words, isRight, nanoUsd }) => {
      const length = (words.length + (nanoUsd === null ? 18 : 9)) * charWidth
      return isRight
        ? { left: cx - r - 5 - length, right: cx - r, y: cy }
        : { left: cx + r, right: cx + r + 5 + length, y: cy }
    }),
    lineHeight,
    height - bottom,
  )
  return (
    <Card>
      <CardHeader
        title="Quality, cost and latency"
        detail="Up is better, left is cheaper, a small dot is quick."
        actions={
          comparison.evaluators.length > 1 && (
            <ChoiceMenu
              label="Quality by"
              value={chosen}
              onChange={setChosen}
              options={comparison.evaluators.map(({ name }, place) => ({ value: String(place), label: name }))}
            />
          )
        }
      />
      <div className="px-4 pb-4">
        {points.length === 0 ? (
          <p className="py-8 text-center text-faint text-sm">
            {comparison.evaluators.length === 0
              ? 'Without an evaluator there is no quality to draw.'
              : 'Nothing is scored by this evaluator yet.'}
          </p>
        ) : (
          <svg viewBox={`0 0 ${width} ${height}`} className="w-full" role="img" aria-label={describe(points, graded)}>
            {[0, 0.25, 0.5, 0.75, 1].map((quality) => (
              <g key={quality}>
                <line
                  x1={left}
                  x2={width - right}
                  y1={y(quality)}
                  y2={y(quality)}
                  stroke={quality === 0 ? 'var(--line-strong)' : 'var(--line)'}
                />
                <text x={left - 6} y={y(quality) + 4} textAnchor="end" className="figures fill-faint text-[11px]">
                  {graded ? Number((min + quality * (max - min)).toFixed(2)) : `${quality * 100} %`}
                </text>
              </g>
            ))}
            {ticksTo(most).map((tick) => (
              <text
                key={tick}
                x={x(tick)}
                y={height - bottom + 28}
                textAnchor="middle"
                className="figures fill-faint text-[11px]"
              >
                {formatUsd(BigInt(Math.round(tick)))}
              </text>
            ))}
            <text x={width - right} y={height - 6} textAnchor="end" className="fill-faint text-[11px]">
              cost of an answer
            </text>
            {drawn.map(({ candidate, nanoUsd, cx, cy, r }) => (
              <circle
                key={candidate}
                cx={cx}
                cy={cy}
                r={r}
                fill={candidateColour(candidate)}
                fillOpacity={nanoUsd === null ? 0.25 : 0.85}
                stroke={candidateColour(candidate)}
              />
            ))}
            {drawn.map(({ candidate, nanoUsd, ms, cx, cy, r, words, isRight }, place) => {
              const labelX = isRight ? cx - r - 5 : cx + r + 5
              const labelY = lines[place]!
              return (
                <g key={candidate}>
                  {Math.abs(labelY - cy) > r && (
                    <line x1={cx} y1={cy} x2={labelX - (isRight ? -3 : 3)} y2={labelY} stroke="var(--line-strong)" />
                  )}
                  <text
                    x={labelX}
                    y={labelY + 4}
                    textAnchor={isRight ? 'end' : 'start'}
                    className="fill-ink text-[12px]"
                  >
                    {words}
                    <tspan className="fill-faint">
                      {ms === null ? '' : `  ${formatDuration(ms)}`}
                      {nanoUsd === null ? `  ${recorded.includes(candidate) ? 'recorded' : 'unpriced'}` : ''}
                    </tspan>
                  </text>
                </g>
              )
            })}
          </svg>
        )}
      </div>
    </Card>
  )
}

interface Point {
  name: string
  mean: number | null
  nanoUsd: number | null
  ms: number | null
}

function describe(points: readonly Point[], graded: boolean): string {
  return points
    .map(
      ({ name, mean, nanoUsd, ms }) =>
        `${name}: quality ${formatMean(mean, graded)}, ${nanoUsd === null ? 'unpriced' : `${formatUsd(BigInt(Math.round(nanoUsd)))} an answer`}, ${ms === null ? 'no latency' : formatDuration(ms)}`,
    )
    .join('; ')
}

import { type Interval, pairedBootstrap } from './bootstrap.ts'
import type { VersusView } from './grid-answers.ts'

/** How much may lie between two equal measures. */
const tie = 1e-9

export interface Pair {
  own: number
  baseline: number
}

/**
 * One candidate against the baseline, over the rows that both have a score for. `graded`: values are measures; else 1 and 0
 * for passed or not. The same pairs and seed give the same verdict. At least one pair.
 */
export function compareWith(
  pairs: readonly Pair[],
  { seed, name, baselineName, graded }: { seed: string; name: string; baselineName: string; graded: boolean },
): VersusView {
  const differences = pairs.map(({ own, baseline }) => own - baseline)
  const wins = differences.filter((each) => each > tie).length
  const losses = differences.filter((each) => each < -tie).length
  const interval = pairedBootstrap(differences, seed)
  const { mean: difference, low, high } = interval
  const verdict = low > tie ? 'better' : high < -tie ? 'worse' : 'unclear'
  const sentence = toSentence(interval, verdict, { name, baselineName, graded, rows: pairs.length, differences })
  return {
    rows: pairs.length,
    wins,
    ties: pairs.length - wins - losses,
    losses,
    difference,
    low,
    high,
    verdict,
    sentence,
  }
}

function toSentence(
  { mean, low, high }: Interval,
  verdict: VersusView['verdict'],
  told: { name: string; baselineName: string; graded: boolean; rows: number; differences: readonly number[] },
): string {
  const { name, baselineName, graded, rows, differences } = told
  const on = rows === 1 ? 'On the one row' : `On the ${rows.toLocaleString('en')} rows`
  if (differences.every((each) => Math.abs(each) <= tie))
    return `${on} that both have, ${name} and ${baselineName} score the same.`
  const amount = (value: number) => (graded ? short(value) : `${short(value * 100)} points`)
  const what = graded ? 'scores' : 'passes'
  const how = mean < 0 ? (graded ? 'lower' : 'less often') : graded ? 'higher' : 'more often'
  const size = graded ? `${amount(Math.abs(mean))} ${how}` : `${amount(Math.abs(mean))} ${how}`
  const interval = `95 % interval ${graded ? short(low) : short(low * 100)} to ${graded ? short(high) : short(high * 100)}`
  const head = `${on} that both have, ${name} ${what} ${size} than ${baselineName} (${interval}).`
  if (verdict !== 'unclear') return `${head} The difference is real: chance alone hardly makes one like it.`
  const wanted = rowsWanted(mean, differences)
  const more = wanted === null ? '' : ` If it stayed so, about ${wanted.toLocaleString('en')} rows would tell.`
  return `${head} It may be chance: the interval holds zero.${more}`
}

/** Rows after which an interval of this difference would leave zero out; null where it would take too many to say. */
function rowsWanted(mean: number, differences: readonly number[]): number | null {
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / differences.length
  const rows = Math.ceil((1.96 ** 2 * variance) / mean ** 2)
  if (!Number.isFinite(rows) || rows > 1_000_000 || rows <= differences.length) return null
  const step = 10 ** Math.max(1, Math.floor(Math.log10(rows)) - 1)
  return Math.ceil(rows / step) * step
}

function short(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return String(Number(value.toFixed(digits)))
}

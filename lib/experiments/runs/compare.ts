import { setImmediate as turn } from 'node:timers/promises'
import { invalidInput } from '#lib/core/errors.ts'
import { toMoneyView } from '#lib/core/money.ts'
import { parseInput, requireRead, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { isGraded } from '../evaluators/config.ts'
import type { CandidateScores, ComparisonView } from './grid-answers.ts'
import { CompareInput } from './grid-input.ts'
import { type RunRowOf, readPinned, requireRun } from './stored.ts'
import { compareWith } from './verdict.ts'

/**
 * Candidates side by side: means, distributions, and each against the baseline, with whether the difference is real. The
 * same for the same run, whenever it is asked for. Every member may read.
 */
export async function compareRun(scope: Scope, input: CompareInput): Promise<ComparisonView> {
  requireRead(scope)
  const { id, baseline: asked } = parseInput(CompareInput, input)
  const { run, figures, scores } = await scope.tx(async (tx) => {
    const found = await requireRun(tx, scope, id)
    return { run: found, figures: await readFigures(tx, found), scores: await readScores(tx, found) }
  })
  const { candidates, evaluators, baseline: own } = readPinned(run)
  const baseline = asked ?? own
  if (baseline >= candidates.length)
    throw invalidInput('There is no such candidate.', { baseline: 'There is no such candidate.' })
  const compared: ComparisonView['evaluators'] = []
  for (const [evaluator, { name, kind, config }] of evaluators
    .map((each) => ({ ...each, kind: each.config.kind }))
    .entries()) {
    const byCandidate = candidates.map((_, candidate) => scores.get(`${evaluator} ${candidate}`) ?? [])
    const graded = isGraded(config)
    const views: CandidateScores[] = []
    for (const [candidate, { name: candidateName }] of candidates.entries()) {
      const isBaseline = candidate === baseline
      const seed = `${run.id} ${evaluator} ${candidate} ${baseline}`
      const names = { name: candidateName, baselineName: candidates[baseline]!.name }
      const pairs = isBaseline ? [] : pairsOf(byCandidate[candidate]!, byCandidate[baseline]!)
      views.push({
        ...toScores(candidate, byCandidate[candidate]!, byCandidate.flat(), graded),
        versus: pairs.length === 0 ? null : compareWith(pairs, { seed, graded, ...names }),
      })
      // A hundred thousand rows are a moment's work for each of them.
      await turn()
    }
    compared.push({ evaluator, name, kind, graded, candidates: views })
  }
  return {
    baseline,
    candidates: candidates.map(({ name }, candidate) => ({ candidate, name, ...toFigures(figures.get(candidate)) })),
    evaluators: compared,
  }
}

interface Figures {
  candidate: number
  done: number
  failed: number
  left: number
  cost: bigint | null
  priced: number
  mean: number | null
  p50: number | null
  p95: number | null
  input: number | null
  output: number | null
  rating: number | null
  reviews: number
}

async function readFigures(tx: Tx, { workspaceId, id }: RunRowOf): Promise<Map<number, Figures>> {
  const rows = await tx.$queryRaw<Figures[]>`
    SELECT c.*, v.rating, coalesce(v.reviews, 0) AS reviews FROM (
      SELECT candidate, (count(*) FILTER (WHERE state = 'done'))::integer AS done, (count(*) FILTER (WHERE state = 'failed'))::integer AS failed, (count(*) FILTER (WHERE state IN ('waiting', 'answered')))::integer AS left,
          sum(cost_nano_usd)::bigint AS cost, count(cost_nano_usd)::integer AS priced, avg(latency_ms)::float8 AS mean,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS p95, avg(input_tokens)::float8 AS input, avg(output_tokens)::float8 AS output
        FROM experiment_cells WHERE workspace_id = ${workspaceId} AND run_id = ${id} GROUP BY candidate) c
      LEFT JOIN (SELECT candidate, avg(rating)::float8 AS rating, count(*)::integer AS reviews FROM experiment_reviews WHERE workspace_id = ${workspaceId} AND run_id = ${id} GROUP BY candidate) v USING (candidate)`
  return new Map(rows.map((row) => [row.candidate, row]))
}

function toFigures(figures: Figures | undefined): Omit<ComparisonView['candidates'][number], 'candidate' | 'name'> {
  const { cost = null, priced = 0 } = figures ?? {}
  return {
    done: figures?.done ?? 0,
    failed: figures?.failed ?? 0,
    left: figures?.left ?? 0,
    cost: cost === null ? null : toMoneyView(cost),
    costPerAnswer: cost === null || priced === 0 ? null : toMoneyView(cost / BigInt(priced)),
    latencyMs: { mean: figures?.mean ?? null, p50: figures?.p50 ?? null, p95: figures?.p95 ?? null },
    inputTokens: figures?.input ?? null,
    outputTokens: figures?.output ?? null,
    rating: figures?.rating ?? null,
    reviews: figures?.reviews ?? 0,
  }
}

interface StoredScore {
  row_id: string
  passed: boolean | null
  value: number | null
  label: string | null
  skipped: boolean
  failed: boolean
}

/** By evaluator and candidate. */
async function readScores(tx: Tx, { workspaceId, id }: RunRowOf): Promise<Map<string, StoredScore[]>> {
  const rows = await tx.$queryRaw<(StoredScore & { evaluator: number; candidate: number })[]>`
    SELECT evaluator, candidate, row_id, passed, value, label, skipped, state = 'failed' OR error <> '' AS failed FROM experiment_scores
     WHERE workspace_id = ${workspaceId} AND run_id = ${id} AND state <> 'waiting'`
  return Map.groupBy(rows, ({ evaluator, candidate }) => `${evaluator} ${candidate}`)
}

function pairsOf(own: readonly StoredScore[], baseline: readonly StoredScore[]): { own: number; baseline: number }[] {
  const values = new Map(baseline.flatMap(({ row_id, value }) => (value === null ? [] : [[row_id, value] as const])))
  const pairs = own.flatMap(({ row_id, value }) => {
    const other = values.get(row_id)
    return value === null || other === undefined ? [] : [{ rowId: row_id, own: value, baseline: other }]
  })
  // Resamples are drawn by place: it must not depend on how Postgres answers.
  return pairs.sort((one, other) => (one.rowId < other.rowId ? -1 : 1))
}

const partsShown = 10

function toScores(
  candidate: number,
  scores: readonly StoredScore[],
  all: readonly StoredScore[],
  graded: boolean,
): Omit<CandidateScores, 'versus'> {
  const values = scores.flatMap(({ value }) => (value === null ? [] : [value]))
  const count = (test: (score: StoredScore) => boolean) => scores.filter(test).length
  const passed = count((score) => score.passed === true)
  const failed = count((score) => score.passed === false)
  return {
    candidate,
    judged: count(({ skipped, failed: isFailed }) => !skipped && !isFailed),
    skipped: count((score) => score.skipped),
    errors: count((score) => score.failed),
    mean: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length,
    passed,
    failed,
    distribution: distributionOf(scores, all, { graded, values, passed, failed }),
  }
}

function distributionOf(
  scores: readonly StoredScore[],
  all: readonly StoredScore[],
  { graded, values, passed, failed }: { graded: boolean; values: readonly number[]; passed: number; failed: number },
): CandidateScores['distribution'] {
  const plain = (label: string, count: number) => ({ label, from: null, to: null, count })
  const labels = [...new Set(all.flatMap(({ label }) => label ?? []))].sort()
  if (labels.length > 0)
    return labels.map((label) => plain(label, scores.filter((score) => score.label === label).length))
  if (!graded) return [plain('passed', passed), plain('failed', failed)]
  // The same parts for all candidates.
  const known = all.flatMap(({ value }) => value ?? [])
  if (known.length === 0) return []
  const [least, most] = known.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [0, 1])
  const width = (most - least) / partsShown
  return Array.from({ length: partsShown }, (_, part) => {
    const from = least + part * width
    const to = from + width
    const isLast = part === partsShown - 1
    const count = values.filter((value) => value >= from && (value < to || isLast)).length
    return { label: '', from, to, count }
  })
}

import { toMoneyView } from '#lib/core/money.ts'
import { costOf } from '#lib/metering/index.ts'
import type { ModelEntry, ModelType } from '#lib/models/schema.ts'
import { Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { standing } from '../datasets/write-rows.ts'
import { judgeBody } from '../evaluators/judge.ts'
import { textOf } from '../evaluators/score.ts'
import type { CallEstimate, RunEstimate } from './answers.ts'
import { composeCall, type RunRow } from './compose.ts'
import type { FindVersion } from './pin.ts'
import { type StoredRunRow, toRunRow } from './rows.ts'
import type { PinnedCandidate, PinnedSetup } from './setup.ts'

const sampleRows = 100
/** Fewer say too little. */
const callsAtLeast = 10
/** Of an answer, where the model has no history here. */
const outputTokensAssumed = 250
const judgeTokensAssumed = 60
/** Pictures and vectors are no tokens. */
const isWordless = (type: ModelType) => type === 'image' || type === 'embedding'

interface Deps {
  findModel(workspaceId: string, id: string): ModelEntry | undefined
  findVersion: FindVersion
}
type ModelCandidate = Extract<PinnedCandidate, { kind: 'model' }>

/**
 * What a run will cost, as far as anybody can tell: rows x tokens x price. Input tokens are a quarter of the bytes of a
 * sample of the rows, output tokens what the model's answers had here in the last 30 days. A deployment, which may call
 * several models, costs what its calls cost in these days; without a history, what the model of its first variant does.
 */
export async function estimateRun(
  deps: Deps,
  tx: Tx,
  scope: Scope,
  setup: PinnedSetup,
  source: { datasetId: string; snapshot?: number; rows: number },
): Promise<RunEstimate> {
  const sample = await readSample(tx, scope, source)
  const entryOf = (id: string) => deps.findModel(scope.workspaceId, id)
  const models = setup.candidates.map((candidate) => toModelCandidate(candidate, deps.findVersion))
  const asked = [
    ...models.flatMap((candidate) => candidate?.model ?? []),
    ...setup.evaluators.flatMap(({ config }) => ('model' in config ? [config.model] : [])),
  ]
  const history = await readHistory(tx, scope, asked)
  const deployed = setup.candidates.flatMap((each) => (each.kind === 'deployment' ? [each.deployment] : []))
  const past = await readPast(tx, scope, deployed)
  const parts: (CallEstimate & { costNanoUsd: bigint | null })[] = []
  let answerTokens = outputTokensAssumed
  for (const [at, candidate] of setup.candidates.entries()) {
    const model = models[at]
    if (!model) {
      parts.push(nothing(candidate.name))
      continue
    }
    const own = candidate.kind === 'deployment' ? past.get(candidate.deployment) : undefined
    if (own) {
      answerTokens = Math.max(answerTokens, own.outputTokens)
      parts.push(toPastPart(candidate.name, source.rows, own))
      continue
    }
    const sizes = sample.map((row) => {
      const composed = composeCall(model, row, model.slug)
      return 'body' in composed ? textBytes(composed.body) : 0
    })
    const known = history.get(model.model)
    const bound = model.prompt.parameters.max_tokens
    const each = isWordless(model.type) ? 0 : (known ?? outputTokensAssumed)
    const outputTokens = Math.min(each, bound ?? each)
    answerTokens = Math.max(answerTokens, outputTokens)
    const images = model.type === 'image' ? (model.prompt.parameters.n ?? 1) : 0
    parts.push(
      toPart(candidate.name, entryOf(model.model), {
        calls: source.rows,
        inputTokens: average(sizes) / 4,
        outputTokens,
        images,
        basis: known === undefined ? 'assumed' : 'history',
      }),
    )
  }
  for (const { name, config } of setup.evaluators) {
    if (config.kind !== 'judge' && config.kind !== 'similarity') continue
    const entry = entryOf(config.model)
    const sizes = sample.map((row) => {
      const subject = { ...row, text: '', latencyMs: null, costNanoUsd: null, inputTokens: null, outputTokens: null }
      if (config.kind === 'judge') return entry ? textBytes(judgeBody(config, subject, entry)) : 0
      return row.expected === null ? 0 : Buffer.byteLength(textOf(row.expected))
    })
    const known = history.get(config.model)
    parts.push(
      toPart(name, entry, {
        calls: source.rows * setup.candidates.length,
        inputTokens: average(sizes) / 4 + answerTokens,
        outputTokens: config.kind === 'judge' ? Math.min(known ?? judgeTokensAssumed, config.maxTokens) : 0,
        images: 0,
        basis: config.kind === 'judge' && known !== undefined ? 'history' : 'assumed',
      }),
    )
  }
  const priced = parts.filter(({ calls, costNanoUsd }) => calls > 0 && costNanoUsd !== null)
  const sum = priced.reduce((total, { costNanoUsd }) => total + costNanoUsd!, 0n)
  const unpriced = parts.filter(({ calls, costNanoUsd }) => calls > 0 && costNanoUsd === null)
  return {
    rows: source.rows,
    cells: source.rows * setup.candidates.length,
    parts: parts.map(({ costNanoUsd, ...part }) => part),
    cost: priced.length === 0 && unpriced.length > 0 ? null : toMoneyView(sum),
    unpriced: unpriced.map(({ name }) => name),
  }
}

function nothing(name: string) {
  const cost = toMoneyView(0n)
  return { name, calls: 0, inputTokens: 0, outputTokens: 0, basis: 'none' as const, cost, costNanoUsd: 0n }
}

/** What is called, as a model with a prompt: of a deployment its first variant. Null: nothing is called. */
function toModelCandidate(candidate: PinnedCandidate, findVersion: FindVersion): ModelCandidate | null {
  if (candidate.kind === 'model') return candidate
  if (candidate.kind === 'recorded') return null
  const { key, name, type, deployment, version } = candidate
  const { model, messages, prompt, parameters, tools } = findVersion(deployment, version)!.config.variants[0]!
  return { key, name, kind: 'model', type, model, slug: '', prompt: { messages, prompt, parameters, tools } }
}

/** What a call of a deployment took, on average. */
interface PastCalls {
  inputTokens: number
  outputTokens: number
  costNanoUsd: number
}

function toPastPart(name: string, calls: number, { inputTokens, outputTokens, costNanoUsd }: PastCalls) {
  const cost = BigInt(Math.ceil(costNanoUsd * calls))
  return {
    ...{ name, calls, basis: 'history' as const, cost: toMoneyView(cost), costNanoUsd: cost },
    ...{ inputTokens: Math.round(inputTokens * calls), outputTokens: Math.round(outputTokens * calls) },
  }
}

function toPart(
  name: string,
  entry: ModelEntry | undefined,
  each: { calls: number; inputTokens: number; outputTokens: number; images: number; basis: CallEstimate['basis'] },
) {
  const { calls, basis } = each
  const inputTokens = Math.round(each.inputTokens * calls)
  const outputTokens = Math.round(each.outputTokens * calls)
  const usage = { inputTokens, outputTokens, images: each.images * calls, cachedInputTokens: 0, reasoningTokens: 0 }
  const { costNanoUsd, priced } = costOf({ ...usage, flags: [] }, entry?.price ?? null)
  const cost = priced ? toMoneyView(costNanoUsd) : null
  return { name, calls, inputTokens, outputTokens, basis, cost, costNanoUsd: priced ? costNanoUsd : null }
}

function textBytes(body: Record<string, unknown>): number {
  const { messages, prompt, input, tools, response_format } = body
  return Buffer.byteLength(JSON.stringify({ messages, prompt, input, tools, response_format }))
}

function average(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, each) => sum + each, 0) / numbers.length
}

async function readSample(
  tx: Tx,
  { workspaceId }: Scope,
  { datasetId, snapshot, rows }: { datasetId: string; snapshot?: number; rows: number },
): Promise<RunRow[]> {
  const every = Math.max(1, Math.floor(rows / sampleRows))
  const found = await tx.$queryRaw<StoredRunRow[]>`
    SELECT row_id, position, inputs, messages, expected, request_id FROM dataset_rows
     WHERE workspace_id = ${workspaceId} AND dataset_id = ${datasetId} AND position > 0 AND ${standing(snapshot)} AND position % ${every} = 0
     ORDER BY position LIMIT ${sampleRows}`
  return found.map(toRunRow)
}

/** Output tokens of an answer, by model, over the last 30 days. */
async function readHistory(tx: Tx, scope: Scope, modelIds: readonly string[]): Promise<Map<string, number>> {
  if (modelIds.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ model_id: string; tokens: number }[]>`
    SELECT model_id, (sum(output_tokens) / sum(requests))::float8 AS tokens FROM ledger.usage_day
     WHERE workspace_id = ${scope.workspaceId} AND model_id IN (${Prisma.join([...modelIds])}) AND status_class = '2xx'
       AND source NOT IN ('validation', 'drift') AND day > (${scope.now()}::timestamptz - interval '30 days')::date
     GROUP BY model_id HAVING sum(requests) >= ${callsAtLeast}`
  return new Map(rows.map(({ model_id, tokens }) => [model_id, tokens]))
}

/** By deployment, over the last 30 days; of calls that have a price and were made: what came from the cache cost nothing. */
async function readPast(tx: Tx, scope: Scope, deploymentIds: readonly string[]): Promise<Map<string, PastCalls>> {
  if (deploymentIds.length === 0) return new Map()
  const rows = await tx.$queryRaw<(PastCalls & { id: string })[]>`
    SELECT deployment_id AS id, (sum(cost_nano_usd) / sum(requests - unpriced - cache_hits))::float8 AS "costNanoUsd",
        (sum(input_tokens) / sum(requests - cache_hits))::float8 AS "inputTokens", (sum(output_tokens) / sum(requests - cache_hits))::float8 AS "outputTokens"
      FROM ledger.usage_day
     WHERE workspace_id = ${scope.workspaceId} AND deployment_id IN (${Prisma.join([...deploymentIds])}) AND status_class = '2xx'
       AND day > (${scope.now()}::timestamptz - interval '30 days')::date
     GROUP BY deployment_id HAVING sum(requests - unpriced - cache_hits) >= ${callsAtLeast}`
  return new Map(rows.map(({ id, ...past }) => [id, past]))
}

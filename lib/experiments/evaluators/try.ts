import { toMoneyView } from '#lib/core/money.ts'
import { parseInput, requireRole, type Scope } from '#lib/tenancy/index.ts'
import type { CallResult } from '../call.ts'
import { callerOf } from '../caller.ts'
import type { JudgementView } from './answers.ts'
import { judgeByModel, type ModelPorts } from './by-model.ts'
import { requireUsable } from './commands.ts'
import { compileFunction } from './functions.ts'
import { TryEvaluatorInput } from './input.ts'
import { requireEvaluator } from './rows.ts'
import { failure, type Subject } from './score.ts'

const waitMs = 120_000

/**
 * The test bench: judges one example, by a saved evaluator or one that is still being written. A model that is asked is
 * paid for, as source `judge`. Developers and above.
 */
export async function tryEvaluator(ports: ModelPorts, scope: Scope, input: TryEvaluatorInput): Promise<JudgementView> {
  requireRole(scope, 'developer')
  const { id, version, config: given, example } = parseInput(TryEvaluatorInput, input)
  const { config, caller } = await scope.tx(async (tx) => ({
    config: given
      ? await requireUsable(tx, scope, given)
      : (await requireEvaluator(tx, scope, { id: id!, ...(version !== undefined && { version }) })).config,
    caller: await callerOf(tx, scope),
  }))
  const subject: Subject = {
    text: example.answer,
    expected: example.expected ?? null,
    inputs: example.inputs,
    messages: example.messages,
    latencyMs: example.latencyMs ?? null,
    costNanoUsd: example.costUsd === undefined ? null : BigInt(Math.round(example.costUsd * 1e9)),
    inputTokens: example.inputTokens ?? null,
    outputTokens: example.outputTokens ?? null,
  }
  if (config.kind !== 'judge' && config.kind !== 'similarity')
    return { score: compileFunction(config)(subject), calls: [] }
  const asker = { ...caller, source: 'judge' as const, signal: AbortSignal.timeout(waitMs) }
  const judged = await judgeByModel(ports, asker, config, subject)
  const score = 'score' in judged ? judged.score : failure(judged.failed.message)
  return { score, calls: judged.calls.map(toCallView) }
}

function toCallView({ requestId, costNanoUsd, latencyMs }: CallResult): JudgementView['calls'][number] {
  return { requestId, cost: costNanoUsd === null ? null : toMoneyView(costNanoUsd), latencyMs: Math.round(latencyMs) }
}

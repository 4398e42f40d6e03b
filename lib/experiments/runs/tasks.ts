import type { EvaluatorConfig, FunctionConfig } from '../evaluators/config.ts'
import type { Evaluate } from '../evaluators/functions.ts'
import { failure, type Subject } from '../evaluators/score.ts'
import type { RunRow } from './compose.ts'
import { answerText, type CellAnswer } from './reply.ts'
import type { PinnedCandidate } from './setup.ts'
import type { CellResult } from './store.ts'
import { addressOf } from './stored.ts'

/* What a run has to do: calls to be made, one answer or one judgement each, and what they are made of. */

export interface AnswerTask {
  kind: 'answer'
  candidate: number
  row: RunRow
  tries: number
}
export interface ScoreTask {
  kind: 'score'
  evaluator: number
  cell: JudgedCell
}
export type Task = AnswerTask | ScoreTask

/** An answer whose judgements are under way. */
export interface JudgedCell {
  candidate: number
  rowId: string
  subject: Subject
  /** Judgements that are still to come. */
  left: number
  problem: string
}

export function isJudge(config: EvaluatorConfig): config is Exclude<EvaluatorConfig, FunctionConfig> {
  return config.kind === 'judge' || config.kind === 'similarity'
}

export function laneKey(candidate: PinnedCandidate): string {
  return candidate.kind === 'model' ? `model ${candidate.model}` : `deployment ${addressOf(candidate)}`
}

export function subjectOf(
  row: RunRow,
  answer: CellAnswer,
  facts: Pick<Subject, 'latencyMs' | 'costNanoUsd' | 'inputTokens' | 'outputTokens'>,
): Subject {
  const { latencyMs, costNanoUsd, inputTokens, outputTokens } = facts
  const { expected, inputs, messages } = row
  return { text: answerText(answer), expected, inputs, messages, latencyMs, costNanoUsd, inputTokens, outputTokens }
}

export function safely(evaluate: Evaluate, subject: Subject) {
  try {
    return evaluate(subject)
  } catch (error) {
    return failure(error instanceof Error ? error.message : 'It could not be judged.')
  }
}

export function failedCell(
  { candidate, row, tries }: { candidate: number; row: RunRow; tries: number },
  errorCode: string,
  errorMessage: string,
): CellResult {
  const facts = {
    status: 0,
    inputTokens: null,
    outputTokens: null,
    costNanoUsd: null,
    latencyMs: null,
    firstTokenMs: null,
  }
  const rest = { requestId: '', answer: null, finishReason: '', scores: [] }
  return { candidate, rowId: row.rowId, state: 'failed', tries, errorCode, errorMessage, ...facts, ...rest }
}

import { z } from 'zod'
import { type Operations, pageOf } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import {
  CreateEvaluatorInput,
  EvaluatorRef,
  ListEvaluatorsInput,
  ListVersionsInput,
  TryEvaluatorInput,
  UpdateEvaluatorInput,
} from './input.ts'

const api = '/api/workspaces/[workspace]/evaluators'
const evaluator = { id: 'Of the evaluator.' }
const page = { cursor: 'Of the page before; opaque.', limit: 'Of one page.' }
const reads = { group: 'Evaluators', access: 'read', least: 'viewer' } as const
const writes = { group: 'Evaluators', access: 'write', least: 'developer' } as const
const config = 'How answers are judged, by `kind`.'

/** Schemas that have a name in the document. */
export const named = {
  EvaluatorView: answers.EvaluatorView,
  EvaluatorVersionView: answers.EvaluatorVersionView,
  JudgementView: answers.JudgementView,
  Score: answers.Score,
}

/** What the routes of evaluators promise. */
export const operations: Operations = {
  [`GET ${api}`]: {
    ...reads,
    id: 'listEvaluators',
    summary: 'Evaluators, by name',
    query: ListEvaluatorsInput,
    fields: { search: 'Found in name or description.', ...page },
    answer: pageOf(answers.EvaluatorView).extend({ total: z.int().min(0) }),
  },
  [`POST ${api}`]: {
    ...writes,
    id: 'addEvaluator',
    summary: 'Make an evaluator',
    body: CreateEvaluatorInput,
    fields: { config },
    example: { name: 'Says what is expected', config: { kind: 'contains', values: ['{{expected}}'] } },
    status: 201,
    answer: answers.EvaluatorView,
    errors: { 409: ['too_many_evaluators'] },
  },
  [`GET ${api}/[id]`]: {
    ...reads,
    id: 'getEvaluator',
    summary: 'One evaluator',
    params: evaluator,
    query: EvaluatorRef.omit({ id: true }),
    fields: { version: 'An earlier one in place of the newest.' },
    answer: answers.EvaluatorView,
  },
  [`PATCH ${api}/[id]`]: {
    ...writes,
    id: 'updateEvaluator',
    summary: 'Change an evaluator',
    details: 'Makes a new version. Runs keep the one that they began with; guardrails follow the newest.',
    params: evaluator,
    body: UpdateEvaluatorInput.omit({ id: true }),
    fields: { version: 'As it was read; a stale one is 409 with the object as it stands.', config },
    example: { version: 1, config: { kind: 'numeric', tolerance: 0.5 } },
    answer: answers.EvaluatorView,
    errors: { 409: ['stale_version'] },
  },
  [`DELETE ${api}/[id]`]: {
    ...writes,
    id: 'deleteEvaluator',
    summary: 'Delete an evaluator',
    details: 'Runs keep what they judged by, and deployments that are published with it as a guardrail keep it.',
    params: evaluator,
    answer: null,
  },
  [`GET ${api}/[id]/versions`]: {
    ...reads,
    id: 'listEvaluatorVersions',
    summary: 'Versions, newest first',
    params: evaluator,
    query: ListVersionsInput.omit({ id: true }),
    fields: page,
    answer: pageOf(answers.EvaluatorVersionView),
  },
  [`POST ${api}/try`]: {
    ...writes,
    id: 'tryEvaluator',
    summary: 'Judge one example',
    details: 'By a saved evaluator, or by a configuration that is not saved. A model that is asked is paid for.',
    body: TryEvaluatorInput,
    fields: { id: 'Of a saved one.', config: 'In place of a saved one.' },
    example: { config: { kind: 'exact' }, example: { answer: 'Berlin', expected: 'Berlin' } },
    answer: answers.JudgementView,
  },
}

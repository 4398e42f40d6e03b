import { listOf, type Operations } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import { FeedbackBody, FeedbackView } from './feedback-shape.ts'
import {
  CreateBudgetInput,
  CreateLimitInput,
  RaiseBudgetInput,
  UpdateBudgetInput,
  UpdateLimitInput,
} from './rule-input.ts'

const api = '/api/workspaces/[workspace]'
const budget = { id: 'Of the budget.' }
const limit = { id: 'Of the limit.' }
const version = 'As it was read; a stale one is 409 with the object as it stands.'
const fields = {
  scope: 'What it is for. Every call has to fit in all that apply to it.',
  scopeId: 'A key by its id, a model by id or slug, an identity as callers name it, or `*`: every identity by itself.',
  amount: 'Dollars with at most 6 decimals, or a whole number.',
}

/** Schemas that have a name in the document. */
export const named = {
  BudgetView: answers.BudgetView,
  BudgetHolder: answers.BudgetHolder,
  LimitView: answers.LimitView,
  PayloadView: answers.PayloadView,
  FeedbackView,
}

/** What the routes of budgets, limits and payloads promise. */
export const operations: Operations = {
  [`GET ${api}/requests/[id]/payload`]: {
    id: 'getPayload',
    group: 'Requests',
    summary: 'Prompt and answer of one request',
    details:
      'Where the workspace keeps them; `payload` of the request says whether, and why not. Viewers may only where the workspace lets them (`payloadViewers`).',
    access: 'read',
    least: 'developer',
    params: { id: 'Of the request.' },
    answer: answers.PayloadView,
    errors: { 412: ['payload_unreadable'] },
  },
  [`PUT ${api}/requests/[id]/feedback`]: {
    id: 'setFeedback',
    group: 'Requests',
    summary: 'Say what a request was worth',
    details:
      'One of each author; `feedback` of the request holds all of them. What is left out stays as it was, null takes it away; 204 once nothing is left. Callers say it at `POST /v1/feedback`.',
    access: 'write',
    least: 'developer',
    params: { id: 'Of the request.' },
    body: FeedbackBody,
    fields: {
      rating: '`good` or `bad`.',
      correction: 'What the answer should have been.',
      comment: 'In words.',
      values: 'Anything else by name: 16 texts, numbers or booleans at most.',
    },
    example: { rating: 'bad', correction: 'A panel of sockets.' },
    answer: FeedbackView,
  },
  [`DELETE ${api}/requests/[id]/feedback/[feedbackId]`]: {
    id: 'deleteFeedback',
    group: 'Requests',
    summary: 'Take feedback away',
    details: 'Your own; admins and owners that of others, too.',
    access: 'write',
    least: 'developer',
    params: { id: 'Of the request.', feedbackId: 'Of the feedback.' },
    answer: null,
    errors: { 403: ['not_yours'] },
  },
  [`GET ${api}/budgets`]: {
    id: 'listBudgets',
    group: 'Budgets',
    summary: 'Budgets, with what is spent, reserved and left',
    access: 'read',
    least: 'viewer',
    answer: listOf(answers.BudgetView),
  },
  [`POST ${api}/budgets`]: {
    id: 'addBudget',
    group: 'Budgets',
    summary: 'Cap what may be spent in a period',
    details:
      'A call that may cost more than what is left is refused with 402 `budget_exceeded`; one for which calls under way only hold the rest, with 429 `budget_reserved`.',
    access: 'write',
    least: 'admin',
    body: CreateBudgetInput,
    fields: { ...fields, window: "Of the workspace's calendar; weeks begin on Monday. `total`: for good." },
    example: { scope: 'workspace', unit: 'usd', amount: '50', window: 'month' },
    status: 201,
    answer: answers.BudgetView,
    errors: { 409: ['budget_exists', 'too_many_budgets'] },
  },
  [`GET ${api}/budgets/[id]`]: {
    id: 'getBudget',
    group: 'Budgets',
    summary: 'One budget',
    access: 'read',
    least: 'viewer',
    params: budget,
    answer: answers.BudgetView,
  },
  [`PATCH ${api}/budgets/[id]`]: {
    id: 'updateBudget',
    group: 'Budgets',
    summary: 'Change the amount of a budget',
    access: 'write',
    least: 'admin',
    params: budget,
    body: UpdateBudgetInput.omit({ id: true }),
    fields: { version, amount: fields.amount },
    example: { version: 1, amount: '75' },
    answer: answers.BudgetView,
    errors: { 409: ['stale_version'] },
  },
  [`DELETE ${api}/budgets/[id]`]: {
    id: 'deleteBudget',
    group: 'Budgets',
    summary: 'Delete a budget',
    access: 'write',
    least: 'admin',
    params: budget,
    answer: null,
  },
  [`POST ${api}/budgets/[id]/raise`]: {
    id: 'raiseBudget',
    group: 'Budgets',
    summary: 'Raise a budget until it resets',
    details:
      'Added to what it was raised by before; with a minus in front taken off that. Gateways let calls in again within seconds.',
    access: 'write',
    least: 'admin',
    params: budget,
    body: RaiseBudgetInput.omit({ id: true }),
    fields: { amount: fields.amount },
    example: { amount: '10' },
    answer: answers.BudgetView,
  },
  [`GET ${api}/limits`]: {
    id: 'listLimits',
    group: 'Limits',
    summary: 'Limits, with their present use',
    access: 'read',
    least: 'viewer',
    answer: listOf(answers.LimitView),
  },
  [`POST ${api}/limits`]: {
    id: 'addLimit',
    group: 'Limits',
    summary: 'Cap requests or tokens a minute, or calls at once',
    details: 'Minutes slide: no 60 seconds hold more than the limit, over all processes. Above it calls get 429.',
    access: 'write',
    least: 'admin',
    body: CreateLimitInput,
    fields: { scope: fields.scope, scopeId: fields.scopeId, amount: 'A whole number.' },
    example: { scope: 'workspace', kind: 'requests_per_minute', amount: 600 },
    status: 201,
    answer: answers.LimitView,
    errors: { 409: ['limit_exists', 'too_many_limits'] },
  },
  [`GET ${api}/limits/[id]`]: {
    id: 'getLimit',
    group: 'Limits',
    summary: 'One limit',
    access: 'read',
    least: 'viewer',
    params: limit,
    answer: answers.LimitView,
  },
  [`PATCH ${api}/limits/[id]`]: {
    id: 'updateLimit',
    group: 'Limits',
    summary: 'Change the amount of a limit',
    access: 'write',
    least: 'admin',
    params: limit,
    body: UpdateLimitInput.omit({ id: true }),
    fields: { version, amount: 'A whole number.' },
    example: { version: 1, amount: 900 },
    answer: answers.LimitView,
    errors: { 409: ['stale_version'] },
  },
  [`DELETE ${api}/limits/[id]`]: {
    id: 'deleteLimit',
    group: 'Limits',
    summary: 'Delete a limit',
    access: 'write',
    least: 'admin',
    params: limit,
    answer: null,
  },
}

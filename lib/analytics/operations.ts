import { listOf, type Operations } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import { ReconcileInput, ReconcileView } from './reconcile/schema.ts'
import {
  DeploymentFiguresInput,
  ModelStatsInput,
  OverviewInput,
  RequestsExportInput,
  RequestsInput,
  UsageInput,
} from './schema.ts'

const api = '/api/workspaces/[workspace]'
const span = {
  range: 'A span that ends now; 7d unless given.',
  from: "A day in the workspace's time zone, or an instant. Makes the range custom.",
  to: 'The end, not included; now unless given.',
}
const filters = {
  ...span,
  modelId: 'Ids, with commas between.',
  actorId: 'Ids of keys or people, with commas between.',
  deploymentId: 'Ids, with commas between.',
  source: 'What the requests came from, with commas between.',
}
const identity = "The caller's own end user. Read from the records: slower than the rest."
const practice = 'Practice models stay out of totals unless asked for, or unless nothing else was used.'
const requests = {
  ...filters,
  outcome: 'With commas between.',
  statusClass: '`2xx`, `4xx`, `5xx`, with commas between.',
  errorCode: 'With commas between.',
  endpoint: '`chat/completions` and so on, with commas between.',
  version: 'Of a deployment: `1.0`, or `draft`; with commas between.',
  variant: 'Of a deployment, with commas between.',
  environment: 'Of a deployment, with commas between.',
  identity: "The caller's own end user.",
  thread: "The caller's own conversation.",
  metadata:
    'A pair that the caller sent, like `team=search`; several as `metadata=…&metadata=…`, all of which must be there.',
  feedback: 'What somebody said of it: `good`, `bad`, `corrected`, `any`, with commas between.',
  includePractice: '`false` leaves out those of practice models.',
  minCost: 'Dollars.',
  maxCost: 'Dollars.',
  text: 'Found in id, name, address, identity or thread.',
}

/** Schemas that have a name in the document. */
export const named = { ...answers, ReconcileView }

/** What the room's routes promise. */
export const operations: Operations = {
  [`GET ${api}/requests`]: {
    id: 'listRequests',
    group: 'Requests',
    summary: 'Requests, newest first',
    access: 'read',
    least: 'viewer',
    query: RequestsInput,
    fields: { ...requests, cursor: 'Of the page before; opaque.', limit: 'Of one page.' },
    answer: answers.RequestsPage,
  },
  [`GET ${api}/requests/[id]`]: {
    id: 'getRequest',
    group: 'Requests',
    summary: 'One request with its attempts and its cost',
    details: 'Within 2 s of the end of the call. The id is the `x-request-id` of the answer.',
    access: 'read',
    least: 'viewer',
    params: { id: 'Of the request.' },
    answer: answers.RequestDetail,
  },
  [`GET ${api}/requests/export`]: {
    id: 'exportRequests',
    group: 'Requests',
    summary: 'All requests that the filters find, as CSV or as JSON',
    access: 'read',
    least: 'viewer',
    query: RequestsExportInput,
    fields: { ...requests, format: '`csv` unless told.' },
    answer: null,
    status: 200,
    also: { 'text/csv': 'Newest first, a line each.', 'application/jsonl': 'Likewise, each as in a page of the list.' },
  },
  [`GET ${api}/analytics/overview`]: {
    id: 'getOverview',
    group: 'Analytics',
    summary: 'Totals, a series and tables of a span, with the span before',
    access: 'read',
    least: 'viewer',
    query: OverviewInput,
    fields: { ...filters, identity, includePractice: practice, seriesBy: 'What the series is split by.' },
    answer: answers.OverviewView,
  },
  [`GET ${api}/analytics/usage`]: {
    id: 'getUsage',
    group: 'Analytics',
    summary: 'Sums of a span by one thing',
    details: 'The rows add up to the total, to the nano-dollar.',
    access: 'read',
    least: 'viewer',
    query: UsageInput,
    fields: { ...filters, identity, includePractice: practice, top: 'So many rows at most; the rest is one more row.' },
    answer: answers.UsageView,
  },
  [`GET ${api}/deployments/[id]/figures`]: {
    id: 'getDeploymentFigures',
    group: 'Deployments',
    summary: 'What a deployment did, by version, variant and environment',
    access: 'read',
    least: 'viewer',
    params: { id: "A deployment's id or key." },
    query: DeploymentFiguresInput.omit({ id: true }),
    fields: span,
    answer: answers.DeploymentFigures,
  },
  [`GET ${api}/analytics/models`]: {
    id: 'getModelStats',
    group: 'Analytics',
    summary: 'What models did in the last 24 hours or 30 days',
    access: 'read',
    least: 'viewer',
    query: ModelStatsInput,
    fields: { modelIds: 'One a model: `modelIds=mdl_…&modelIds=mdl_…`.' },
    answer: listOf(answers.ModelStats),
  },
  [`POST ${api}/analytics/reconcile`]: {
    id: 'reconcile',
    group: 'Analytics',
    summary: "A provider's usage or cost export, or an invoice's total, beside what is on record",
    details:
      "OpenAI's costs and usage exports, OpenRouter's activity, or CSV like `date,model,cost,requests,input_tokens,output_tokens`. By model and by day, with what may explain a difference. Nothing of it is kept.",
    access: 'write',
    least: 'viewer',
    body: ReconcileInput,
    fields: {
      text: 'The file as text.',
      total: 'In its place: the total of an invoice in dollars.',
      from: 'The first day; of a file the first that it has.',
      through: 'The last day, included.',
      columns: 'Columns by what they hold, where the headers do not say it.',
      timeZone: "Whose days they are: UTC for a file, the workspace's for a total, unless given.",
      host: 'Only models of this host; those of the hosts whose models the file names, unless given.',
    },
    example: { text: 'date,model,cost\n2026-11-22,gpt-4o,1.25\n' },
    answer: ReconcileView,
  },
  [`GET ${api}/analytics/export`]: {
    id: 'exportUsage',
    group: 'Analytics',
    summary: 'What `analytics/usage` answers, as CSV',
    access: 'read',
    least: 'viewer',
    query: UsageInput,
    fields: { ...filters, identity, includePractice: practice, top: 'So many rows at most; the rest is one more row.' },
    answer: null,
    status: 200,
    also: { 'text/csv': 'A line for each row, the total last.' },
  },
}

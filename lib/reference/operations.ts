import { z } from 'zod'
import * as alerts from '#lib/alerts/operations.ts'
import * as analytics from '#lib/analytics/operations.ts'
import { Money, type Operations } from '#lib/core/operation.ts'
import * as deployments from '#lib/deployments/operations.ts'
import * as experiments from '#lib/experiments/operations.ts'
import * as gateway from '#lib/gateway/operations.ts'
import * as metering from '#lib/metering/operations.ts'
import * as models from '#lib/models/operations.ts'
import * as playground from '#lib/playground/operations.ts'
import * as tenancy from '#lib/tenancy/operations.ts'

const own: Operations = {
  'GET /api/health/live': {
    id: 'getLive',
    group: 'Health',
    summary: 'The process answers',
    access: 'open',
    answer: z.object({ status: z.literal('live') }),
  },
  'GET /api/health/ready': {
    id: 'getReady',
    group: 'Health',
    summary: 'Whether pages and calls are served',
    details: '503 has the same shape, with what is missing. The gateway answers for calls alone, at `/health/ready`.',
    access: 'open',
    answer: z.object({ status: z.enum(['ready', 'not ready']), missing: z.array(z.string()) }),
    errors: { 503: [] },
  },
  'GET /api/openapi.json': {
    id: 'getOpenApi',
    group: 'Health',
    summary: 'This document',
    access: 'open',
    answer: z.looseObject({ openapi: z.string() }),
  },
}

/** Everything that is promised to machines, in the order of the reference. */
export const allOperations: Operations = {
  ...gateway.operations,
  ...models.operations,
  ...deployments.operations,
  ...metering.operations,
  ...experiments.operations,
  ...analytics.operations,
  ...playground.operations,
  ...alerts.operations,
  ...tenancy.operations,
  ...gateway.tryOperations,
  ...own,
}

/** Schemas that have a name in the document. */
export const allNamed = {
  Money,
  ...gateway.named,
  ...models.named,
  ...deployments.named,
  ...metering.named,
  ...experiments.named,
  ...analytics.named,
  ...playground.named,
  ...alerts.named,
  ...tenancy.named,
}

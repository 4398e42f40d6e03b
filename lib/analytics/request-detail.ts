import { notFound } from '#lib/core/errors.ts'
import { isId, timeOfId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { PayloadPlan } from '#lib/metering/schema.ts'
import { requireRead, type Scope } from '#lib/tenancy/index.ts'
import { roleReaches } from '#lib/tenancy/schema.ts'
import { type CostFacts, toCostLines, withCosts } from './cost-lines.ts'
import { findFeedback } from './feedback.ts'
import { findLabels } from './labels.ts'
import { type PayloadFacts, payloadState, payloadUntil } from './payload-state.ts'
import { nameUnsaved, type RequestRow, requestColumns, requestJoins, toRequestView } from './request-query.ts'
import { type ChargeRow, findRuleUses } from './rule-use.ts'
import type { RequestDetail } from './schema.ts'

type DetailRow = RequestRow &
  CostFacts & {
    error_message: string
    reasoning_tokens: number
    usage_flags: string
    bound: string
    overrun: string
    gateway_us: number
    adapted: string
    finish_reason: string
    upstream_request_id: string
    deployment_id: string
    version: string
    variant: string
    environment: string
    charges: ChargeRow[] | null
    cache: string
    payload: PayloadPlan
    payload_days: number
    payload_viewers: boolean
    payload_there: boolean
    recost_id: string | null
    ran_cost: string | null
    ran_priced: boolean | null
    recost_at: Date | null
    recost_by: string | null
  }

/** What it is counted at: the price in force when it ran, or that of a re-cost. */
function pricesOf(price: string): string {
  const columns = [
    ['input_pico_usd_per_token', 'input_price'],
    ['output_pico_usd_per_token', 'output_price'],
    ['cached_input_pico_usd_per_token', 'cached_price'],
    ['image_nano_usd', 'image_price'],
  ]
  return columns
    .map(
      ([column, name]) =>
        `(case when r.recost_id is null then ${price}.${column} else c.${column} end)::text as ${name}`,
    )
    .join(', ')
}

/** One request with its attempts and its cost, line by line. A foreign id is not found, like one that does not exist. Every member may read. */
export async function getRequest(scope: Scope, id: string): Promise<RequestDetail> {
  requireRead(scope)
  if (!isId('req', id)) throw notFound('Request')
  const found = await scope.tx(async (tx) => {
    const rows = await tx.$queryRawUnsafe<DetailRow[]>(
      `select ${requestColumns}, r.error_message, r.reasoning_tokens::float8 as reasoning_tokens, r.images, r.usage_flags, r.bound_nano_usd::text as bound, r.overrun_nano_usd::text as overrun,
         r.gateway_us, r.attempts as attempt_list, r.adapted, r.finish_reason, r.upstream_request_id, r.deployment_id, r.version, r.variant, r.environment, r.charges, r.cache, r.payload, w.payload_days, w.payload_viewers,
         exists (select from ledger.payload_places c join ledger.payloads d on d.id = c.payload_id where c.workspace_id = r.workspace_id and c.request_id = r.id and d.epoch = w.payload_epoch) as payload_there,
         ${pricesOf('p')}, r.recost_id, r.ran_cost_nano_usd::text as ran_cost, r.ran_priced, c.created_at as recost_at, c.created_label as recost_by
       from ledger.records r join workspaces w on w.id = r.workspace_id ${requestJoins} left join model_prices p on p.workspace_id = r.workspace_id and p.id = r.price_id
         left join ledger.recosts c on c.workspace_id = r.workspace_id and c.id = r.recost_id
       where r.workspace_id = $1 and r.id = $2 and r.started_at = to_timestamp($3::float8 / 1000)`,
      scope.workspaceId,
      id,
      timeOfId(id),
    )
    const [row] = await nameUnsaved(tx, rows)
    if (!row) return null
    const attempts = row.attempt_list ?? []
    return {
      row,
      names: await findLabels(tx, [...new Set([...attempts.map(({ modelId }) => modelId), row.deployment_id])]),
      feedback: await findFeedback(tx, scope.workspaceId, id),
      rules: await findRuleUses(tx, scope.workspaceId, row.charges ?? [], row.identity),
    }
  })
  if (!found) throw notFound('Request')
  const { row, names, rules, feedback } = found
  const payload: PayloadFacts = {
    atMs: row.at,
    source: row.source,
    outcome: row.outcome,
    plan: row.payload,
    isRepeat: row.cache === 'replay',
    days: row.payload_days,
    isThere: row.payload_there,
    mayRead: row.payload_viewers || roleReaches(scope.role, 'developer'),
  }
  const state = payloadState(payload, scope.now().getTime())
  return {
    ...toRequestView(row),
    errorMessage: row.error_message,
    reasoningTokens: row.reasoning_tokens,
    images: row.images,
    usageFlags: row.usage_flags === '' ? [] : row.usage_flags.split(' '),
    costLines: toCostLines(row),
    recost:
      row.recost_id === null
        ? null
        : {
            id: row.recost_id,
            at: row.recost_at?.toISOString() ?? null,
            by: row.recost_by ?? '',
            ranCost: row.ran_priced ? toMoneyView(row.ran_cost ?? '0') : null,
          },
    bound: toMoneyView(row.bound),
    overrun: toMoneyView(row.overrun),
    gatewayMs: row.gateway_us / 1_000,
    attemptList: withCosts(row).map((attempt) => ({
      ...attempt,
      modelName: names.get(attempt.modelId) ?? attempt.modelId,
    })),
    rules,
    payload: { state, days: payload.days, until: payloadUntil(state, payload) },
    feedbackList: feedback,
    adapted: row.adapted,
    finishReason: row.finish_reason,
    upstreamRequestId: row.upstream_request_id,
    deployment:
      row.deployment_id === ''
        ? null
        : {
            id: row.deployment_id,
            key: names.get(row.deployment_id) ?? row.deployment_id,
            version: row.version,
            variant: row.variant,
            environment: row.environment,
          },
  }
}

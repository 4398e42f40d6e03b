import { notFound } from '#lib/core/errors.ts'
import { isId, timeOfId } from '#lib/core/ids.ts'
import { formatMicroAmount, formatNanoUsd, toMoneyView } from '#lib/core/money.ts'
import type { AttemptRecord } from '#lib/metering/schema.ts'
import { requireRead, type Scope } from '#lib/tenancy/index.ts'
import { nameUnsaved, type RequestRow, requestColumns, requestJoins, toRequestView } from './request-query.ts'
import type { CostLine, RequestDetail } from './schema.ts'

interface DetailRow extends RequestRow {
  error_message: string
  reasoning_tokens: number
  images: number
  usage_flags: string
  bound: string
  overrun: string
  gateway_us: number
  attempt_list: AttemptRecord[] | null
  adapted: string
  finish_reason: string
  upstream_request_id: string
  deployment_id: string
  version: string
  variant: string
  environment: string
  metadata: Record<string, string> | null
  input_price: string | null
  output_price: string | null
  cached_price: string | null
  image_price: string | null
}

/** One request with its attempts and its cost, line by line. A foreign id is not found, like one that does not exist. Every member may read. */
export async function getRequest(scope: Scope, id: string): Promise<RequestDetail> {
  requireRead(scope)
  if (!isId('req', id)) throw notFound('Request')
  const [row] = await scope.tx(async (tx) => {
    const rows = await tx.$queryRawUnsafe<DetailRow[]>(
      `select ${requestColumns}, r.error_message, r.reasoning_tokens::float8 as reasoning_tokens, r.images, r.usage_flags, r.bound_nano_usd::text as bound, r.overrun_nano_usd::text as overrun,
         r.gateway_us, r.attempts as attempt_list, r.adapted, r.finish_reason, r.upstream_request_id, r.deployment_id, r.version, r.variant, r.environment, r.metadata,
         p.input_pico_usd_per_token::text as input_price, p.output_pico_usd_per_token::text as output_price,
         p.cached_input_pico_usd_per_token::text as cached_price, p.image_nano_usd::text as image_price
       from ledger.records r ${requestJoins} left join model_prices p on p.workspace_id = r.workspace_id and p.id = r.price_id
       where r.workspace_id = $1 and r.id = $2 and r.started_at = to_timestamp($3::float8 / 1000)`,
      scope.workspaceId,
      id,
      timeOfId(id),
    )
    return nameUnsaved(tx, rows)
  })
  if (!row) throw notFound('Request')
  return {
    ...toRequestView(row),
    errorMessage: row.error_message,
    reasoningTokens: row.reasoning_tokens,
    images: row.images,
    usageFlags: row.usage_flags === '' ? [] : row.usage_flags.split(' '),
    costLines: toCostLines(row),
    bound: toMoneyView(row.bound),
    overrun: toMoneyView(row.overrun),
    gatewayMs: row.gateway_us / 1_000,
    attemptList: row.attempt_list ?? [],
    adapted: row.adapted,
    finishReason: row.finish_reason,
    upstreamRequestId: row.upstream_request_id,
    deployment:
      row.deployment_id === ''
        ? null
        : { id: row.deployment_id, version: row.version, variant: row.variant, environment: row.environment },
    metadata: row.metadata ?? {},
  }
}

function toCostLines(row: DetailRow): CostLine[] {
  const perToken = (kind: CostLine['kind'], count: number, pico: string | null): CostLine => ({
    kind,
    count,
    unitPrice: pico === null ? null : formatMicroAmount(BigInt(pico)),
    usd: pico === null ? null : formatPicoUsd(BigInt(count) * BigInt(pico)),
  })
  const image: CostLine = {
    kind: 'image',
    count: row.images,
    unitPrice: row.image_price === null ? null : formatNanoUsd(BigInt(row.image_price)),
    usd: row.image_price === null ? null : formatNanoUsd(BigInt(row.images) * BigInt(row.image_price)),
  }
  return [
    perToken('input', row.input_tokens - row.cached_tokens, row.input_price),
    perToken('cached', row.cached_tokens, row.cached_price ?? row.input_price),
    perToken('output', row.output_tokens, row.output_price),
    image,
  ].filter(({ count }) => count > 0)
}

function formatPicoUsd(pico: bigint): string {
  const digits = pico.toString().padStart(13, '0')
  const fraction = digits.slice(-12).replace(/0+$/, '')
  return digits.slice(0, -12) + (fraction === '' ? '' : `.${fraction}`)
}

import { costSql } from '#lib/metering/index.ts'

/*
 * The records of one day out of numbers: each is drawn from the seed and its own number, so that the same call always
 * gives the same record. $1: the workspace. $2: seed. $3: number of the day's first record. $4: how many.
 * $5: the day's beginning in ms. $6: share of the day that is there. $7: models, $8: callers, JSON arrays.
 * $9: shares of the day at which its hours begin, by how much is done in them. $10: those at which callers begin but the
 * first. $11: a number of the workspace, so that no two have the same ids.
 */

/** A number in [0, 1), the `which`-th of those of `of`. */
function draw(which: number, of = 'i'): string {
  return `((hashint8extended(${of}, $2::bigint + ${which}) >> 11) & 9007199254740991)::float8 / 9007199254740992`
}

/** Around `median`, as durations and sizes are: many small ones, a long tail. */
function around(median: string, spread: number, [one, other]: readonly [string, string]): string {
  return `${median} * exp(${spread} * sqrt(-2 * ln(1 - ${one})) * cos(2 * pi() * ${other}))`
}

const alphabet = `'0123456789abcdefghjkmnpqrstvwxyz'`
const digits = (value: string, count: number) =>
  Array.from(
    { length: count },
    (_, at) => `substr(${alphabet}, ((${value} >> ${5 * (count - 1 - at)}) & 31)::int + 1, 1)`,
  ).join(' || ')

const draws = Array.from({ length: 14 }, (_, which) => `${draw(which)} as u${which}`).join(', ')
/** Messages of one conversation, a hundred of which go on at a time. */
const conversation = `(i / 500) * 100 + ((hashint8extended(i, $2::bigint + 90) & 9223372036854775807) % 100)`

export const trafficStatement = `insert into ledger.records (started_at, id, workspace_id, source, actor_kind, actor_id, key_id, model_id, address, deployment_id, version, variant, environment,
  endpoint, stream, outcome, status, error_code, error_message, input_tokens, cached_tokens, output_tokens, reasoning_tokens, images, usage_source, price_id, priced, cost_nano_usd, bound_nano_usd,
  latency_ms, first_byte_ms, gateway_us, attempts, finish_reason, upstream_request_id, identity, thread, name, metadata)
select to_timestamp(at_ms / 1000.0), ${`'req_' || ${digits('at_ms', 10)} || ${digits('(i & 32767)', 3)} || ${digits('(hashint8extended(i, $2::bigint + 91) # $11::bigint)', 11)}`},
  $1::text, source, actor_kind, actor_id, key_id, model_id, address, deployment_id, version, variant, environment,
  endpoint, stream, outcome, status, error_code, error_message, input, cached, output, reasoning, images, usage_source, price_id, priced, cost, cost + cost / 2 + 40000,
  latency_ms, case when reached and outcome <> 'lost' then greatest(1, least(first_byte_ms, latency_ms)) end, 140 + (u13 * 500)::int,
  case when not reached then null when u12 < 0.02 and outcome = 'ok' then jsonb_build_array(
      jsonb_build_object('modelId', model_id, 'startedAtMs', at_ms, 'status', 503, 'code', 'upstream_overloaded', 'totalMs', 40 + latency_ms / 10),
      jsonb_build_object('modelId', model_id, 'startedAtMs', at_ms + 90 + latency_ms / 10, 'status', 200, 'code', '', 'firstByteMs', first_byte_ms, 'totalMs', latency_ms - latency_ms / 10))
    else jsonb_build_array(jsonb_build_object('modelId', model_id, 'startedAtMs', at_ms, 'status', status, 'code', error_code, 'connectMs', 0, 'firstByteMs', first_byte_ms, 'totalMs', latency_ms)) end,
  case when outcome = 'ok' and output > 0 then case when u12 > 0.96 then 'length' else 'stop' end else '' end,
  case when reached then 'chatcmpl-' || to_hex(hashint8extended(i, $2::bigint + 92)) else '' end,
  case when actor_kind = 'key' and v3 < 0.7 then 'customer-' || lpad((4000 * v4 * v4 * v4)::int::text, 4, '0') else '' end,
  case when actor_kind = 'key' and endpoint = 'chat/completions' and v3 < 0.6 then 'conversation-' || to_hex(c * 40503 + 17) else '' end,
  '', case when actor_kind = 'key' then jsonb_build_object('team', team, 'feature', feature, 'release', '2026.' || (20 + $5::bigint / 604800000 % 30) || '.' || (v5 * 4)::int) end
from (
  select *, ${costSql({ input: 'input', cached: 'cached', output: 'output', images: 'images' }, { input: 'input_price', cached: 'cached_price', output: 'output_price', image: 'image_price' })}
  from (
    select *, case when usable and endpoint <> 'images/generations' then case when u12 * 40 < 1 then (output_drawn * 0.6)::bigint else output_drawn end else 0 end as output,
      case when usable and reasons then (output_drawn * 0.5)::bigint else 0 end as reasoning,
      case when usable and endpoint = 'images/generations' then 1 + (u7 * 1.2)::int else 0 end as images,
      case when usable then input_drawn else 0 end as input,
      case when usable and caches and v6 < 0.5 then (input_drawn * 0.7)::bigint else 0 end as cached,
      case when not usable then 'none' when tells_no_usage or outcome in ('aborted', 'lost') then 'estimated' else 'provider' end as usage_source,
      case outcome when 'ok' then greatest(1, (first_byte_ms + output_drawn * per_token)::int) when 'refused' then 1 + (u9 * 3)::int
        else greatest(1, (first_byte_ms + output_drawn * per_token * u9)::int) end as latency_ms
    from (
      select *, outcome in ('ok', 'aborted', 'truncated', 'lost') as usable, outcome <> 'refused' as reached,
        case outcome when 'ok' then 200 when 'refused' then 429 when 'truncated' then 200 when 'aborted' then 499 when 'lost' then 0
          else (array[429, 500, 503, 504, 400])[1 + floor(u8 * 5)::int] end::smallint as status,
        case outcome when 'ok' then '' when 'refused' then case when u8 < 0.6 then 'rate_limit_exceeded' else 'budget_exceeded' end
          when 'truncated' then 'upstream_reset' when 'aborted' then 'client_closed' when 'lost' then 'lost'
          else (array['rate_limit_exceeded', 'server_error', 'upstream_overloaded', 'upstream_first_byte_timeout', 'context_length_exceeded'])[1 + floor(u8 * 5)::int] end as error_code,
        case when outcome = 'error' then 'The server answered with an error.' else '' end as error_message
      from (
        select *, case when u6 >= failing then case when u6 > 0.9985 then 'refused' when u6 > 0.9935 and not stream then 'ok' when u6 > 0.994 then 'aborted' when u6 > 0.9935 then 'truncated' when u6 > 0.99345 then 'lost' else 'ok' end else 'error' end as outcome
        from (
          select p.*, m.id as model_id, m.slug as address, m.endpoint, m.per_token, m.tells_no_usage, m.reasons,
            case when at_ms >= m.later_from then m.later_price_id else m.price_id end as price_id,
            case when at_ms >= m.later_from then m.later_input else m.input end as input_price, case when at_ms >= m.later_from then m.later_output else m.output end as output_price,
            case when at_ms >= m.later_from then m.later_cached else m.cached end as cached_price, case when at_ms >= m.later_from then m.later_image else m.image end as image_price,
            m.cached is not null as caches, m.endpoint = 'chat/completions' and u11 < 0.55 as stream,
            -- Now and then a model has a bad hour.
            m.error_share * case when (hashint8extended((at_ms / 3600000) * 64 + m.ordinal, $2::bigint + 93) & 255) = 0 then 18 else 1 end as failing,
            least(200000, greatest(1, (${around('m.input_tokens', 0.7, ['u0', 'u1'])})::bigint)) as input_drawn,
            case when m.output_tokens = 0 then 0 else least(32000, greatest(1, (${around('m.output_tokens', 0.8, ['u2', 'u3'])})::bigint)) end as output_drawn,
            least(110000, greatest(2, (${around('m.first_byte', 0.45, ['u4', 'u5'])})::int)) as first_byte_ms
          from (
            select d.*, k.kind as actor_kind, k.id as actor_id, case when k.kind = 'key' then k.id else '' end as key_id, k.source, k.team, k.feature, k.deployment_id,
              case when v8 >= 0.85 then k.staging when at_ms < k.since then k.earlier when at_ms >= k.canary_since and v7 < k.canary_share then k.canary else k.version end as version,
                case when v2 between 0.74 and 0.94 then k.variant_2 else k.variant_1 end as variant, case when k.deployment_id = '' then '' when v8 < 0.85 then 'production' else 'staging' end as environment,
              case when v2 < 0.74 then k.model_1 when v2 < 0.94 then k.model_2 else k.model_3 end as model
            from (
              select i, c, ${draws}, ${Array.from({ length: 8 }, (_, which) => `${draw(101 + which, 'c')} as v${which + 1}`).join(', ')},
                $5::bigint + floor(3600000 * (h - 1 + (x - ($9::float8[])[h]) / (($9::float8[])[h + 1] - ($9::float8[])[h])))::bigint as at_ms
              from (
                select *, width_bucket(x, $9::float8[]) as h from (
                  select i, ${conversation} as c, $6::float8 * (i - $3::bigint + ${draw(94)}) / $4::bigint as x
                  from generate_series($3::bigint, $3::bigint + $4::bigint - 1) i offset 0) s offset 0) t offset 0) d
            join jsonb_to_recordset($8::jsonb) as k (ordinal int, kind text, id text, source text, team text, feature text, deployment_id text, version text, earlier text, since bigint, canary text, canary_since bigint, canary_share float8, staging text, variant_1 text, variant_2 text, model_1 int, model_2 int, model_3 int)
              on k.ordinal = width_bucket(d.v1, $10::float8[]) offset 0) p
          join jsonb_to_recordset($7::jsonb) as m (ordinal int, id text, slug text, endpoint text, first_byte float8, per_token float8, input_tokens float8, output_tokens float8, error_share float8,
              tells_no_usage boolean, reasons boolean, price_id text, input bigint, output bigint, cached bigint, image bigint, later_from bigint, later_price_id text, later_input bigint, later_output bigint, later_cached bigint, later_image bigint)
            on m.ordinal = p.model offset 0) o offset 0) e offset 0) f offset 0) g offset 0) r`

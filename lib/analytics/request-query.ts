import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { isId, timeOfId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { CacheUse, Outcome, Source, UsageSource } from '#lib/metering/schema.ts'
import type { Tx } from '#lib/tenancy/index.ts'
import { findUnsaved } from './labels.ts'
import { epochMs } from './period.ts'
import type { RequestsInput, RequestView } from './schema.ts'

/** The filters of a list, parsed. */
export type RequestFilters = Omit<z.output<typeof RequestsInput>, 'cursor' | 'limit'>

/** Everything older than this (millisecond, id) comes next. */
export interface Cursor {
  atMs: number
  id: string
}

const CursorText = z.tuple([z.number().int().min(0).max(8.64e15), z.string().max(40)])

export function writeCursor({ atMs, id }: Cursor): string {
  return Buffer.from(JSON.stringify([atMs, id])).toString('base64url')
}

export function readCursor(text: string): Cursor {
  try {
    const [atMs, id] = CursorText.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { atMs, id }
  } catch {
    throw invalidInput('The cursor is not one of ours.', { cursor: 'Take it from the page before, or leave it out.' })
  }
}

export interface RequestRow {
  id: string
  at: number
  model_id: string
  model_name: string | null
  model_slug: string | null
  practice: boolean | null
  deleted: boolean
  address: string
  endpoint: string
  stream: boolean
  source: Source
  actor_kind: 'key' | 'user' | 'job'
  actor_id: string
  actor_label: string | null
  outcome: Outcome
  status: number
  error_code: string
  input_tokens: number
  cached_tokens: number
  output_tokens: number
  usage_source: UsageSource
  cost: string
  priced: boolean
  ran: string | null
  latency_ms: number
  first_byte_ms: number | null
  attempts: number
  cache: CacheUse | ''
  identity: string
  thread: string
  name: string
  metadata: Record<string, string> | null
  feedback: { good: number; bad: number; corrected: number; total: number }
}

/** Columns of a row in a list, over `r` with its model `m`, key `k` and person `u`. */
export const requestColumns = `r.id, ${epochMs('r.started_at')} as at, r.model_id, m.name as model_name, m.slug as model_slug, m.practice, m.deleted_at is not null as deleted,
  r.address, r.endpoint, r.stream, r.source, r.actor_kind, r.actor_id, coalesce(k.name, u.name) as actor_label, r.outcome, r.status::integer as status, r.error_code,
  r.input_tokens::float8 as input_tokens, r.cached_tokens::float8 as cached_tokens, r.output_tokens::float8 as output_tokens, r.usage_source, r.cost_nano_usd::text as cost, r.ran_cost_nano_usd::text as ran,
  r.priced, r.latency_ms, r.first_byte_ms, coalesce(jsonb_array_length(jsonb_path_query_array(r.attempts, '$[*] ? (!exists(@.skipped))')), 0) as attempts, r.cache, r.identity, r.thread, r.name, r.metadata,
  json_build_object('good', fb.good, 'bad', fb.bad, 'corrected', fb.corrected, 'total', fb.total) as feedback`

export const requestJoins = `left join models m on m.workspace_id = r.workspace_id and m.id = r.model_id
  left join api_keys k on k.workspace_id = r.workspace_id and k.id = r.actor_id left join users u on u.id = r.actor_id
  cross join lateral (select count(*) filter (where f.rating = 'good') as good, count(*) filter (where f.rating = 'bad') as bad, count(*) filter (where f.correction <> '') as corrected,
    count(*) as total from ledger.feedback f where f.workspace_id = r.workspace_id and f.request_id = r.id) fb`

/** Pairs that many requests have are found among so many of the newest for each that is asked for; others by their index. */
const walkedForEach = 200
const walkedMax = 10_000
const indexed = [
  'modelId',
  'actorId',
  'deploymentId',
  'identity',
  'thread',
  'outcome',
  'errorCode',
  'feedback',
] as const

/** The newest matches in [fromMs, the cursor), at most `limit`. `isFirst`: nothing newer was looked at for this search. */
export async function findRequests(
  tx: Tx,
  workspaceId: string,
  filters: RequestFilters,
  { fromMs, before, limit, isFirst }: { fromMs: number; before: Cursor; limit: number; isFirst: boolean },
): Promise<RequestRow[]> {
  const values: unknown[] = [workspaceId]
  const bind = (value: unknown, type: string) => `$${values.push(value)}::${type}`
  const instant = (ms: number) => `to_timestamp(${bind(ms, 'float8')} / 1000)`
  const beforeAt = instant(before.atMs)
  const [since, beforeId] = [instant(fromMs), bind(before.id, 'text')]
  const inWorkspace = 'workspace_id = $1'
  const span = [
    inWorkspace,
    `started_at >= ${since}`,
    `started_at <= ${beforeAt}`,
    `(started_at, id) < (${beforeAt}, ${beforeId})`,
  ].join(' and ')
  // By time alone, as the indexes are: with the id the primary key's order would be walked, through every workspace's records.
  const newest = (count: string | number) => `order by started_at desc fetch first (${count}) rows with ties`
  const conditions: string[] = []
  const anyOf = (column: string, list: readonly string[] | undefined) => {
    // One value keeps the order of its index.
    if (list?.length === 1) conditions.push(`${column} = ${bind(list[0], 'text')}`)
    else if (list) conditions.push(`${column} = any(${bind(list, 'text[]')})`)
  }
  const compare = (column: string, sign: string, value: string | number | boolean | undefined, type: string) => {
    if (value !== undefined) conditions.push(`${column} ${sign} ${bind(value, type)}`)
  }
  anyOf('model_id', filters.modelId)
  anyOf('actor_id', filters.actorId)
  anyOf('deployment_id', filters.deploymentId)
  anyOf('version', filters.version)
  anyOf('variant', filters.variant)
  anyOf('environment', filters.environment)
  anyOf('source', filters.source)
  anyOf('endpoint', filters.endpoint)
  anyOf('cache', filters.cache)
  if (filters.outcome) {
    anyOf('outcome', filters.outcome)
    // Said once more for the index of what went wrong.
    if (!filters.outcome.includes('ok')) conditions.push(`outcome <> 'ok'`)
  }
  if (filters.errorCode) {
    anyOf('error_code', filters.errorCode)
    conditions.push(`error_code <> ''`)
  }
  if (filters.statusClass)
    conditions.push(
      `status / 100 = any(${bind(
        filters.statusClass.map((name) => Number(name[0])),
        'integer[]',
      )})`,
    )
  if (filters.identity) conditions.push(`identity = ${bind(filters.identity, 'text')} and identity <> ''`)
  if (filters.thread) conditions.push(`thread = ${bind(filters.thread, 'text')} and thread <> ''`)
  if (filters.feedback)
    conditions.push(
      `(started_at, id) in (select request_at, request_id from ledger.feedback where workspace_id = $1 and request_at >= ${since} and request_at <= ${beforeAt} and (${filters.feedback.map((said) => feedbackConditions[said]).join(' or ')}))`,
    )
  if (filters.includePractice === false)
    conditions.push('model_id <> all (array(select id from models where workspace_id = $1 and practice))')
  compare('stream', '=', filters.stream, 'boolean')
  compare('cost_nano_usd', '>=', filters.minCost, 'bigint')
  compare('cost_nano_usd', '<=', filters.maxCost, 'bigint')
  compare('latency_ms', '>=', filters.minLatencyMs, 'integer')
  compare('latency_ms', '<=', filters.maxLatencyMs, 'integer')
  if (filters.text) {
    if (isId('req', filters.text)) {
      conditions.push(`id = ${bind(filters.text, 'text')}`, `started_at = ${instant(timeOfId(filters.text))}`)
    } else {
      const pattern = bind(`%${filters.text.replace(/[\\%_]/g, '\\$&')}%`, 'text')
      conditions.push(
        `(${['id', 'name', 'address', 'identity', 'thread'].map((column) => `${column} ilike ${pattern}`).join(' or ')})`,
      )
    }
  }
  const most = bind(limit, 'integer')
  const find = async (from: string, wanted: readonly string[]) => {
    const rows = await tx.$queryRawUnsafe<RequestRow[]>(
      `select ${requestColumns} from (select * from ${from} where ${wanted.join(' and ')} ${newest(most)}) r ${requestJoins} order by r.started_at desc, r.id desc limit ${most}`,
      ...values,
    )
    return nameUnsaved(tx, rows)
  }
  if (!filters.metadata?.length) return find('ledger.records', [span, ...conditions])
  const pairs = bind(JSON.stringify(Object.fromEntries(filters.metadata.map(splitPair))), 'jsonb')
  const wanted = [`metadata @> ${pairs}`, ...conditions]
  // With what has an index of its own, that one is walked.
  if (indexed.some((name) => filters[name]?.length)) return find('ledger.records', [span, ...wanted])
  if (isFirst) {
    const walked = Math.min(walkedMax, walkedForEach * limit)
    const near = await find(`(select * from ledger.records where ${span} ${newest(walked)}) n`, wanted)
    if (near.length >= limit) return near
  }
  const enough = conditions.length === 0 ? most : 'null'
  return find(`ledger.find_by_metadata(${pairs}, ${since}, ${beforeAt}, ${beforeId}, ${enough})`, [
    inWorkspace,
    ...conditions,
  ])
}

const feedbackConditions = {
  good: `rating = 'good'`,
  bad: `rating = 'bad'`,
  corrected: `correction <> ''`,
  any: 'true',
} as const

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return [pair.slice(0, at), pair.slice(at + 1)]
}

/** Probes of a model that nobody saved go by the Model ID that was validated. */
export async function nameUnsaved<Row extends RequestRow>(tx: Tx, rows: Row[]): Promise<Row[]> {
  const unknown = [
    ...new Set(rows.filter((row) => row.model_id !== '' && row.model_slug === null).map((row) => row.model_id)),
  ]
  if (unknown.length === 0) return rows
  const names = await findUnsaved(tx, unknown)
  for (const row of rows) row.model_name ??= names.get(row.model_id) ?? null
  return rows
}

export function toRequestView(row: RequestRow): RequestView {
  const { model_id, model_name, model_slug, actor_kind, actor_id } = row
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    model:
      model_id === ''
        ? null
        : {
            id: model_id,
            name: model_name ?? model_id,
            slug: model_slug ?? '',
            practice: row.practice ?? false,
            deleted: row.deleted || model_slug === null,
          },
    address: row.address,
    endpoint: row.endpoint,
    stream: row.stream,
    source: row.source,
    actor: { kind: actor_kind, id: actor_id, label: row.actor_label ?? actor_id },
    outcome: row.outcome,
    status: row.status,
    errorCode: row.error_code,
    inputTokens: row.input_tokens,
    cachedTokens: row.cached_tokens,
    outputTokens: row.output_tokens,
    usageSource: row.usage_source,
    cost: toMoneyView(row.cost),
    priced: row.priced,
    ranCost: row.ran === null ? null : toMoneyView(row.ran),
    latencyMs: row.latency_ms,
    firstByteMs: row.first_byte_ms,
    attempts: row.attempts,
    cache: row.cache || null,
    identity: row.identity,
    thread: row.thread,
    name: row.name,
    metadata: row.metadata ?? {},
    feedback: row.feedback,
  }
}

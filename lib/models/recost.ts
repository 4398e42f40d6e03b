import { z } from 'zod'
import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { formatMicroAmount, toMoneyView } from '#lib/core/money.ts'
import { previewSql } from '#lib/metering/index.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { targetOf } from './change.ts'
import { readPrices } from './commands.ts'
import { requireModel } from './find.ts'
import { toNanoUsdPerImage, toPicoUsdPerToken } from './form/price.ts'
import type { House } from './house.ts'
import type { RecostPreview, RecostView } from './recost-answers.ts'

const dayMs = 24 * 60 * 60_000
const spanMaxMs = 400 * dayMs
/** Of a preview, so much in one transaction. */
const sliceMs = 7 * dayMs
const shownMax = 100

/** The queue of re-costs: jobs are `{id}`. */
export const recostQueue = 'recost'

const Moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'Give a date like 2026-11-22 or a time like 2026-11-22T10:00:00Z.',
})
const figure = z.union([z.string().max(64), z.number()]).nullish()
const id = z.string().min(1).max(256)

export const RecostInput = z.strictObject({
  id,
  from: Moment,
  /** Not included; now unless given. */
  to: Moment.optional(),
  mode: z.enum(['price', 'ran']).default('price'),
  inputPrice: figure,
  outputPrice: figure,
  cachedInputPrice: figure,
  imagePrice: figure,
})
export type RecostInput = z.input<typeof RecostInput>

const StopInput = z.strictObject({ id, recostId: z.string().max(100) })

interface DayRow {
  day: string
  requests: number
  moved: number
  old: string
  new: string
  unpriced: number
  new_unpriced: number
}

interface Row {
  id: string
  from_at: Date
  to_at: Date
  done_to: Date
  mode: RecostView['mode']
  prices: (string | null)[]
  state: RecostView['state']
  requests: number
  old: string
  new: string
  created_label: string
  created_at: Date
  ended_at: Date | null
}

/** What a re-cost would change, by day, without changing anything. Admins and owners. Throws `not_found`, `invalid_input`. */
export async function previewRecost(scope: Scope, input: RecostInput): Promise<RecostPreview> {
  requireRole(scope, 'admin')
  const { model, fromMs, toMs, mode, prices } = await readRecost(scope, input)
  const days = new Map<string, DayRow>()
  for (let ms = fromMs; ms < toMs; ms += sliceMs) {
    const span = [new Date(ms), new Date(Math.min(ms + sliceMs, toMs))]
    const rows = await scope.tx((tx) =>
      tx.$queryRawUnsafe<DayRow[]>(
        previewSql,
        scope.workspaceId,
        model.id,
        ...span,
        mode,
        ...toIntegers(prices),
        scope.workspace.timeZone,
      ),
    )
    for (const row of rows) days.set(row.day, add(days.get(row.day), row))
  }
  const rows = [...days.values()]
  const none: DayRow = { day: '', requests: 0, moved: 0, old: '0', new: '0', unpriced: 0, new_unpriced: 0 }
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    ...toSums(rows.reduce(add, none)),
    days: rows.map((row) => ({ day: row.day, ...toSums(row) })),
  }
}

/**
 * Applies a corrected price to past calls of a model: the worker does it day by day. What each cost when it ran stays on
 * its record; budgets keep what was spent. Admins and owners. Throws `recost_running`, `not_found`, `invalid_input`.
 */
export async function startRecost({ queue }: House, scope: Scope, input: RecostInput): Promise<RecostView> {
  requireRole(scope, 'admin')
  const { model, fromMs, toMs, mode, prices } = await readRecost(scope, input)
  const now = scope.now()
  const recostId = newId('rct', now.getTime())
  return scope.tx(async (tx) => {
    const { workspaceId, actor } = scope
    const [from, to] = [new Date(fromMs), new Date(toMs)]
    const [input, output, cached, image] = toIntegers(prices)
    const made = await tx.$executeRaw`
      insert into ledger.recosts (id, workspace_id, model_id, from_at, to_at, done_to, mode, input_pico_usd_per_token, output_pico_usd_per_token, cached_input_pico_usd_per_token, image_nano_usd, created_by, created_label, created_at)
      values (${recostId}, ${workspaceId}, ${model.id}, ${from}, ${to}, ${from}, ${mode}, ${input}::bigint, ${output}::bigint, ${cached}::bigint, ${image}::bigint, ${actor.id}, ${actor.label}, ${now})
      on conflict (workspace_id) where state = 'running' do nothing`
    if (made === 0)
      throw new AppError({
        kind: 'conflict',
        code: 'recost_running',
        message: 'Another re-cost of this workspace is running. Wait for its end, or stop it.',
      })
    await queue.enqueue(tx, { queue: recostQueue, data: { id: recostId }, key: recostId })
    await recordAudit(tx, scope, {
      action: 'model.recost',
      target: targetOf(model),
      after: { from: from.toISOString(), to: to.toISOString(), ...(mode === 'price' ? prices : { as: 'it ran' }) },
    })
    return readOne(tx, scope, model.id, recostId)
  })
}

/** The newest 100 re-costs of a model. Every member may read. Throws `not_found`. */
export async function listRecosts(scope: Scope, input: { id: string }): Promise<RecostView[]> {
  requireRead(scope)
  return scope.tx(async (tx) => {
    const model = await requireModel(tx, scope, input.id)
    return (await readRows(tx, scope, model.id, null)).map(toView)
  })
}

/** Stops after the day it is at; what is done stays. Admins and owners. Throws `not_found`, `recost_over`. */
export async function stopRecost(scope: Scope, input: z.input<typeof StopInput>): Promise<RecostView> {
  requireRole(scope, 'admin')
  const { id: name, recostId } = parseInput(StopInput, input)
  return scope.tx(async (tx) => {
    const model = await requireModel(tx, scope, name)
    const before = await readOne(tx, scope, model.id, recostId)
    const stopped = await tx.$executeRaw`
      update ledger.recosts set state = 'stopped', ended_at = ${scope.now()} where workspace_id = ${scope.workspaceId} and id = ${recostId} and state = 'running'`
    if (stopped === 0) throw new AppError({ kind: 'conflict', code: 'recost_over', message: 'This re-cost is over.' })
    await recordAudit(tx, scope, {
      action: 'model.recost_stop',
      target: targetOf(model),
      after: { from: before.from, to: before.to },
    })
    return readOne(tx, scope, model.id, recostId)
  })
}

async function readRecost(scope: Scope, input: RecostInput) {
  const { id: name, from, to, mode, ...figures } = parseInput(RecostInput, input)
  const prices = readPrices(figures)
  const nowMs = scope.now().getTime()
  return scope.tx(async (tx) => {
    const model = await requireModel(tx, scope, name)
    const fromMs = await toInstant(tx, scope, from)
    const toMs = Math.min(nowMs, to === undefined ? nowMs : await toInstant(tx, scope, to))
    if (fromMs >= toMs)
      throw invalidInput('The range ends before it begins.', { to: 'Choose an end after the beginning.' })
    if (toMs - fromMs > spanMaxMs)
      throw invalidInput('The range is longer than 400 days.', { from: 'Choose at most 400 days.' })
    return { model, fromMs, toMs, mode, prices }
  })
}

/** A day begins at midnight in the workspace's zone. */
async function toInstant(tx: Tx, scope: Scope, moment: string): Promise<number> {
  if (moment.includes('T')) return Date.parse(moment)
  const [row] = await tx.$queryRaw<
    { at: Date }[]
  >`select ${moment}::timestamp at time zone ${scope.workspace.timeZone} as at`
  return row!.at.getTime()
}

function toIntegers(prices: ReturnType<typeof readPrices>): (string | null)[] {
  const { inputPrice, outputPrice, cachedInputPrice, imagePrice } = prices
  const pico = [inputPrice, outputPrice, cachedInputPrice].map(toPicoUsdPerToken)
  return [...pico, toNanoUsdPerImage(imagePrice)].map((value) => value?.toString() ?? null)
}

async function readOne(tx: Tx, scope: Scope, modelId: string, recostId: string): Promise<RecostView> {
  const [row] = await readRows(tx, scope, modelId, recostId)
  if (!row) throw notFound('Re-cost')
  return toView(row)
}

function readRows(tx: Tx, scope: Scope, modelId: string, recostId: string | null): Promise<Row[]> {
  return tx.$queryRaw<Row[]>`
    select id, from_at, to_at, done_to, mode, array[input_pico_usd_per_token, output_pico_usd_per_token, cached_input_pico_usd_per_token, image_nano_usd / 1000]::text[] as prices,
      state, requests::float8 as requests, old_nano_usd::text as old, new_nano_usd::text as new, created_label, created_at, ended_at
    from ledger.recosts where workspace_id = ${scope.workspaceId} and model_id = ${modelId} and (${recostId}::text is null or id = ${recostId})
    order by created_at desc, id desc limit ${shownMax}`
}

function toView(row: Row): RecostView {
  const [inputPrice, outputPrice, cachedInputPrice, imagePrice] = row.prices.map((micro) =>
    micro === null ? null : formatMicroAmount(BigInt(micro)),
  ) as [string | null, string | null, string | null, string | null]
  const [from, to, done] = [row.from_at, row.to_at, row.done_to].map((at) => at.getTime()) as [number, number, number]
  return {
    id: row.id,
    from: row.from_at.toISOString(),
    to: row.to_at.toISOString(),
    mode: row.mode,
    ...{ inputPrice, outputPrice, cachedInputPrice, imagePrice },
    state: row.state,
    share: (done - from) / (to - from),
    requests: row.requests,
    cost: toMoneyView(row.old),
    newCost: toMoneyView(row.new),
    createdBy: row.created_label,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  }
}

function add(one: DayRow | undefined, other: DayRow): DayRow {
  if (!one) return other
  const sum = (name: 'requests' | 'moved' | 'unpriced' | 'new_unpriced') => one[name] + other[name]
  return {
    day: other.day,
    ...{ requests: sum('requests'), moved: sum('moved') },
    ...{ unpriced: sum('unpriced'), new_unpriced: sum('new_unpriced') },
    old: (BigInt(one.old) + BigInt(other.old)).toString(),
    new: (BigInt(one.new) + BigInt(other.new)).toString(),
  }
}

function toSums({ requests, moved, unpriced, ...row }: DayRow) {
  const cost = { cost: toMoneyView(row.old), newCost: toMoneyView(row.new) }
  return { requests, moved, ...cost, unpriced, newUnpriced: row.new_unpriced }
}

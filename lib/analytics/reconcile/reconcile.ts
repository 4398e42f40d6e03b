import { invalidInput } from '#lib/core/errors.ts'
import { parseInput, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { type FactRow, sumFacts } from '../facts.ts'
import { sliceSpan } from '../period.ts'
import { findOurModels, type OurModel } from './match.ts'
import { type Bill, type BillLine, readBill, toNanoUsd } from './read-bill.ts'
import { ReconcileInput, type ReconcileView } from './schema.ts'
import { addOurs, addTheirs, type Sides, toSides } from './sides.ts'

const daysMax = 400
const cellsMax = 10_000
const dayMs = 24 * 60 * 60_000

/**
 * A provider's usage or cost export, or an invoice's total, beside what is on record, by model and day. Nothing of it is
 * kept. Every member may. Throws `invalid_input`.
 */
export async function reconcile(scope: Scope, input: unknown): Promise<ReconcileView> {
  requireRole(scope, 'viewer')
  const asked = parseInput(ReconcileInput, input)
  const ownZone = scope.workspace.timeZone
  const timeZone = asked.timeZone ?? (asked.text === undefined ? ownZone : 'UTC')
  const dayOf = dayIn(timeZone)
  const bill =
    asked.text === undefined ? readTotal(asked) : readBill(asked.text, { columns: asked.columns ?? {}, dayOf })
  const { from, through } = spanOf(bill, asked)
  return scope.tx(async (tx) => {
    const found = await findOurModels(tx, scope.workspaceId, [...new Set(bill.lines.map(({ model }) => model))])
    // A bill is of one account: models elsewhere are in no line of it.
    const named = new Set([...found.byName.values()].flat().map(({ host }) => host))
    const hosts = asked.host === undefined ? named : new Set([asked.host])
    const models = found.all.filter(({ host }) => hosts.size === 0 || hosts.has(host))
    const read = (zone: string) => ourDays(tx, scope, { models, from, through, timeZone: zone })
    const ours = await read(timeZone)
    const hasModels = bill.lines.some(({ model }) => model !== '')
    const nameOf = namer(found.byName, hasModels)
    const sides = collect(bill.lines, ours, nameOf)
    const other = timeZone === ownZone ? 'UTC' : ownZone
    const isBetter =
      bill.format !== 'total' && other !== timeZone
        ? await fitsBetter(bill.lines, sides.byDay, () => read(other), nameOf)
        : false
    const cells = [...sides.cells].slice(0, cellsMax)
    return {
      ...{ format: bill.format, headers: [...bill.headers], columns: bill.columns, lines: bill.lines.length },
      ...{ problems: bill.problems, problemCount: bill.problemCount, from, through, timeZone },
      fitsBetter: isBetter ? other : null,
      hosts: [...new Set(found.all.map(({ host }) => host))].sort(),
      host: asked.host ?? null,
      total: toSides(sides.total),
      byModel: [...sides.byModel]
        .map(([name, side]) => ({ name, models: modelsOf(found, name, models), ...toSides(side) }))
        .sort((one, two) => compareSizes(two.difference?.nanoUsd, one.difference?.nanoUsd)),
      byDay: [...sides.byDay]
        .map(([day, side]) => ({ day, ...toSides(side) }))
        .sort((one, two) => (one.day < two.day ? -1 : 1)),
      cells: cells.map(([key, side]) => {
        const { day, name } = JSON.parse(key) as { day: string; name: string }
        return { day, name, ...toSides(side) }
      }),
    }
  })
}

function readTotal({ total = '' }: { total?: string | undefined }): Bill {
  const nanoUsd = toNanoUsd(total)
  if (nanoUsd === undefined)
    throw invalidInput('Write the total in dollars, for example 1234.56.', { total: 'An amount of dollars.' })
  const line: BillLine = { day: '', model: '', nanoUsd, requests: null, inputTokens: null, outputTokens: null }
  return { format: 'total', headers: [], columns: {}, lines: [line], problems: [], problemCount: 0 }
}

/** The days that both are about; those of a file unless others are asked for. */
function spanOf(bill: Bill, { from, through }: { from?: string | undefined; through?: string | undefined }) {
  const days = bill.lines.map(({ day }) => day).filter((day) => day !== '')
  const first =
    from ??
    days.reduce<string | undefined>((least, day) => (least === undefined || day < least ? day : least), undefined)
  const last =
    through ??
    days.reduce<string | undefined>((most, day) => (most === undefined || day > most ? day : most), undefined)
  if (first === undefined || last === undefined) {
    if (bill.format === 'total')
      throw invalidInput('Say which days the total is for.', { from: 'The first day.', through: 'The last day.' })
    throw invalidInput(bill.problems[0]?.message ?? 'The file has no line with figures in it.', {
      text: 'Nothing to compare.',
    })
  }
  if (first > last) throw invalidInput('The last day is before the first.', { through: 'Choose a later day.' })
  if ((Date.parse(last) - Date.parse(first)) / dayMs >= daysMax)
    throw invalidInput('These are more than 400 days.', { from: 'Choose at most 400 days.' })
  // Lines of other days are in neither side.
  bill.lines = bill.lines.filter(({ day }) => day === '' || (day >= first && day <= last))
  return { from: first, through: last }
}

interface OurDay {
  modelId: string
  day: string
  isProbe: boolean
  row: FactRow
}

/** What is on record, by model and by day of a zone. */
async function ourDays(
  tx: Tx,
  scope: Scope,
  { models, from, through, timeZone }: { models: readonly OurModel[]; from: string; through: string; timeZone: string },
): Promise<OurDay[]> {
  if (models.length === 0) return []
  const nowMs = scope.now().getTime()
  const [span] = await tx.$queryRaw<{ from: Date; to: Date }[]>`
    select ${from}::timestamp at time zone ${timeZone} as from, (${through}::date + 1)::timestamp at time zone ${timeZone} as to`.catch(
    () => {
      throw invalidInput('This time zone is not known.', { timeZone: 'Choose another one.' })
    },
  )
  const [fromMs, toMs] = [span!.from.getTime(), span!.to.getTime()]
  // Sums by the day are those of the workspace's zone.
  const slices = await sliceSpan(
    tx,
    { fromMs, toMs, nowMs, timeZone },
    { withDays: timeZone === scope.workspace.timeZone },
  )
  const by = `f.model_id || case when f.source in ('validation', 'drift') then ' probe' else '' end`
  const [rows = []] = await sumFacts(tx, {
    ...{ workspaceId: scope.workspaceId, timeZone, slices, filters: { modelId: models.map(({ id }) => id) } },
    groups: [{ by, grain: 'day' }],
  })
  const dayOf = dayIn(timeZone)
  return rows.map((row) => {
    const [modelId = '', probe] = row.group.split(' ')
    return { modelId, day: dayOf(row.bucket), isProbe: probe !== undefined, row }
  })
}

interface Collected {
  total: Sides
  byModel: Map<string, Sides>
  byDay: Map<string, Sides>
  cells: Map<string, Sides>
}

function collect(lines: readonly BillLine[], ours: readonly OurDay[], nameOf: (modelId: string) => string): Collected {
  const found: Collected = { total: {}, byModel: new Map(), byDay: new Map(), cells: new Map() }
  const each = (day: string, name: string, add: (sides: Sides) => void) => {
    add(found.total)
    add(within(found.byModel, name))
    if (day === '') return
    add(within(found.byDay, day))
    add(within(found.cells, JSON.stringify({ day, name })))
  }
  for (const line of lines) each(line.day, line.model, (sides) => addTheirs(sides, line))
  for (const { modelId, day, isProbe, row } of ours) each(day, nameOf(modelId), (sides) => addOurs(sides, row, isProbe))
  return found
}

function within(map: Map<string, Sides>, key: string): Sides {
  const own = map.get(key) ?? {}
  map.set(key, own)
  return own
}

/** Ours by the provider's name. Where the file names no model at all, everything is one. */
function namer(byName: ReadonlyMap<string, readonly OurModel[]>, hasModels: boolean): (modelId: string) => string {
  const names = new Map([...byName].flatMap(([name, models]) => models.map(({ id }) => [id, name] as const)))
  return (modelId) => (hasModels ? (names.get(modelId) ?? modelId) : '')
}

function modelsOf(found: Awaited<ReturnType<typeof findOurModels>>, name: string, used: readonly OurModel[]) {
  const own = name === '' ? used : (found.byName.get(name) ?? found.all.filter(({ id }) => id === name))
  return own.slice(0, 50).map(({ id, name: label, slug }) => ({ id, name: label, slug }))
}

/** Whether the days of another zone lie less than half as far from the file's. */
async function fitsBetter(
  lines: readonly BillLine[],
  byDay: ReadonlyMap<string, Sides>,
  read: () => Promise<OurDay[]>,
  nameOf: (modelId: string) => string,
): Promise<boolean> {
  const distance = (days: ReadonlyMap<string, Sides>) =>
    [...days.values()].reduce((sum, sides) => {
      const gap = (sides.ours?.nanoUsd ?? 0n) - (sides.theirs?.nanoUsd ?? 0n)
      return sum + (gap < 0n ? -gap : gap)
    }, 0n)
  const now = distance(byDay)
  if (now === 0n || lines.every(({ nanoUsd }) => nanoUsd === null)) return false
  return distance(collect(lines, await read(), nameOf).byDay) * 2n < now
}

function dayIn(timeZone: string): (ms: number) => string {
  try {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
    return (ms) => format.format(ms)
  } catch {
    throw invalidInput('This time zone is not known.', { timeZone: 'Choose another one.' })
  }
}

function compareSizes(one: string | undefined, two: string | undefined): number {
  const size = (text: string | undefined) => {
    const nano = BigInt(text ?? '0')
    return nano < 0n ? -nano : nano
  }
  return size(one) === size(two) ? 0 : size(one) > size(two) ? 1 : -1
}

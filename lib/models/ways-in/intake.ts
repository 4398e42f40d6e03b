import { AppError, invalidInput, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { parseInput, requireRead, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { addModel } from '../add.ts'
import { findTaken } from '../addresses.ts'
import { againWhenTaken } from '../conflict.ts'
import { ModelInput } from '../form/input.ts'
import type { RawModelInput } from '../form/raw.ts'
import type { House } from '../house.ts'
import { pinCapability } from '../pins.ts'
import { updateProfile } from '../profile.ts'
import { validationFailed } from '../prove.ts'
import { getModel } from '../queries.ts'
import { type CapabilityKey, capabilityKeys } from '../vocabulary.ts'
import type { IntakeRowView, IntakeView } from './answers.ts'
import { joinGroup } from './groups.ts'
import { createIntakeRow, findIntakeRow, type IntakeFacts, listIntakeRows, updateIntakeRow } from './intake-rows.ts'
import type { Plan, PlanRow } from './plan.ts'

/** One model of an intake. It holds secrets, in memory alone. */
export interface IntakeItem {
  key: string
  draft: RawModelInput
  groups: PlanRow['groups']
  pins: PlanRow['pins']
  profile: PlanRow['profile']
}

/** What to do where an address is taken already. */
export type OnConflict = 'skip' | 'rename'

export interface Intakes {
  start(
    scope: Scope,
    input: { source: Plan['source']; items: IntakeItem[]; onConflict: OnConflict },
  ): Promise<IntakeView>
  get(scope: Scope, id: string): Promise<IntakeView>
  /** Those of the last day, newest first. */
  list(scope: Scope): Promise<IntakeView[]>
  /** Begins no further model; those that are being checked are broken off. What was added stays. */
  stop(scope: Scope, id: string): Promise<IntakeView>
  close(): Promise<void>
}

interface Live extends IntakeFacts {
  workspaceId: string
  actorId: string
  startedBy: string
  stopped: boolean
  /** The validations that run for it. */
  running: Map<string, () => Promise<void>>
  done: Promise<void>
}

const atOnce = 3
const runningPerActorMax = 2
const runningMax = 20
const dayMs = 86_400_000
const beatMs = 60_000

/**
 * Several models in one go: each is validated as if it were added by hand, three at a time, and saved when it passes.
 * One that fails stops no other. An intake is a row; it goes on when whoever started it leaves. Secrets stay in the
 * memory of this process.
 */
export function createIntakes(house: House): Intakes {
  const live = new Map<string, Live>()

  function requireRoom(scope: Scope): void {
    const running = [...live.values()].filter((intake) => intake.status === 'running')
    const mine = running.filter((intake) => intake.actorId === scope.actor.id)
    if (mine.length < runningPerActorMax && running.length < runningMax) return
    throw new AppError({
      kind: 'limit_exceeded',
      code: 'intake_limit',
      message: 'Models are being added already. Wait until they are done, or stop that.',
      retryAfterMs: 10_000,
    })
  }

  async function start(
    scope: Scope,
    { source, items, onConflict }: Parameters<Intakes['start']>[1],
  ): Promise<IntakeView> {
    requireRole(scope, 'admin')
    requireRoom(scope)
    const startedAtMs = house.clock.nowMs()
    const intake: Live = {
      id: newId('itk', startedAtMs),
      source,
      status: 'running',
      startedAtMs,
      finishedAtMs: null,
      rows: items.map(toRow),
      workspaceId: scope.workspaceId,
      actorId: scope.actor.id,
      startedBy: scope.actor.label,
      stopped: false,
      running: new Map(),
      done: Promise.resolve(),
    }
    live.set(intake.id, intake)
    try {
      await createIntakeRow(scope, intake)
    } catch (error) {
      live.delete(intake.id)
      throw error
    }
    intake.done = work(scope, intake, items, onConflict)
    return toView(intake)
  }

  async function work(scope: Scope, intake: Live, items: IntakeItem[], onConflict: OnConflict): Promise<void> {
    // A long validation moves the row too, so that nobody takes the intake for lost.
    const beat = setInterval(() => void write(scope, intake), beatMs)
    beat.unref()
    let next = 0
    const lane = async () => {
      for (let index = next++; index < items.length; index = next++) {
        const row = intake.rows[index]!
        if (intake.stopped) Object.assign(row, { state: 'skipped', message: 'Stopped before it was checked.' })
        else await takeIn(scope, intake, items[index]!, row, onConflict)
        if (!intake.stopped) await write(scope, intake)
      }
    }
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
    clearInterval(beat)
    intake.status = intake.stopped ? 'stopped' : 'finished'
    intake.finishedAtMs = house.clock.nowMs()
    await write(scope, intake)
    live.delete(intake.id)
  }

  async function write(scope: Scope, intake: Live): Promise<void> {
    await updateIntakeRow(scope, intake, new Date(house.clock.nowMs())).catch((error: unknown) =>
      house.logger.error({ err: error, intakeId: intake.id }, 'models: an intake was not written'),
    )
  }

  async function takeIn(
    scope: Scope,
    intake: Live,
    item: IntakeItem,
    row: IntakeRowView,
    onConflict: OnConflict,
  ): Promise<void> {
    row.state = 'running'
    try {
      const free = await freeAddresses(scope, item, onConflict)
      row.notes.push(...free.notes)
      if (free.conflict !== null) {
        Object.assign(row, { state: 'skipped', message: free.conflict })
        return
      }
      await prove(scope, intake, { ...item, draft: free.draft, groups: free.groups }, row)
    } catch (error) {
      if (intake.stopped) Object.assign(row, { state: 'skipped', message: 'Stopped while it was checked.' })
      else Object.assign(row, { state: 'failed', ...told(error, house) })
    }
  }

  async function prove(scope: Scope, intake: Live, item: IntakeItem, row: IntakeRowView): Promise<void> {
    const draft = parseInput(ModelInput, item.draft)
    const run = await house.runs.start(scope, draft, { bounded: true })
    row.validationId = run.id
    intake.running.set(row.key, () => house.runs.cancel(scope, run.id))
    const follow = setInterval(() => {
      row.of = run.findings.checks.length
      row.done = run.findings.checks.filter(({ state }) => state !== 'waiting' && state !== 'running').length
    }, 250)
    try {
      await run.done
    } finally {
      clearInterval(follow)
      intake.running.delete(row.key)
    }
    row.done = row.of = run.findings.checks.length
    if (run.isCancelled()) throw invalidInput('Its validation was stopped.')
    if (!run.findings.savable) throw validationFailed(run)
    const model = await addModel(house, scope, { draft: item.draft, validationId: run.id })
    Object.assign(row, { state: 'added', id: model.id, slug: model.slug })
    for (const group of item.groups) {
      await againWhenTaken(false, () => scope.tx((tx) => joinGroup(tx, scope, { ...group, modelId: model.id }))).catch(
        (error: unknown) =>
          row.notes.push(`It did not join the group “${group.address}”: ${told(error, house).message}`),
      )
    }
    await keepSettings(scope, model.id, item).catch((error: unknown) =>
      row.notes.push(`Not all that was set by hand was taken over: ${told(error, house).message}`),
    )
  }

  async function get(scope: Scope, id: string): Promise<IntakeView> {
    requireRead(scope, 'admin')
    const intake = live.get(id)
    if (intake?.workspaceId === scope.workspaceId) return toView(intake)
    const view = await findIntakeRow(scope, id.slice(0, 64), house.clock)
    if (!view) throw notFound('Intake')
    return view
  }

  return {
    start,
    get,
    async list(scope) {
      requireRead(scope, 'admin')
      const rows = await listIntakeRows(scope, house.clock, new Date(house.clock.nowMs() - dayMs))
      return rows.map((view) => {
        const intake = live.get(view.id)
        return intake ? toView(intake) : view
      })
    },
    async stop(scope, id) {
      requireRole(scope, 'admin')
      const intake = live.get(id)
      if (intake?.workspaceId === scope.workspaceId) {
        intake.stopped = true
        await Promise.all([...intake.running.values()].map((cancel) => cancel()))
        await intake.done
      }
      return get(scope, id)
    },
    async close() {
      for (const intake of live.values()) intake.stopped = true
      await Promise.all([...live.values()].map((intake) => intake.done))
    },
  }
}

function toRow({ key, draft }: IntakeItem): IntakeRowView {
  return {
    key,
    name: draft.name,
    modelId: draft.modelId,
    host: URL.canParse(draft.baseUrl) ? new URL(draft.baseUrl).host : draft.baseUrl.slice(0, 100),
    type: draft.type,
    state: 'waiting',
    done: 0,
    of: 0,
    message: '',
    field: '',
    notes: [],
    id: null,
    slug: null,
    validationId: null,
  }
}

function toView(intake: Live): IntakeView {
  return structuredClone({
    id: intake.id,
    source: intake.source,
    status: intake.status,
    rows: intake.rows,
    startedAt: new Date(intake.startedAtMs).toISOString(),
    finishedAt: intake.finishedAtMs === null ? null : new Date(intake.finishedAtMs).toISOString(),
    startedBy: intake.startedBy,
  })
}

/** Looked at before the server is called: taken addresses make a conflict, or are left out and said. */
async function freeAddresses(
  scope: Scope,
  { draft, groups }: IntakeItem,
  onConflict: OnConflict,
): Promise<{ draft: RawModelInput; groups: PlanRow['groups']; notes: string[]; conflict: string | null }> {
  const { slug, aliases = [] } = draft
  const named = [...(slug ? [slug] : []), ...(aliases ?? []), ...groups.map(({ address }) => address)]
  const taken = await scope.tx((tx) => findTaken(tx, scope, named))
  const conflict = conflictOf(taken, { slug: slug ?? '', aliases: aliases ?? [], groups })
  if (conflict === null || onConflict === 'skip') return { draft, groups, notes: [], conflict }
  const notes: string[] = []
  const isFree = (address: string, end: string) => {
    const why = taken.get(address)
    if (why) notes.push(`${why.message} ${end}`)
    return !why
  }
  return {
    draft: {
      ...draft,
      slug: slug && isFree(slug, 'It got another one.') ? slug : '',
      aliases: (aliases ?? []).filter((alias) => isFree(alias, 'The alias was left out.')),
    },
    groups: groups.filter(({ address }) => taken.get(address)?.isGroup || isFree(address, 'The model is in no group.')),
    notes,
    conflict: null,
  }
}

/** The first thing that stands in the way of these addresses; a group that is there already is joined. */
export function conflictOf(
  taken: ReadonlyMap<string, { isGroup: boolean; message: string }>,
  { slug, aliases, groups }: Pick<PlanRow, 'slug' | 'aliases' | 'groups'>,
): string | null {
  for (const address of [...(slug ? [slug] : []), ...aliases]) {
    const why = taken.get(address)
    if (why) return why.message
  }
  const blocked = groups.map(({ address }) => taken.get(address)).find((why) => why && !why.isGroup)
  return blocked?.message ?? null
}

/** Verdicts and fields of the wire profile that somebody had set by hand. */
async function keepSettings(scope: Scope, id: string, { pins, profile }: IntakeItem): Promise<void> {
  for (const key of capabilityKeys.filter((each: CapabilityKey) => pins[each])) {
    const { verdict, reason } = pins[key]!
    await pinCapability(scope, { id, capability: key, verdict, reason })
  }
  if (Object.keys(profile).length === 0) return
  const { version } = await getModel(scope, { id })
  await updateProfile(scope, { ...profile, id, version })
}

function told(error: unknown, house: Pick<House, 'logger'>): { message: string; field: string } {
  if (error instanceof AppError) {
    const [field = ''] = Object.keys(error.fields ?? {})
    return { message: error.fields?.[field] ?? error.message, field }
  }
  house.logger.error({ err: error }, 'models: an intake met what nobody foresaw')
  return { message: 'Patchbay failed here. Try again.', field: '' }
}

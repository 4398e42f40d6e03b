import type { Pool } from 'pg'
import { raiseNotice, recordAudit, resolveNotice, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { type CardChange, cardChanges, changeTitle, inBoth } from './changes.ts'
import { readEdit } from './edited.ts'
import { findModel } from './find.ts'
import { storeCard } from './finish.ts'
import type { House } from './house.ts'
import { isDeniedListing, look } from './look.ts'
import { failureOf, isAboutKey } from './prove.ts'
import { acceptKey, checkKey, keyGroupOfRow, markRefused } from './refused-key.ts'
import { cardOf } from './stored.ts'
import type { Run } from './validation/runs.ts'
import type { ModelRow } from './view.ts'
import { type ModelJob, queues, type ValidateJob } from './work.ts'

const dayMs = 86_400_000
const weekMs = 7 * dayMs
const againAfterMs = 10 * 60_000
/** A server is out of reach when this many looks in a row say so. */
const failuresMax = 3
const dueMax = 500

/**
 * The active models of all workspaces that nobody looked after for a day, and those not validated for a week. Who was
 * added together would be due together: each waits its own part of `spreadMs`.
 */
export async function enqueueDue(
  { queue, pool }: { queue: House['queue']; pool: Pick<Pool, 'query'> },
  transact: (work: (tx: Tx) => Promise<void>) => Promise<void>,
  now: Date,
  spreadMs: number,
): Promise<{ looks: number; validations: number }> {
  const { rows } = await pool.query<{ workspace_id: string; id: string; look: boolean; validate: boolean }>(
    `select * from (
       select m.workspace_id, m.id, coalesce(w.checked_at, m.created_at) < $1 as look,
              coalesce(greatest(m.validated_at, w.validated_at), m.created_at) < $2 as validate,
              coalesce(w.checked_at, m.created_at) as since
         from models m left join model_watches w on w.workspace_id = m.workspace_id and w.model_id = m.id
        where m.deleted_at is null and m.state = 'active') d
      where look or validate order by since, id limit $3`,
    [new Date(now.getTime() - dayMs), new Date(now.getTime() - weekMs), dueMax],
  )
  const due = { looks: 0, validations: 0 }
  if (rows.length === 0) return due
  await transact(async (tx) => {
    for (const [index, { workspace_id: workspaceId, id: modelId, validate }] of rows.entries()) {
      const startAfter = new Date(now.getTime() + Math.floor((spreadMs * index) / rows.length))
      // A validation looks at address and listing, too.
      if (validate) {
        const data: ValidateJob = { workspaceId, modelId, askedBy: null }
        if (await queue.enqueue(tx, { queue: queues.validate, data, key: modelId, startAfter })) due.validations++
      } else {
        const data: ModelJob = { workspaceId, modelId }
        if (await queue.enqueue(tx, { queue: queues.look, data, key: modelId, startAfter })) due.looks++
      }
    }
  })
  return due
}

/** A job: address and listing of a model, for nothing. A vanished model or a server out of reach is told once. */
export async function lookAfter(house: House, scope: Scope, { modelId }: ModelJob): Promise<void> {
  const row = await scope.tx((tx) => findModel(tx, scope, modelId))
  if (row?.state !== 'active' || row.keyRefusedAt) return
  const seen = await look(house, scope, row, { times: 1, addressToo: true })
  if (isDeniedListing(seen))
    await checkKey(house, scope, { workspaceId: row.workspaceId, modelId, group: keyGroupOfRow(row) })
  const isGone = seen.before.offered && seen.listings.some(({ offers }) => offers === false)
  const isAway = seen.address !== null
  await scope.tx(async (tx) => {
    const failures = await noteLook(tx, scope, modelId, isAway)
    if (isAway && failures < failuresMax) return lookAgain(house, tx, scope, modelId)
    if (isAway) return tell(tx, scope, row, 'unreachable', seen.address!.message)
    if (isGone) return tell(tx, scope, row, 'vanished', `The listing of ${row.host} does not name it any more.`)
    // What a validation found is settled by one that passes, or by the listing that names the model again.
    const isBack = seen.listings.some(({ offers }) => offers === true)
    await settle(tx, scope, row, isBack ? ['unreachable', 'vanished'] : ['unreachable'])
  })
}

/**
 * A job: the whole card again, by the same code and caps as by hand. Of pictures only what costs nothing. Where something
 * changed, a second run has to agree before anybody is told.
 */
export async function validateAgain(
  house: House,
  scope: Scope,
  { modelId, askedBy }: ValidateJob,
  signal: AbortSignal,
): Promise<void> {
  const row = await scope.tx((tx) => findModel(tx, scope, modelId))
  if (!row) return
  const byWatch = askedBy === null
  if (byWatch && (row.state !== 'active' || row.keyRefusedAt || isRecent(row, scope.now()))) return
  const first = await runOnce(house, scope, row, askedBy, signal)
  if (!first.findings.savable) return failed(house, scope, row, first, byWatch)
  const before = cardOf(row)
  let changes = cardChanges(before, first.findings.card)
  let last = first
  if (changes.length > 0 && byWatch) {
    last = await runOnce(house, scope, row, askedBy, signal)
    if (!last.findings.savable) return failed(house, scope, row, last, byWatch)
    changes = inBoth(changes, cardChanges(before, last.findings.card))
  }
  await scope.tx(async (tx) => {
    await noteValidation(tx, scope, modelId)
    await settle(tx, scope, row, ['unreachable', 'vanished', 'failed'])
    if (row.keyRefusedAt) await acceptKey(tx, scope, row)
    if (row.type !== 'image') await storeCard(tx, scope, last, modelId)
    await tellChanges(tx, scope, row, changes)
    if (!byWatch) await auditValidation(tx, scope, row, last)
  })
}

/** One notice about what a new card shows: the model, what changed, and where to see it. None where nothing did. */
export async function tellChanges(
  tx: Tx,
  scope: Scope,
  row: Pick<ModelRow, 'id' | 'name' | 'slug'>,
  changes: readonly CardChange[],
): Promise<void> {
  if (changes.length === 0) return
  await raiseNotice(tx, scope.workspaceId, scope.now(), {
    kind: 'model.changed',
    refId: row.id,
    level: changes.some(({ lost }) => lost) ? 'warn' : 'info',
    title: changeTitle(row.name, changes).slice(0, 200),
    body: `${changes.map(({ label, from, to }) => `${label}: ${from} → ${to}`).join(', ')}.`,
    href: `${pageOf(scope, row)}?tab=validations`,
    actionLabel: 'See what changed',
  })
}

export async function auditValidation(tx: Tx, scope: Scope, row: ModelRow, run: Run): Promise<void> {
  await recordAudit(tx, scope, {
    action: 'model.validate',
    target: { kind: 'model', id: row.id, label: row.name },
    after: { validation: run.id, status: run.status, askedBy: run.startedBy },
  })
}

async function runOnce(
  house: House,
  scope: Scope,
  row: ModelRow,
  askedBy: string | null,
  signal: AbortSignal,
): Promise<Run> {
  const { draft, priceId } = await readEdit(house, scope, row.id, {})
  const run = await house.runs.start(scope, draft, {
    modelId: row.id,
    priceId,
    reason: askedBy === null ? 'drift' : 'hand',
    ...(askedBy !== null && { startedBy: askedBy }),
    bounded: true,
    requiredOnly: row.type === 'image',
  })
  const stop = () => void house.runs.cancel(scope, run.id)
  signal.addEventListener('abort', stop, { once: true })
  await run.done
  signal.removeEventListener('abort', stop)
  if (signal.aborted || run.isCancelled()) throw new Error('the worker stopped in the middle of a validation')
  return run
}

async function failed(house: House, scope: Scope, row: ModelRow, run: Run, byWatch: boolean): Promise<void> {
  const problem = failureOf(run)
  await scope.tx(async (tx) => {
    // Only pictures would show whether the model is there, and nobody is asked here: nothing is known against it.
    if (byWatch && problem?.code === 'image_consent') {
      await noteValidation(tx, scope, row.id)
      return settle(tx, scope, row, ['unreachable'])
    }
    const failures = await noteLook(tx, scope, row.id, true)
    if (!byWatch) await auditValidation(tx, scope, row, run)
    if (isAboutKey(problem)) {
      await noteValidation(tx, scope, row.id)
      return markRefused(tx, scope, { modelId: row.id, group: keyGroupOfRow(row), whole: true })
    }
    // A server may be down for a moment; what it says of the model is certain.
    const isGone = problem?.code === 'model_not_served'
    if (!isGone && byWatch && failures < failuresMax) {
      const data: ValidateJob = { workspaceId: row.workspaceId, modelId: row.id, askedBy: null }
      const startAfter = new Date(scope.now().getTime() + againAfterMs)
      await house.queue.enqueue(tx, { queue: queues.validate, data, key: row.id, startAfter })
      return
    }
    await noteValidation(tx, scope, row.id)
    await tell(tx, scope, row, isGone ? 'vanished' : 'failed', problem?.message ?? 'It does not pass its checks.')
  })
}

type Standing = 'unreachable' | 'vanished' | 'failed'

const titles: Readonly<Record<Standing, (row: ModelRow) => string>> = {
  unreachable: (row) => `The server of ${row.name} cannot be reached`,
  vanished: (row) => `${row.name} is no longer offered by ${row.host}`,
  failed: (row) => `${row.name} does not pass its checks any more`,
}

/** Once, when it begins; not again each day. */
async function tell(tx: Tx, scope: Scope, row: ModelRow, standing: Standing, cause: string): Promise<void> {
  const { workspaceId } = scope
  const { count } = await tx.modelWatch.updateMany({
    where: { workspaceId, modelId: row.id, standing: { not: standing } },
    data: { standing },
  })
  if (count === 0) return
  await raiseNotice(tx, workspaceId, scope.now(), {
    kind: 'model.watch',
    refId: row.id,
    level: 'warn',
    title: titles[standing](row),
    body: cause,
    href: `${pageOf(scope, row)}?run=validation`,
    actionLabel: 'Validate again',
  })
}

async function settle(tx: Tx, scope: Scope, row: ModelRow, standings: readonly Standing[]): Promise<void> {
  const { workspaceId } = scope
  const { count } = await tx.modelWatch.updateMany({
    where: { workspaceId, modelId: row.id, standing: { in: [...standings] } },
    data: { standing: '', failures: 0 },
  })
  if (count > 0) await resolveNotice(tx, workspaceId, scope.now(), { kind: 'model.watch', refId: row.id })
}

/** How many looks in a row failed, this one included. */
async function noteLook(tx: Tx, scope: Scope, modelId: string, isFailure: boolean): Promise<number> {
  const { workspaceId } = scope
  const checkedAt = scope.now()
  const { failures } = await tx.modelWatch.upsert({
    where: { workspaceId_modelId: { workspaceId, modelId } },
    create: { workspaceId, modelId, checkedAt, failures: isFailure ? 1 : 0 },
    update: { checkedAt, failures: isFailure ? { increment: 1 } : 0 },
    select: { failures: true },
  })
  return failures
}

async function noteValidation(tx: Tx, scope: Scope, modelId: string): Promise<void> {
  const { workspaceId } = scope
  const at = scope.now()
  await tx.modelWatch.upsert({
    where: { workspaceId_modelId: { workspaceId, modelId } },
    create: { workspaceId, modelId, checkedAt: at, validatedAt: at },
    update: { checkedAt: at, validatedAt: at },
    select: { modelId: true },
  })
}

async function lookAgain(house: House, tx: Tx, scope: Scope, modelId: string): Promise<void> {
  const { workspaceId } = scope
  const startAfter = new Date(scope.now().getTime() + againAfterMs)
  const data: ModelJob = { workspaceId, modelId }
  await house.queue.enqueue(tx, { queue: queues.look, data, key: modelId, startAfter })
}

function isRecent(row: ModelRow, now: Date): boolean {
  return row.validatedAt !== null && now.getTime() - row.validatedAt.getTime() < weekMs
}

function pageOf(scope: Scope, row: Pick<ModelRow, 'slug'>): string {
  return `/${scope.workspace.slug}/router/models/${encodeURIComponent(row.slug)}`
}

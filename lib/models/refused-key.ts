import { z } from 'zod'
import { isId } from '#lib/core/ids.ts'
import {
  parseInput,
  raiseNotice,
  recordAudit,
  requireRole,
  resolveNotice,
  type Scope,
  type Tx,
} from '#lib/tenancy/index.ts'
import { readEdit } from './edited.ts'
import { findModel } from './find.ts'
import type { House } from './house.ts'
import { isDeniedListing, look } from './look.ts'
import { failureOf, isAboutKey } from './prove.ts'
import { keyGroupOf } from './stored.ts'
import type { KeyRetry } from './views.ts'
import { type KeyCheckJob, queues } from './work.ts'

/** What a gateway tells of a key that a server refuses. */
export interface RefusedKey {
  modelId: string
  group: string
  state: 'suspected' | 'refused'
  /** The key as such: every model with it is concerned. */
  whole: boolean
}

interface KeyRow {
  id: string
  workspaceId: string
  name: string
  slug: string
  host: string
  keyFingerprint: string | null
}

const noticeKind = 'model.key_refused'

/**
 * Takes a gateway's word. One refusal is a suspicion: the worker asks the server for its listing, which costs nothing.
 * Three make it certain: the models are marked, admins get one notice.
 */
export async function reportKey(house: House, scope: Scope, report: RefusedKey): Promise<void> {
  await scope.tx(async (tx) => {
    if (report.state === 'refused') return markRefused(tx, scope, report)
    const { workspaceId } = scope
    const data: KeyCheckJob = { workspaceId, modelId: report.modelId, group: report.group }
    await house.queue.enqueue(tx, { queue: queues.keyCheck, data, key: `${workspaceId} ${report.group}` })
  })
}

/** Marks the models of a refused key. One that has another key by now, or is marked, is left alone. */
export async function markRefused(
  tx: Tx,
  scope: Scope,
  { modelId, group, whole }: Pick<RefusedKey, 'modelId' | 'group' | 'whole'>,
): Promise<void> {
  const row = await findModel(tx, scope, modelId)
  if (!row || keyGroupOfRow(row) !== group) return
  const now = scope.now()
  const concerned = whole ? await sharing(tx, row) : [row]
  const { count } = await tx.model.updateMany({
    where: { workspaceId: scope.workspaceId, id: { in: concerned.map(({ id }) => id) }, keyRefusedAt: null },
    data: { keyRefusedAt: now },
  })
  if (count === 0) return
  const [first] = concerned
  const isKeyless = row.keyFingerprint === null
  await raiseNotice(tx, scope.workspaceId, now, {
    ...aboutKey(scope, first!, refOf(row, whole)),
    title: isKeyless
      ? `${row.host} asks for a key that ${row.name} does not have`
      : `${row.host} refuses the key of ${concerned.length === 1 ? first!.name : `${concerned.length} models`}`,
    body: `${namesOf(concerned)}: calls are answered with an error and the server is not called, until ${isKeyless ? 'a key is entered' : 'the key is replaced'} or tried again.`,
  })
  await recordAudit(tx, scope, {
    action: 'model.key_refused',
    target: { kind: 'model', id: row.id, label: row.name },
    after: { models: concerned.map(({ id }) => id) },
  })
}

/** A notice's part that is alike whatever is wrong with a key: settled by a key that works, it leads to where one is entered. */
export function aboutKey(scope: Scope, first: Pick<KeyRow, 'slug' | 'keyFingerprint'>, refId: string) {
  const isKeyless = first.keyFingerprint === null
  return {
    kind: noticeKind,
    refId,
    level: 'bad',
    href: `/${scope.workspace.slug}/router/models/${encodeURIComponent(first.slug)}?edit=${isKeyless ? 'model' : 'key'}`,
    actionLabel: isKeyless ? 'Enter a key' : 'Replace the key',
  } as const
}

/** The key works: the marks of all that share it go, and their notices. */
export async function acceptKey(tx: Tx, scope: Scope, row: KeyRow): Promise<void> {
  const concerned = await sharing(tx, row)
  const { workspaceId } = scope
  await tx.model.updateMany({
    where: { workspaceId, id: { in: concerned.map(({ id }) => id) }, keyRefusedAt: { not: null } },
    data: { keyRefusedAt: null },
  })
  await settleNotices(tx, scope, row)
}

/** Takes the notices of a key away once no model with it is marked any more. */
export async function settleNotices(tx: Tx, scope: Scope, row: KeyRow): Promise<void> {
  const { workspaceId } = scope
  const now = scope.now()
  await resolveNotice(tx, workspaceId, now, { kind: noticeKind, refId: row.id })
  const left = await tx.model.count({
    where: {
      workspaceId,
      deletedAt: null,
      host: row.host,
      keyFingerprint: row.keyFingerprint,
      keyRefusedAt: { not: null },
    },
  })
  if (left === 0) await resolveNotice(tx, workspaceId, now, { kind: noticeKind, refId: keyGroupOfRow(row) })
}

const Ref = z.object({ id: z.string().min(1).max(256) })

/**
 * Tries a refused key again, by the required checks. Where the server takes it, calls go on for every model with that
 * key; where it does not, all stays as it was and `problem` says why. Admins and owners.
 */
export async function retryKey(house: House, scope: Scope, input: { id: string }): Promise<KeyRetry> {
  requireRole(scope, 'admin')
  const { draft, row, priceId } = await readEdit(house, scope, parseInput(Ref, input).id, {})
  const run = await house.runs.start(scope, draft, { modelId: row.id, priceId, requiredOnly: true, reason: 'retry' })
  await run.done
  const problem = failureOf(run)
  // Something else that fails says nothing about the key; callers find out by themselves.
  const accepted = run.findings.savable || (run.findings.calls > 0 && !isAboutKey(problem))
  await scope.tx(async (tx) => {
    if (accepted) await acceptKey(tx, scope, row)
    await recordAudit(tx, scope, {
      action: 'model.retry_key',
      target: { kind: 'model', id: row.id, label: row.name },
      after: { accepted },
    })
  })
  return { accepted, problem }
}

/** A job: the listing is asked for twice with the stored key. Refused both times, where it was answered before: marked. */
export async function checkKey(house: House, scope: Scope, { modelId, group }: KeyCheckJob): Promise<void> {
  if (!isId('mdl', modelId)) return
  const found = await scope.tx((tx) => findModel(tx, scope, modelId))
  if (!found || keyGroupOfRow(found) !== group || found.keyRefusedAt) return
  const seen = await look(house, scope, found, { times: 2, addressToo: false })
  if (!isDeniedListing(seen)) return
  await scope.tx((tx) => markRefused(tx, scope, { modelId, group, whole: true }))
}

export function keyGroupOfRow(row: KeyRow): string {
  return keyGroupOf(row.host, row.keyFingerprint, row.id)
}

function refOf(row: KeyRow, whole: boolean): string {
  return whole ? keyGroupOfRow(row) : row.id
}

async function sharing(tx: Tx, row: KeyRow): Promise<KeyRow[]> {
  if (row.keyFingerprint === null) return [row]
  return tx.model.findMany({
    where: { workspaceId: row.workspaceId, deletedAt: null, host: row.host, keyFingerprint: row.keyFingerprint },
    select: { id: true, workspaceId: true, name: true, slug: true, host: true, keyFingerprint: true },
    orderBy: { name: 'asc' },
    take: 1_000,
  })
}

const namesMax = 4

function namesOf(rows: readonly KeyRow[]): string {
  const names = rows.slice(0, namesMax).map(({ name }) => name)
  return rows.length > namesMax ? `${names.join(', ')} and ${rows.length - namesMax} others` : names.join(', ')
}

import { z } from 'zod'
import { staleEdit } from '#lib/core/errors.ts'
import type { Model, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { auditOf } from './add.ts'
import { setAliases, takeAddress } from './addresses.ts'
import { cardColumns } from './card.ts'
import { againWhenTaken } from './conflict.ts'
import { type EditedDraft, readEdit } from './edited.ts'
import { lockModel } from './find.ts'
import { handOverRest } from './finish.ts'
import type { ModelDraft } from './form/draft.ts'
import { ModelPatch } from './form/raw.ts'
import { type House, isPractice } from './house.ts'
import { insertPrice, samePrices } from './prices.ts'
import { requireProof } from './prove.ts'
import { getModel } from './queries.ts'
import { acceptKey, settleNotices } from './refused-key.ts'
import { sealConnection } from './stored.ts'
import type { Run } from './validation/runs.ts'
import type { ModelView } from './views.ts'

export interface UpdateModelInput {
  id: string
  patch: z.input<typeof ModelPatch>
  /** A validation of the model as the patch makes it. */
  validationId?: string
}
const Target = z.object({ id: z.string().min(1).max(256), validationId: z.string().max(64).optional() })

/**
 * Edits a model. Every edit carries the version it was read at; a stale one is `stale_version` (409) with the model as it
 * stands. Another Base URL asks for the key again and drops stored headers; what changes the connection is validated
 * first. Prices hold from now and never rewrite the past.
 */
export async function updateModel(house: House, scope: Scope, input: UpdateModelInput): Promise<ModelView> {
  requireRole(scope, 'admin')
  const { id, validationId } = parseInput(Target, { id: input.id, validationId: input.validationId })
  const patch = parseInput(ModelPatch, input.patch)
  const edited = await readEdit(house, scope, id, patch)
  if (edited.row.version !== patch.version) throw staleEdit('This model', await getModel(scope, { id: edited.row.id }))
  const run = edited.reconnects
    ? await requireProof(house, scope, {
        draft: edited.draft,
        validationId,
        modelId: edited.row.id,
        priceId: edited.priceId,
      })
    : undefined
  const { isStale, letGo } = await againWhenTaken(false, () =>
    scope.tx((tx) => writeEdit(house, tx, scope, edited, patch.version, run)),
  )
  if (isStale) throw staleEdit('This model', await getModel(scope, { id: edited.row.id }))
  letGo?.()
  return getModel(scope, { id: edited.row.id })
}

interface Written {
  /** The version had moved on meanwhile: nothing was written. */
  isStale: boolean
  /** Ends the probes of this process, where the worker does the rest: to be called after the commit. */
  letGo: (() => void) | null
}

async function writeEdit(
  house: House,
  tx: Tx,
  scope: Scope,
  edited: EditedDraft,
  version: number,
  run: Run | undefined,
): Promise<Written> {
  const { row, before, draft } = edited
  const { workspaceId } = scope
  const now = scope.now()
  await lockModel(tx, scope, row.id)
  const standing = { workspaceId, id: row.id, version, deletedAt: null }
  if ((await tx.model.count({ where: standing })) === 0) return { isStale: true, letGo: null }
  // Before the findings are read: from here on they are whole, or the worker makes them so.
  const letGo = run ? await handOverRest(house, tx, scope, run, row.id) : null
  const json = (value: unknown) => value as Prisma.InputJsonObject
  const baseUrl = run?.findings.baseUrl ?? draft.baseUrl
  await tx.model.updateMany({
    where: standing,
    data: {
      type: draft.type,
      name: draft.name,
      slug: draft.slug,
      modelId: draft.modelId,
      region: draft.region,
      description: draft.description,
      maxTokens: draft.maxTokens,
      temperature: draft.temperature,
      contextTokens: draft.contextTokens,
      timeouts: json(draft.timeouts),
      paths: json(draft.paths),
      ...(run && {
        ...sealConnection(house.secrets, workspaceId, row.id, { ...draft, baseUrl }, now),
        // The day of the key is the day it was entered.
        ...(before.apiKey === draft.apiKey && { keySetAt: row.keySetAt }),
        practice: isPractice(house, baseUrl),
        ...cardColumns(row, run.findings, now),
        validationId: run.id,
        validatedAt: new Date(run.startedAtMs),
      }),
      version: { increment: 1 },
      updatedAt: now,
    },
  })
  if (draft.slug !== row.slug) await changeSlug(tx, scope, row, draft.slug)
  await setAliases(tx, scope, row.id, draft.slug, draft.aliases)
  if (!samePrices(before, draft)) await insertPrice(tx, scope, row.id, draft, now)
  if (run) {
    await tx.validation.updateMany({ where: { workspaceId, id: run.id }, data: { modelId: row.id } })
    // The same key works again: so it does for the others that have it.
    if (row.keyRefusedAt) {
      const isSameServer = new URL(baseUrl).host === row.host
      if (isSameServer && before.apiKey === draft.apiKey) await acceptKey(tx, scope, row)
      else await settleNotices(tx, scope, row)
    }
  }
  const changed = changesBetween(before, { ...draft, baseUrl })
  await recordAudit(tx, scope, {
    action: 'model.update',
    target: { kind: 'model', id: row.id, label: draft.name },
    before: auditOf(changed.before),
    after: auditOf(changed.after),
  })
  return { isStale: false, letGo }
}

/** The old slug goes on leading to the model. */
async function changeSlug(tx: Tx, scope: Scope, row: Model, slug: string): Promise<void> {
  const { workspaceId } = scope
  await tx.modelAddress.updateMany({ where: { workspaceId, modelId: row.id, kind: 'slug' }, data: { kind: 'former' } })
  await takeAddress(tx, scope, row.id, slug, 'slug', 'slug')
}

function changesBetween(
  before: ModelDraft,
  after: ModelDraft,
): { before: Partial<ModelDraft>; after: Partial<ModelDraft> } {
  const keys = (Object.keys(after) as (keyof ModelDraft)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  )
  const pick = (draft: ModelDraft) => Object.fromEntries(keys.map((key) => [key, draft[key]])) as Partial<ModelDraft>
  return { before: pick(before), after: pick(after) }
}

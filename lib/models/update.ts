import { z } from 'zod'
import { invalidInput, staleEdit } from '#lib/core/errors.ts'
import type { Model, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { auditOf, followCard } from './add.ts'
import { setAliases, takeAddress } from './addresses.ts'
import { keepPinned } from './card.ts'
import { againWhenTaken } from './conflict.ts'
import { lockModel, requireModel } from './find.ts'
import { normaliseBaseUrl } from './form/base-url.ts'
import { type ModelDraft, readDraft } from './form/draft.ts'
import { ModelPatch, type RawModelInput } from './form/raw.ts'
import { type House, isPractice } from './house.ts'
import { currentPrices, insertPrice, samePrices, toDraftPrices } from './prices.ts'
import { requireProof } from './prove.ts'
import { getModel } from './queries.ts'
import { cardOf, openConnection, sealConnection, toDraft } from './stored.ts'
import type { Run } from './validation/runs.ts'
import type { ModelRow } from './view.ts'
import type { ModelView } from './views.ts'

export interface UpdateModelInput {
  id: string
  patch: z.input<typeof ModelPatch>
  /** A validation of the model as the patch makes it. */
  validationId?: string
}
const Target = z.object({ id: z.string().min(1).max(256), validationId: z.string().max(64).optional() })

/** A stored model with some fields changed: the draft that the edit would make. It holds secrets. */
export interface EditedDraft {
  row: ModelRow
  before: ModelDraft
  draft: ModelDraft
  /** Another server, credential or model: it must be proven again. */
  reconnects: boolean
  priceId: string | null
}

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
  const isOver = run?.status !== 'running'
  const isStale = await againWhenTaken(false, () =>
    scope.tx((tx) => writeEdit(house, tx, scope, edited, patch.version, run)),
  )
  if (isStale) throw staleEdit('This model', await getModel(scope, { id: edited.row.id }))
  if (run && !isOver) followCard(house, scope, run, edited.row.id)
  return getModel(scope, { id: edited.row.id })
}

/** Merges a patch into what is stored, by the form's own rules. Opens the stored credential where it stays in use. */
export async function readEdit(
  house: House,
  scope: Scope,
  id: string,
  patch: Partial<z.output<typeof ModelPatch>>,
): Promise<EditedDraft> {
  const { row, prices } = await scope.tx(async (tx) => {
    const found = await requireModel(tx, scope, id)
    return { row: found, prices: await currentPrices(tx, scope.workspaceId, [found.id], scope.now()) }
  })
  const price = prices.get(row.id)
  const aliases = row.addresses.filter(({ kind }) => kind === 'alias').map(({ address }) => address)
  const before = toDraft(row, openConnection(house.secrets, row), toDraftPrices(price), aliases)
  const { version: _version, ...changes } = patch
  const moved = movesServer(row, changes.baseUrl)
  const givesKey = Boolean(changes.apiKey) || changes.noKey === true
  if (moved && !givesKey) {
    throw invalidInput(
      'The Base URL changed. Enter the API key again.',
      { apiKey: 'The Base URL changed. Enter the API key again.' },
      'key_required',
    )
  }
  const kept: RawModelInput = {
    ...before,
    noKey: before.apiKey === null,
    ...(moved && { headers: {}, query: {} }),
  }
  const raw: RawModelInput = { ...kept, ...defined(changes) }
  if (!moved) {
    raw.headers = keepValues(raw.headers, before.headers)
    raw.query = keepValues(raw.query, before.query)
  }
  if (changes.apiKey) raw.noKey = false
  else if (changes.noKey) raw.apiKey = null
  const { draft, issues } = readDraft(raw)
  if (!draft) {
    const fields = Object.fromEntries(issues.map((issue) => [issue.path.join('.'), issue.message]))
    throw invalidInput(issues[0]!.message, fields)
  }
  if (draft.slug === '') draft.slug = row.slug
  refuseKnownTemperature(row, draft)
  return { row, before, draft, reconnects: connectionOf(before) !== connectionOf(draft), priceId: price?.id ?? null }
}

/** A form cannot show a stored value: a known name that comes without one keeps what it has. */
function keepValues(given: RawModelInput['headers'], stored: Record<string, string>): RawModelInput['headers'] {
  const pairs = Array.isArray(given) ? given : Object.entries(given ?? {}).map(([name, value]) => ({ name, value }))
  return pairs.map(({ name, value }) => ({ name, value: value || stored[name] || stored[name.toLowerCase()] || '' }))
}

function defined(changes: Partial<RawModelInput>): Partial<RawModelInput> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

/** Its path too: a key belongs to one address. */
function movesServer(row: Model, baseUrl: string | undefined): boolean {
  if (baseUrl === undefined) return false
  const read = normaliseBaseUrl(baseUrl)
  return !read.ok || read.url !== row.baseUrl
}

function connectionOf(draft: ModelDraft): string {
  const { type, baseUrl, apiKey, modelId, keyHeader, headers, query, ca, paths } = draft
  return JSON.stringify([
    type,
    baseUrl,
    apiKey,
    modelId,
    keyHeader,
    Object.entries(headers).sort(),
    Object.entries(query).sort(),
    ca,
    Object.entries(paths).sort(),
  ])
}

/** What the card knows need not be asked of the server again. */
function refuseKnownTemperature(row: Model, draft: ModelDraft): void {
  if (draft.temperature === null || draft.temperature === row.temperature) return
  if (cardOf(row).checks.temperature?.verdict !== 'no') return
  const message = 'This model accepts only its own temperature; leave this empty.'
  throw invalidInput(message, { temperature: message })
}

/** True where the version had moved on meanwhile; then nothing was written. */
async function writeEdit(
  house: House,
  tx: Tx,
  scope: Scope,
  edited: EditedDraft,
  version: number,
  run: Run | undefined,
): Promise<boolean> {
  const { row, before, draft } = edited
  const { workspaceId } = scope
  const now = scope.now()
  await lockModel(tx, scope, row.id)
  const json = (value: unknown) => value as Prisma.InputJsonObject
  const baseUrl = run?.findings.baseUrl ?? draft.baseUrl
  const { count } = await tx.model.updateMany({
    where: { workspaceId, id: row.id, version, deletedAt: null },
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
        capabilities: json(keepPinned(cardOf(row), run.findings.card)),
        profile: json(run.findings.profile),
        validationId: run.id,
        validatedAt: new Date(run.startedAtMs),
      }),
      version: { increment: 1 },
      updatedAt: now,
    },
  })
  if (count === 0) return true
  if (draft.slug !== row.slug) await changeSlug(tx, scope, row, draft.slug)
  await setAliases(tx, scope, row.id, draft.slug, draft.aliases)
  if (!samePrices(before, draft)) await insertPrice(tx, scope, row.id, draft, now)
  if (run) await tx.validation.updateMany({ where: { workspaceId, id: run.id }, data: { modelId: row.id } })
  const changed = changesBetween(before, { ...draft, baseUrl })
  await recordAudit(tx, scope, {
    action: 'model.update',
    target: { kind: 'model', id: row.id, label: draft.name },
    before: auditOf(changed.before),
    after: auditOf(changed.after),
  })
  return false
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

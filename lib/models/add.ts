import { z } from 'zod'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { pickSlug, setAliases, takeAddress } from './addresses.ts'
import { againWhenTaken } from './conflict.ts'
import { handOverRest } from './finish.ts'
import type { ModelDraft } from './form/draft.ts'
import { ModelInput } from './form/input.ts'
import type { RawModelInput } from './form/raw.ts'
import { type House, isPractice } from './house.ts'
import { insertPrice, samePrices } from './prices.ts'
import { requireProof } from './prove.ts'
import { getModel } from './queries.ts'
import { sealConnection } from './stored.ts'
import type { Run } from './validation/runs.ts'
import type { ModelView } from './views.ts'

export interface AddModelInput {
  draft: RawModelInput
  /** A validation of this draft by the same person, under ten minutes old. */
  validationId?: string
}
const ValidationId = z.string().max(64).optional()

/**
 * Saves a model that answers: validates the draft, unless a fitting validation is named, and stores it with its
 * card, its price and its sealed credential. Admins and owners. Errors: `invalid_request` by field, `address_taken`,
 * `validation_failed` (422, with the checks), `validation_rate_limit`.
 */
export async function addModel(house: House, scope: Scope, input: AddModelInput): Promise<ModelView> {
  requireRole(scope, 'admin')
  // Apart, so that messages stand at the form's own fields.
  const draft = parseInput(ModelInput, input.draft)
  const validationId = parseInput(ValidationId, input.validationId)
  await requireFreeAddresses(scope, draft)
  const run = await requireProof(house, scope, { draft, validationId })
  const id = run.subject.reservedModelId
  const letGo = await againWhenTaken(draft.slug === '', () =>
    scope.tx((tx) => insertModel(house, tx, scope, draft, run)),
  )
  letGo?.()
  return getModel(scope, { id })
}

/** Taken addresses are told before the server is called. */
async function requireFreeAddresses(scope: Scope, draft: ModelDraft): Promise<void> {
  if (draft.slug === '' && draft.aliases.length === 0) return
  await scope.tx(async (tx) => {
    if (draft.slug !== '') await takeAddress(tx, scope, '', draft.slug, 'slug', 'slug', { dryRun: true })
    for (const [index, alias] of draft.aliases.entries())
      await takeAddress(tx, scope, '', alias, 'alias', `aliases.${index}`, { dryRun: true })
  })
}

/** What it returns ends the probes of this process, where the worker does the rest: call it after the commit. */
async function insertModel(
  house: House,
  tx: Tx,
  scope: Scope,
  draft: ModelDraft,
  run: Run,
): Promise<(() => void) | null> {
  const now = scope.now()
  const { workspaceId } = scope
  const id = run.subject.reservedModelId
  const { findings } = run
  // First: from here on the findings are whole, or the worker makes them so.
  const letGo = await handOverRest(house, tx, scope, run, id)
  const slug = draft.slug || (await pickSlug(tx, scope, draft.name, draft.modelId))
  const json = (value: unknown) => value as Prisma.InputJsonObject
  await tx.model.create({
    data: {
      id,
      workspaceId,
      type: draft.type,
      name: draft.name,
      slug,
      modelId: draft.modelId,
      region: draft.region,
      description: draft.description,
      ...sealConnection(house.secrets, workspaceId, id, { ...draft, baseUrl: findings.baseUrl }, now),
      paths: json(draft.paths),
      timeouts: json(draft.timeouts),
      maxTokens: draft.maxTokens,
      temperature: draft.temperature,
      contextTokens: draft.contextTokens ?? findings.card.contextTokens,
      capabilities: json(findings.card),
      profile: json(findings.profile),
      practice: isPractice(house, findings.baseUrl),
      validationId: run.id,
      validatedAt: new Date(run.startedAtMs),
      addedBy: scope.actor.id,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true },
  })
  await takeAddress(tx, scope, id, slug, 'slug', 'slug')
  await setAliases(tx, scope, id, slug, draft.aliases)
  await insertFirstPrices(tx, scope, draft, run)
  await tx.validation.updateMany({ where: { workspaceId, id: run.id }, data: { modelId: id } })
  await recordAudit(tx, scope, {
    action: 'model.add',
    target: { kind: 'model', id, label: draft.name },
    after: auditOf({ ...draft, baseUrl: findings.baseUrl, slug }),
  })
  return letGo
}

/** The price that the probes were charged at holds from their first; one typed meanwhile holds from now. */
async function insertFirstPrices(tx: Tx, scope: Scope, draft: ModelDraft, run: Run): Promise<void> {
  const [inputPrice = null, outputPrice = null, cachedInputPrice = null, imagePrice = null] = run.subject.prices
  const probed = { inputPrice, outputPrice, cachedInputPrice, imagePrice }
  const isEmpty = (prices: typeof probed) => Object.values(prices).every((price) => price === null)
  const typed = {
    inputPrice: draft.inputPrice,
    outputPrice: draft.outputPrice,
    cachedInputPrice: draft.cachedInputPrice,
    imagePrice: draft.imagePrice,
  }
  const { reservedModelId, reservedPriceId } = run.subject
  if (!isEmpty(probed))
    await insertPrice(tx, scope, reservedModelId, probed, new Date(run.startedAtMs), reservedPriceId ?? undefined)
  if (!samePrices(probed, typed)) await insertPrice(tx, scope, reservedModelId, typed, scope.now())
}

/** What the audit keeps of a model: everything but its secrets, of which only the names and the fact are kept. */
export function auditOf(draft: Partial<ModelDraft>): Record<string, unknown> {
  const { apiKey, headers, query, imageConsent: _consent, ca, ...open } = draft
  return {
    ...open,
    ...(apiKey !== undefined && { apiKey: apiKey === null ? 'none' : 'set' }),
    ...(headers && { headerNames: Object.keys(headers) }),
    ...(query && { queryNames: Object.keys(query) }),
    ...(ca !== undefined && { ca: ca === '' ? 'none' : 'set' }),
  }
}

import { z } from 'zod'
import { notFound } from '#lib/core/errors.ts'
import { type Page, PageInput } from '#lib/core/page.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { cardChanges } from './changes.ts'
import { readEdit } from './edited.ts'
import { requireModel } from './find.ts'
import { storeCard } from './finish.ts'
import { ModelInput } from './form/input.ts'
import { ModelPatch, type RawModelInput } from './form/raw.ts'
import type { House } from './house.ts'
import { acceptKey } from './refused-key.ts'
import { cardOf } from './stored.ts'
import { readRow, toValidationView } from './validation/rows.ts'
import type { Run } from './validation/runs.ts'
import type { ValidationEvent, ValidationView } from './views.ts'
import { tellChanges } from './watch.ts'

/** Either a whole new draft, or a stored model with the fields that an open form has changed. */
export type StartValidationInput = { draft: RawModelInput } | { id: string; patch: Partial<z.input<typeof ModelPatch>> }
const Id = z.string().min(1).max(256)
const Changes = ModelPatch.partial({ version: true })

export interface StartedValidation {
  id: string
  events: AsyncGenerator<ValidationEvent>
}

/**
 * Starts a validation of what a form holds; nothing is saved by it. It goes on when its reader leaves. Admins and owners;
 * at most 30 a minute and 4 at once a person: `validation_rate_limit`.
 */
export async function startValidation(
  house: House,
  scope: Scope,
  input: StartValidationInput,
  signal?: AbortSignal,
): Promise<StartedValidation> {
  requireRole(scope, 'admin')
  let run: Run
  if ('draft' in input) run = await house.runs.start(scope, parseInput(ModelInput, input.draft), {})
  else {
    const { draft, row, priceId } = await readEdit(
      house,
      scope,
      parseInput(Id, input.id),
      parseInput(Changes, input.patch),
    )
    run = await house.runs.start(scope, draft, { modelId: row.id, priceId })
  }
  return { id: run.id, events: house.runs.events(scope, run.id, 0, signal) }
}

/** Runs the checks of a stored model again; its card and profile follow when it passes. */
export async function revalidate(
  house: House,
  scope: Scope,
  input: { id: string; imageConsent?: boolean },
  signal?: AbortSignal,
): Promise<StartedValidation> {
  requireRole(scope, 'admin')
  const { id, imageConsent } = parseInput(
    z.strictObject({ id: z.string().min(1).max(256), imageConsent: z.boolean().default(false) }),
    input,
  )
  const { draft, row, priceId } = await readEdit(house, scope, id, {})
  const run = await house.runs.start(scope, { ...draft, imageConsent }, { modelId: row.id, priceId, reason: 'hand' })
  void run.done
    .then(() =>
      scope.tx(async (tx) => {
        if (run.findings.savable && row.keyRefusedAt) await acceptKey(tx, scope, row)
        if (!run.isCancelled()) await storeCard(tx, scope, run, row.id)
        if (run.findings.savable && !run.isCancelled())
          await tellChanges(tx, scope, row, cardChanges(cardOf(row), run.findings.card))
        await recordAudit(tx, scope, {
          action: 'model.validate',
          target: { kind: 'model', id: row.id, label: row.name },
          after: { validation: run.id, status: run.status },
        })
      }),
    )
    .catch((error: unknown) =>
      house.logger.error({ err: error, validationId: run.id }, 'models: the card was not stored'),
    )
  return { id: run.id, events: house.runs.events(scope, run.id, 0, signal) }
}

const ValidationRef = z.object({
  id: z.string().min(1).max(64),
  after: z.coerce.number().int().min(0).max(1_000_000).default(0),
})

/** The events of a validation after the one that was seen last, then those to come. */
export async function validationEvents(
  house: House,
  scope: Scope,
  input: z.input<typeof ValidationRef>,
  signal?: AbortSignal,
): Promise<AsyncGenerator<ValidationEvent>> {
  requireRead(scope, 'admin')
  const { id, after } = parseInput(ValidationRef, input)
  if (!house.runs.find(scope, id) && !(await readRow(scope, id, house.clock))) throw notFound('Validation')
  return house.runs.events(scope, id, after, signal)
}

/** Stops a running validation; what was called stays in the ledger. Cancelling twice changes nothing. */
export async function cancelValidation(house: House, scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  await house.runs.cancel(scope, parseInput(ValidationRef, input).id)
}

/** One validation with its evidence. Developers and above: evidence shows requests and answers. */
export async function getValidation(house: House, scope: Scope, input: { id: string }): Promise<ValidationView> {
  requireRead(scope, 'developer')
  const view = await readRow(scope, parseInput(ValidationRef, input).id, house.clock)
  if (!view) throw notFound('Validation')
  return view
}

export const ListValidationsInput = PageInput.extend({
  /** A model's id, slug or alias; without it those that are running or belong to no model yet. */
  model: z.string().max(256).optional(),
  /** `none` leaves the exchanges out: a list of fifty is some megabytes with them. */
  evidence: z.enum(['full', 'none']).default('full'),
})
export type ListValidationsInput = z.input<typeof ListValidationsInput>

/** Validations of one model, or those under way, newest first. */
export async function listValidations(
  house: House,
  scope: Scope,
  input: ListValidationsInput = {},
): Promise<Page<ValidationView>> {
  requireRead(scope, 'developer')
  const { model, cursor, limit, evidence } = parseInput(ListValidationsInput, input)
  return scope.tx(async (tx) => {
    const modelId = model === undefined ? undefined : (await requireModel(tx, scope, model)).id
    const rows = await tx.validation.findMany({
      where: {
        workspaceId: scope.workspaceId,
        ...(modelId === undefined ? { status: 'running' } : { modelId }),
        ...(cursor && { id: { lt: cursor } }),
      },
      orderBy: { id: 'desc' },
      take: limit + 1,
    })
    const views = rows.slice(0, limit).map((row) => toValidationView(row, house.clock.nowMs()))
    const items = evidence === 'full' ? views : views.map(withoutEvidence)
    const last = items.at(-1)
    return { items, ...(rows.length > limit && last && { nextCursor: last.id }) }
  })
}

function withoutEvidence(view: ValidationView): ValidationView {
  return { ...view, checks: view.checks.map((check) => ({ ...check, evidence: [] })) }
}

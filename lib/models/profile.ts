import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { changeModel, livingModel, targetOf, version } from './change.ts'
import { requireModel } from './find.ts'
import { editProfile, readProfile } from './stored-profile.ts'
import type { ModelRow } from './view.ts'
import type { ProfileView } from './views.ts'
import { type ModelType, type ProfileField, profileFields, profileFieldsOf, WireProfile } from './vocabulary.ts'

const id = z.string().min(1).max(256)
/** A call without these is none. */
const undroppable = ['model', 'messages', 'prompt', 'input', 'stream']
const ParameterName = z
  .string()
  .trim()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'A parameter is named by letters, digits and “_”.')
  .refine((name) => !undroppable.includes(name), 'A call cannot do without this parameter.')

const fields = WireProfile.shape
/** Null gives a field back to what validation learned. */
export const UpdateProfileInput = z.strictObject({
  id,
  version,
  maxTokensParameter: fields.maxTokensParameter.unwrap().nullable().optional(),
  drop: z
    .array(ParameterName)
    .max(50, 'At most 50 parameters.')
    .transform((names) => [...new Set(names)])
    .nullable()
    .optional(),
  add: fields.add
    .unwrap()
    .refine(
      (record) => Object.keys(record).every((name) => !undroppable.includes(name)),
      'Callers say this themselves.',
    )
    .nullable()
    .optional(),
  systemRole: fields.systemRole.unwrap().nullable().optional(),
  developerRole: fields.developerRole.unwrap().nullable().optional(),
  streamUsage: fields.streamUsage.unwrap().nullable().optional(),
  reasoningField: fields.reasoningField.unwrap().nullable().optional(),
  toolIndexMissing: fields.toolIndexMissing.unwrap().nullable().optional(),
  embeddingEncodings: fields.embeddingEncodings.unwrap().nullable().optional(),
  jsonSchemaDowngrade: fields.jsonSchemaDowngrade.unwrap().nullable().optional(),
})
export type UpdateProfileInput = z.input<typeof UpdateProfileInput>

/** How calls to a model are changed for its server's sake: what is in force, what was learned, what was set by hand. */
export async function getProfile(scope: Scope, input: { id: string }): Promise<ProfileView> {
  requireRead(scope)
  const ref = parseInput(id, input.id)
  return scope.tx(async (tx) => toProfileView(await requireModel(tx, scope, ref)))
}

/**
 * Sets fields of the wire profile by hand, or gives them back to what validation learned (null). Fields set by hand stay
 * through later validations. Admins and owners; a stale version is `stale_version` (409). Holds for calls from now on.
 */
export async function updateProfile(scope: Scope, input: UpdateProfileInput): Promise<ProfileView> {
  requireRole(scope, 'admin')
  const { id: ref, version: read, ...changes } = parseInput(UpdateProfileInput, input)
  const row = await changeModel(scope, ref, read, async (tx, model) => {
    requireFieldsOf(model.type as ModelType, changes)
    const now = scope.now()
    const stored = editProfile(model.profile, changes, {
      by: scope.actor.label.slice(0, 200),
      at: now.toISOString(),
    })
    const before = readProfile(model.profile)
    const after = readProfile(stored)
    const changed = profileFields.filter(
      (field) =>
        JSON.stringify(before.inForce[field]) !== JSON.stringify(after.inForce[field]) ||
        (before.byHand[field] === undefined) !== (after.byHand[field] === undefined),
    )
    if (changed.length === 0) return
    await tx.model.updateMany({
      where: livingModel(scope, model),
      data: { profile: stored as unknown as Prisma.InputJsonObject, version: { increment: 1 }, updatedAt: now },
    })
    const pick = (profile: WireProfile) => Object.fromEntries(changed.map((field) => [field, profile[field]]))
    const given = changed.filter((field) => after.byHand[field] === undefined)
    await recordAudit(tx, scope, {
      action: 'model.profile',
      target: targetOf(model),
      before: pick(before.inForce),
      after: { ...pick(after.inForce), ...(given.length > 0 && { asLearned: given }) },
    })
  })
  return getProfile(scope, { id: row.id })
}

/** A field that no call of this Type is changed by would be a promise that nothing keeps. */
function requireFieldsOf(type: ModelType, changes: { [Field in ProfileField]?: unknown }): void {
  const allowed = profileFieldsOf[type]
  const foreign = profileFields.filter((field) => changes[field] !== undefined && !allowed.includes(field))
  if (foreign.length === 0) return
  const message = `This does not concern models of this Type: ${foreign.join(', ')}.`
  throw invalidInput(message, Object.fromEntries(foreign.map((field) => [field, 'Not for models of this Type.'])))
}

function toProfileView(row: ModelRow): ProfileView {
  const { inForce, learned, byHand } = readProfile(row.profile)
  return {
    modelId: row.id,
    slug: row.slug,
    type: row.type as ModelType,
    version: row.version,
    profile: inForce,
    learned,
    byHand,
    validatedAt: row.validatedAt?.toISOString() ?? null,
  }
}

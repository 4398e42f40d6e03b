import { z } from 'zod'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { changeModel, livingModel, targetOf, version } from './change.ts'
import { getModel } from './queries.ts'
import { cardOf } from './stored.ts'
import type { ModelView } from './views.ts'
import { type Capability, CapabilityKey, Verdict } from './vocabulary.ts'

export const PinCapabilityInput = z.strictObject({
  id: z.string().min(1).max(256),
  capability: CapabilityKey,
  /** Null takes the pin out: what validation found last is in force again. */
  verdict: Verdict.nullable(),
  reason: z.string().trim().max(300, 'At most 300 characters.').default(''),
  version: version.optional(),
})
export type PinCapabilityInput = z.input<typeof PinCapabilityInput>

/** An admin's own verdict on a capability, with the reason. Validations leave it alone and keep what they find beside it. */
export async function pinCapability(scope: Scope, input: PinCapabilityInput): Promise<ModelView> {
  requireRole(scope, 'admin')
  const { id, capability: key, verdict, reason, version: read } = parseInput(PinCapabilityInput, input)
  const row = await changeModel(scope, id, read, async (tx, model) => {
    const card = cardOf(model)
    const before = card.checks[key]
    if (verdict === null && !before?.pinned) return
    const now = scope.now()
    const found = before?.pinned ? before.found : before && { verdict: before.verdict, detail: before.detail }
    const after: Capability | undefined =
      verdict === null
        ? found && { ...found, pinned: false }
        : {
            verdict,
            detail: (reason || `Set by ${scope.actor.label}`).slice(0, 300),
            pinned: true,
            pin: { by: scope.actor.label.slice(0, 200), at: now.toISOString(), reason },
            ...(found && { found }),
          }
    if (after) card.checks[key] = after
    else delete card.checks[key]
    await tx.model.updateMany({
      where: livingModel(scope, model),
      data: {
        capabilities: card as unknown as Prisma.InputJsonObject,
        version: { increment: 1 },
        updatedAt: now,
      },
    })
    await recordAudit(tx, scope, {
      action: verdict === null ? 'model.unpin' : 'model.pin',
      target: targetOf(model),
      before: { [key]: before?.verdict ?? 'unknown' },
      after: { [key]: after?.verdict ?? 'unknown', ...(verdict !== null && reason && { reason }) },
    })
  })
  return getModel(scope, { id: row.id })
}

import type { Model, Prisma } from '#lib/platform/generated/prisma/client.ts'
import { relearn } from './stored-profile.ts'
import { CapabilityCard, type CapabilityKey, type WireProfile } from './vocabulary.ts'

/** The columns that hold what a validation found, with what people set by hand kept. */
export function cardColumns(
  row: Pick<Model, 'capabilities' | 'profile'>,
  found: { card: CapabilityCard; profile: WireProfile },
  now: Date,
): { capabilities: Prisma.InputJsonObject; profile: Prisma.InputJsonObject } {
  const json = (value: unknown) => value as Prisma.InputJsonObject
  return {
    capabilities: json(carryOver(CapabilityCard.parse(row.capabilities), found.card, now)),
    profile: json(relearn(row.profile, found.profile)),
  }
}

/**
 * A new card after an old one: pinned verdicts stand, with what was found beside them, and a *no* where there was a *yes*
 * says since when.
 */
export function carryOver(before: CapabilityCard, after: CapabilityCard, now: Date): CapabilityCard {
  const checks = { ...after.checks }
  for (const key of Object.keys({ ...before.checks, ...after.checks }) as CapabilityKey[]) {
    const old = before.checks[key]
    const found = after.checks[key]
    if (old?.pinned) checks[key] = found ? { ...old, found: { verdict: found.verdict, detail: found.detail } } : old
    else if (found?.verdict === 'no') {
      const lostAt = old?.verdict === 'yes' ? now.toISOString() : old?.verdict === 'no' ? old.lostAt : undefined
      if (lostAt) checks[key] = { ...found, lostAt }
    }
  }
  return { ...after, checks }
}

import type { CapabilityCard, CapabilityKey } from './vocabulary.ts'

/** A new card in which the verdicts that an admin pinned stand as they were. */
export function keepPinned(before: CapabilityCard, after: CapabilityCard): CapabilityCard {
  const checks = { ...after.checks }
  for (const [key, capability] of Object.entries(before.checks) as [
    CapabilityKey,
    CapabilityCard['checks'][CapabilityKey],
  ][]) {
    if (capability?.pinned) checks[key] = capability
  }
  return { ...after, checks }
}

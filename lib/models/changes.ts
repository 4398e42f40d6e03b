import { capabilityLabels } from './views.ts'
import { type CapabilityCard, type CapabilityKey, capabilityKeys, type Verdict } from './vocabulary.ts'

/** A capability that a server has gained or lost. */
export interface CardChange {
  key: CapabilityKey | 'dimensions'
  label: string
  from: string
  to: string
  /** What callers could use and cannot any more. */
  lost: boolean
}

/**
 * What differs between two cards of one model. Only decided verdicts count: what was not found out says nothing about
 * the server. Pinned ones are people's own.
 */
export function cardChanges(before: CapabilityCard, after: CapabilityCard): CardChange[] {
  const changes: CardChange[] = []
  for (const key of capabilityKeys) {
    const [from, to] = [before.checks[key], after.checks[key]]
    if (!from || !to || from.pinned || !isDecided(from.verdict) || !isDecided(to.verdict)) continue
    if (from.verdict === to.verdict) continue
    const { verdict } = to
    changes.push({ key, label: capabilityLabels[key], from: from.verdict, to: verdict, lost: from.verdict === 'yes' })
  }
  if (before.dimensions !== null && after.dimensions !== null && before.dimensions !== after.dimensions) {
    const [from, to] = [String(before.dimensions), String(after.dimensions)]
    changes.push({ key: 'dimensions', label: 'Dimensions', from, to, lost: true })
  }
  return changes
}

/** The changes that a second run found too. */
export function inBoth(one: readonly CardChange[], other: readonly CardChange[]): CardChange[] {
  return other.filter(({ key, to }) => one.some((change) => change.key === key && change.to === to))
}

/** `Llama 3.3 lost Vision`, for a notice. */
export function changeTitle(name: string, changes: readonly CardChange[]): string {
  const [first] = changes
  if (changes.length !== 1 || !first) return `${name} changed in ${changes.length} ways`
  if (first.key === 'dimensions') return `${name} answers ${first.to} dimensions in place of ${first.from}`
  if (first.to === 'yes') return `${name} gained ${first.label}`
  return first.lost ? `${name} lost ${first.label}` : `${name} changed: ${first.label}`
}

function isDecided(verdict: Verdict): boolean {
  return verdict !== 'unknown'
}

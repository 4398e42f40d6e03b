/** What a rule remembers between two looks. */
export interface RuleState {
  firing: boolean
  /** Somebody was told of this firing. */
  told: boolean
  /** Below the lower bound without a break since. */
  calmSince: Date | null
  /** Of the firing that stands, or of the last one. */
  firedAt: Date | null
  resolvedAt: Date | null
}

export interface Reading {
  /** Null: there is nothing to judge, as with too few calls. */
  value: bigint | null
  threshold: bigint
  resolveBelow: bigint
  isMuted: boolean
  now: Date
}

/** So long a rule has to be below its lower bound to be resolved: what comes and goes does not flap. */
export const calmMs = 5 * 60_000

/**
 * One look at a rule: its next state, and what is to be said. It fires once, at the threshold; it is resolved once it was
 * below the lower bound for `calmMs`, as it is when nothing is there to judge any more. A muted one is silent; one that
 * still fires when the mute ends is told then; resolved is said only where fired was.
 */
export function step(
  state: RuleState,
  { value, threshold, resolveBelow, isMuted, now }: Reading,
): {
  state: RuleState
  say: 'fired' | 'resolved' | null
} {
  if (!state.firing) {
    if (value === null || value < threshold) return { state: { ...state, calmSince: null }, say: null }
    const next: RuleState = { ...state, firing: true, told: !isMuted, calmSince: null, firedAt: now, resolvedAt: null }
    return { state: next, say: isMuted ? null : 'fired' }
  }
  const isCalm = value === null || value < resolveBelow
  if (!isCalm) {
    const isLate = !state.told && !isMuted
    return { state: { ...state, calmSince: null, told: state.told || isLate }, say: isLate ? 'fired' : null }
  }
  const calmSince = state.calmSince ?? now
  if (now.getTime() - calmSince.getTime() < calmMs) return { state: { ...state, calmSince }, say: null }
  return {
    state: { ...state, firing: false, told: false, calmSince: null, resolvedAt: now },
    say: state.told && !isMuted ? 'resolved' : null,
  }
}

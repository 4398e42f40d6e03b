import {
  type Capability,
  type CapabilityKey,
  type CheckKey,
  capabilityKeys,
  capabilityLabels,
  type ProfileField,
  profileFields,
  type ValidationView,
  type WireProfile,
} from '#lib/models/schema.ts'

type Verdict = Capability['verdict']

export interface VerdictChange {
  key: CapabilityKey
  label: string
  from: Verdict
  to: Verdict
  /** lost: a *yes* became a *no*. gained: something became a *yes*. */
  kind: 'lost' | 'gained' | 'other'
  detail: string
}

export interface ValueChange {
  label: string
  from: string
  to: string
}

export interface Timing {
  key: CheckKey
  label: string
  fromMs: number
  toMs: number
}

export interface ValidationDiff {
  verdicts: VerdictChange[]
  /** Of the server: where it was asked and what it told of the model. */
  facts: ValueChange[]
  profile: { field: ProfileField; from: WireProfile; to: WireProfile }[]
  timings: Timing[]
  /** Capabilities that one of the two did not ask for, and so says nothing about. */
  notCompared: number
}

/** What differs between two validations, the earlier one first. */
export function diffValidations(from: ValidationView, to: ValidationView): ValidationDiff {
  const before = from.capabilities.checks
  const after = to.capabilities.checks
  const both = capabilityKeys.filter((key) => before[key] && after[key])
  const either = capabilityKeys.filter((key) => before[key] || after[key])
  return {
    verdicts: both
      .filter((key) => before[key]!.verdict !== after[key]!.verdict)
      .map((key) => ({
        key,
        label: capabilityLabels[key],
        from: before[key]!.verdict,
        to: after[key]!.verdict,
        kind: kindOf(before[key]!.verdict, after[key]!.verdict),
        detail: after[key]!.detail,
      })),
    facts: factsOf(from, to),
    profile:
      both.length === 0
        ? []
        : profileFields
            .filter((field) => JSON.stringify(from.profile[field]) !== JSON.stringify(to.profile[field]))
            .map((field) => ({ field, from: from.profile, to: to.profile })),
    timings: to.checks.flatMap((check) => {
      const earlier = from.checks.find(({ key }) => key === check.key)
      return check.ms === null || earlier?.ms == null
        ? []
        : [{ key: check.key, label: check.label, fromMs: earlier.ms, toMs: check.ms }]
    }),
    notCompared: either.length - both.length,
  }
}

function kindOf(from: Verdict, to: Verdict): VerdictChange['kind'] {
  if (from === 'yes' && to === 'no') return 'lost'
  return to === 'yes' ? 'gained' : 'other'
}

function factsOf(from: ValidationView, to: ValidationView): ValueChange[] {
  const facts: [string, (view: ValidationView) => string][] = [
    ['Result', (view) => view.status],
    ['Base URL', (view) => view.baseUrl],
    ['Model ID', (view) => view.subject.modelId],
    ['Type', (view) => view.subject.type],
    ['Context length', (view) => figure(view.capabilities.contextTokens)],
    ['Dimensions', (view) => figure(view.capabilities.dimensions)],
    [
      'Checks its keys',
      ({ capabilities: { checksKeys } }) => (checksKeys === null ? 'not decided' : checksKeys ? 'yes' : 'no'),
    ],
  ]
  return facts
    .map(([label, read]) => ({ label, from: read(from), to: read(to) }))
    .filter((change) => change.from !== change.to)
}

const figure = (value: number | null) => (value === null ? 'not told' : value.toLocaleString('en-US'))

/** Nothing that a caller would notice. Times always differ a little. */
export function isSame({ verdicts, facts, profile }: ValidationDiff): boolean {
  return verdicts.length === 0 && facts.length === 0 && profile.length === 0
}

/** A time that changed by more than chance: over twice and over 50 ms. */
export function isSlower({ fromMs, toMs }: Timing): boolean {
  return toMs > fromMs * 2 && toMs - fromMs > 50
}

import { toMoneyView } from '#lib/core/money.ts'
import { costOf } from '#lib/metering/index.ts'
import type { Price } from '#lib/metering/schema.ts'
import type { ModelDraft } from '../form/draft.ts'
import type { CheckKey, CheckView, OfferedModel, ValidationLimits } from '../views.ts'
import { CapabilityCard, imagesMade, type ModelType, WireProfile } from '../vocabulary.ts'
import type { Group, Learned } from './bench.ts'
import { chatGroups } from './chat.ts'
import { completionGroups, embeddingGroups, imageGroups } from './other-types.ts'
import { probeLimits } from './prober.ts'

/** Everything a validation has found so far; the same object is filled while it runs. */
export interface Findings {
  checks: CheckView[]
  card: CapabilityCard
  profile: WireProfile
  /** How to ask this server; kept, so that another process can go on. */
  learned: Learned
  offered: OfferedModel | null
  baseUrl: string
  limits: ValidationLimits
  /** Address, authentication and model have passed. */
  savable: boolean
  calls: number
  costNanoUsd: bigint
}

/** What is examined for each Type, in the order of the page. */
export const groupsOf: Readonly<Record<ModelType, readonly Group[]>> = {
  chat: chatGroups,
  completion: completionGroups,
  embedding: embeddingGroups,
  image: imageGroups,
}

const requiredRows = [
  ['address', 'Address'],
  ['listing', 'Listing'],
  ['authentication', 'Authentication'],
  ['model', 'Model'],
] as const

/** An empty card with every row waiting. */
export function prepareFindings({ draft, price }: { draft: ModelDraft; price: Price | null }): Findings {
  const groups = draft.type === 'image' && !draft.imageConsent ? [] : groupsOf[draft.type]
  return {
    checks: [
      ...requiredRows.map(([key, label]) => row(key, label, 'connection', key !== 'listing')),
      ...groups.map((group) => row(group.key, group.label, 'capabilities', false)),
    ],
    card: CapabilityCard.parse({}),
    profile: WireProfile.parse({}),
    learned: { tokenParameter: 'max_tokens', outputTokensMin: 16 },
    offered: null,
    baseUrl: draft.baseUrl,
    limits: limitsOf(draft, price),
    savable: false,
    calls: 0,
    costNanoUsd: 0n,
  }
}

function row(key: CheckKey, label: string, group: CheckView['group'], required: boolean): CheckView {
  return { key, label, group, required, state: 'waiting', summary: '', ms: null, problem: null, evidence: [] }
}

function limitsOf(draft: ModelDraft, price: Price | null): ValidationLimits {
  const isImage = draft.type === 'image'
  const usage = {
    inputTokens: isImage ? 0 : probeLimits.inputTokens,
    cachedInputTokens: 0,
    outputTokens: isImage || draft.type === 'embedding' ? 0 : probeLimits.outputTokens,
    reasoningTokens: 0,
    images: isImage && draft.imageConsent ? imagesMade : 0,
    flags: [],
  }
  const { costNanoUsd, priced } = costOf(usage, price)
  const { calls, ms, inputTokens, outputTokens } = probeLimits
  return { calls, ms, inputTokens, outputTokens, cost: priced ? toMoneyView(costNanoUsd) : null }
}

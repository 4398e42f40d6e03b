import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import { formatUsd, type MoneyView, toMoneyView } from '#lib/core/money.ts'
import { costOf, type Meter } from '#lib/metering/index.ts'
import type { CallToAdmit } from '#lib/metering/schema.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { ModelDraft } from './form/draft.ts'
import { priceOf } from './validation/proof.ts'
import { createValidator } from './validation/validator.ts'
import type { CheckView, OfferedModel, ValidationLimits } from './views.ts'
import type { CapabilityCard, ModelType, WireProfile } from './vocabulary.ts'

/** What a server's model was shown to do, found without a workspace. No secret is in it. */
export interface Verification {
  /** The required checks passed. */
  passed: boolean
  type: ModelType
  modelId: string
  /** Where calls really go, when a missing `/v1` was found by trying. */
  baseUrl: string
  checks: CheckView[]
  capabilities: CapabilityCard
  profile: WireProfile
  offered: OfferedModel | null
  limits: ValidationLimits
  calls: number
  /** At the prices given; null without prices. */
  cost: MoneyView | null
  startedAt: string
  ms: number
}

export interface VerifyOptions {
  signal: AbortSignal
  /** No call is begun that could lead above it; asks for prices. */
  maxCostNanoUsd?: bigint
  /** Hears of every row that changed. */
  onCheck?: (check: CheckView) => void
}

export type Verify = (draft: ModelDraft, options: VerifyOptions) => Promise<Verification>

/** The validator of the form on its own: nothing is stored, and the till records nothing. */
export function createVerifier(deps: { upstream: Upstream; clock: Clock }): Verify {
  return async (draft, { signal, maxCostNanoUsd, onCheck }) => {
    const { clock } = deps
    const startedAtMs = clock.nowMs()
    const began = clock.monotonicMs()
    const { inputPrice, outputPrice, cachedInputPrice, imagePrice } = draft
    const price = priceOf({ prices: [inputPrice, outputPrice, cachedInputPrice, imagePrice], reservedPriceId: null })
    const validator = createValidator({ ...deps, meter: createTill(draft.type, maxCostNanoUsd) })
    const findings = validator.prepare({ draft, price })
    const passed = await validator.run(
      {
        draft,
        workspaceId: '',
        modelId: newId('mdl', startedAtMs),
        actor: { kind: 'user', id: '', label: '' },
        operator: false,
        price,
        signal,
      },
      findings,
      (check) => check && onCheck?.(check),
    )
    return {
      passed,
      type: draft.type,
      modelId: draft.modelId,
      baseUrl: findings.baseUrl,
      checks: findings.checks,
      capabilities: findings.card,
      profile: findings.profile,
      offered: findings.offered,
      limits: findings.limits,
      calls: findings.calls,
      cost: price ? toMoneyView(findings.costNanoUsd) : null,
      startedAt: new Date(startedAtMs).toISOString(),
      ms: Math.round(clock.monotonicMs() - began),
    }
  }
}

/** More than any probe asks for. */
const outputTokensHeld = 512

/** Keeps a sum in memory and lets nothing in that could lead above the most that was agreed to. */
function createTill(type: ModelType, maxNanoUsd: bigint | undefined): Pick<Meter, 'admit'> {
  let heldNanoUsd = 0n
  const holdOf = ({ inputEstimateTokens, price }: CallToAdmit): bigint => {
    // Without a body it is a listing, which is free.
    if (inputEstimateTokens === 0) return 0n
    const outputTokens = type === 'chat' || type === 'completion' ? outputTokensHeld : 0
    const images = type === 'image' ? 1 : 0
    const usage = { cachedInputTokens: 0, reasoningTokens: 0, flags: [], inputTokens: inputEstimateTokens }
    return costOf({ ...usage, outputTokens, images }, price).costNanoUsd
  }
  return {
    admit(call) {
      const hold = holdOf(call)
      if (maxNanoUsd !== undefined && heldNanoUsd + hold > maxNanoUsd) {
        const message = `it could have cost more than ${formatUsd(maxNanoUsd)} in all`
        return { ok: false, refusal: { status: 402, code: 'max_cost', message } }
      }
      heldNanoUsd += hold
      return {
        ok: true,
        ticket: {
          begin: () => null,
          commit: () => null,
          budgets: () => null,
          // A probe is one attempt.
          charge: () => null,
          attempt: () => null,
          rates: () => null,
          settle({ usage, status }) {
            // Who tells no usage may have used all that was held, unless it refused.
            const cost = usage
              ? costOf(usage, call.price)
              : { costNanoUsd: status >= 400 ? 0n : hold, priced: call.price !== null }
            heldNanoUsd += cost.costNanoUsd - hold
            return cost
          },
        },
      }
    },
  }
}

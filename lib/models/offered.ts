import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { parseInput, requireRole, type Scope } from '#lib/tenancy/index.ts'
import type { OfferedModels } from './answers.ts'
import { readEdit } from './edited.ts'
import { readDraft } from './form/draft.ts'
import { RawModelInput } from './form/raw.ts'
import type { House } from './house.ts'
import { fullTimeouts, toTarget } from './target.ts'
import { runAddress } from './validation/address-stage.ts'
import { diagnoseAnswer, keyRefused } from './validation/diagnose.ts'
import { createProber, probeLimits } from './validation/prober.ts'
import { runListing } from './validation/stages.ts'
import { CapabilityCard, WireProfile } from './vocabulary.ts'

/** The connection part of an open form; the rest is not looked at. `id`: the stored credential of that model. */
export const OfferedModelsInput = RawModelInput.pick({
  baseUrl: true,
  apiKey: true,
  noKey: true,
  keyHeader: true,
  headers: true,
  query: true,
  ca: true,
}).extend({ id: z.string().max(256).optional() })
export type OfferedModelsInput = z.input<typeof OfferedModelsInput>

const modelsMax = 5_000
const listingLimits = { ...probeLimits, calls: 3, ms: 15_000, waitingMs: 15_000 }
const callsPerMinuteMax = 30

/** What a server lists, for the typeahead of Model ID. Admins and owners; 30 times a minute. */
export function createOffered(house: House): (scope: Scope, input: OfferedModelsInput) => Promise<OfferedModels> {
  const recent = new Map<string, number[]>()
  return async (scope, input) => {
    requireRole(scope, 'admin')
    const { id, ...typed } = parseInput(OfferedModelsInput, input)
    const now = house.clock.monotonicMs()
    const calls = (recent.get(scope.actor.id) ?? []).filter((at) => now - at < 60_000)
    if (calls.length >= callsPerMinuteMax) {
      throw new AppError({
        kind: 'limit_exceeded',
        code: 'validation_rate_limit',
        message: 'Too many look-ups. Try again in a minute.',
        retryAfterMs: 60_000,
      })
    }
    if (recent.size > 10_000) recent.clear()
    recent.set(scope.actor.id, [...calls, now])
    const filler = { type: 'chat', name: 'listing', modelId: 'listing', region: 'global' } as const
    const draft =
      id === undefined ? readDraft({ ...typed, ...filler }).draft : (await readEdit(house, scope, id, typed)).draft
    if (!draft) return { models: [], baseUrl: typed.baseUrl, problem: null }
    const address = await runAddress(house.upstream, draft, scope.operator)
    if (!address.ok) return { models: [], baseUrl: draft.baseUrl, problem: address.problem ?? null }
    const poolId = `${newId('mdl')}:listing`
    const target = toTarget(poolId, draft, fullTimeouts({ firstByteMs: 10_000, totalMs: 15_000 }, false))
    const prober = createProber(house, {
      workspaceId: scope.workspaceId,
      modelId: '',
      actor: scope.actor,
      address: '',
      price: null,
      providerModelId: '',
      target,
      signal: AbortSignal.timeout(listingLimits.ms),
      limits: listingLimits,
      onCall: () => undefined,
    })
    const bench = {
      prober,
      type: draft.type,
      modelId: '',
      path: '',
      baseUrl: draft.baseUrl,
      learned: { tokenParameter: 'max_tokens' as const, outputTokensMin: 16 },
      card: CapabilityCard.parse({}),
      profile: WireProfile.parse({}),
    }
    try {
      const { listing, reply } = await runListing(bench, [])
      const problem = listing ? null : reply.kind === 'denied' ? keyRefused(reply, draft) : diagnoseAnswer(reply, draft)
      return { models: (listing?.models ?? []).slice(0, modelsMax), baseUrl: bench.baseUrl, problem }
    } finally {
      house.upstream.dropPool(poolId)
    }
  }
}

import type { Price } from '#lib/metering/schema.ts'
import { toNanoUsdPerImage, toPicoUsdPerToken } from '../form/price.ts'
import type { RunSubject } from './rows.ts'
import type { Run } from './runs.ts'

const savedAfterMs = 10 * 60_000

/** The price that a draft is probed at; null where nothing is priced. */
export function priceOf(subject: Pick<RunSubject, 'prices' | 'reservedPriceId'>): Price | null {
  const [input = null, output = null, cached = null, image = null] = subject.prices
  if (input === null && output === null && cached === null && image === null) return null
  return {
    id: subject.reservedPriceId ?? '',
    inputPicoUsdPerToken: toPicoUsdPerToken(input),
    outputPicoUsdPerToken: toPicoUsdPerToken(output),
    cachedInputPicoUsdPerToken: toPicoUsdPerToken(cached),
    imageNanoUsd: toNanoUsdPerImage(image),
  }
}

/** True where a validation may stand for saving: the same person, the same draft, under ten minutes old. */
export function provesDraft(
  run: Pick<Run, 'actorId' | 'draftHash' | 'startedAtMs'>,
  actorId: string,
  draftHash: string,
  nowMs: number,
): boolean {
  return run.actorId === actorId && run.draftHash === draftHash && nowMs - run.startedAtMs < savedAfterMs
}

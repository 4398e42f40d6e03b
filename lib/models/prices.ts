import { newId } from '#lib/core/ids.ts'
import { formatMicroAmount } from '#lib/core/money.ts'
import type { ModelPrice } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { toNanoUsdPerImage, toPicoUsdPerToken } from './form/price.ts'
import type { DraftPrices } from './stored.ts'
import type { PriceView } from './views.ts'

export const noPrices: DraftPrices = { inputPrice: null, outputPrice: null, cachedInputPrice: null, imagePrice: null }

/** The row in force now for each of these models. */
export async function currentPrices(
  tx: Tx,
  workspaceId: string,
  modelIds: string[],
  now: Date,
): Promise<Map<string, ModelPrice>> {
  const rows = await tx.modelPrice.findMany({
    where: { workspaceId, modelId: { in: modelIds }, effectiveFrom: { lte: now } },
    orderBy: [{ modelId: 'asc' }, { effectiveFrom: 'desc' }, { id: 'desc' }],
    distinct: ['modelId'],
  })
  return new Map(rows.map((row) => [row.modelId, row]))
}

export function toDraftPrices(row: ModelPrice | undefined): DraftPrices {
  if (!row) return noPrices
  const perMillion = (pico: bigint | null) => (pico === null ? null : formatMicroAmount(pico))
  return {
    inputPrice: perMillion(row.inputPicoUsdPerToken),
    outputPrice: perMillion(row.outputPicoUsdPerToken),
    cachedInputPrice: perMillion(row.cachedInputPicoUsdPerToken),
    // Stored to the nano-dollar, typed to the micro-dollar.
    imagePrice: row.imageNanoUsd === null ? null : formatMicroAmount(row.imageNanoUsd / 1_000n),
  }
}

export function toPriceView(row: ModelPrice, makers: ReadonlyMap<string, string>): PriceView {
  return {
    id: row.id,
    effectiveFrom: row.effectiveFrom.toISOString(),
    ...toDraftPrices(row),
    createdBy: makers.get(row.createdBy ?? '') ?? '',
  }
}

export function samePrices(a: DraftPrices, b: DraftPrices): boolean {
  return (
    a.inputPrice === b.inputPrice &&
    a.outputPrice === b.outputPrice &&
    a.cachedInputPrice === b.cachedInputPrice &&
    a.imagePrice === b.imagePrice
  )
}

/** Adds a price row: what was in force before stays for what was called before. */
export async function insertPrice(
  tx: Tx,
  scope: Scope,
  modelId: string,
  prices: DraftPrices,
  effectiveFrom: Date,
  id: string = newId('prc', scope.now().getTime()),
): Promise<void> {
  await tx.modelPrice.create({
    data: {
      id,
      workspaceId: scope.workspaceId,
      modelId,
      effectiveFrom,
      inputPicoUsdPerToken: toPicoUsdPerToken(prices.inputPrice),
      outputPicoUsdPerToken: toPicoUsdPerToken(prices.outputPrice),
      cachedInputPicoUsdPerToken: toPicoUsdPerToken(prices.cachedInputPrice),
      imageNanoUsd: toNanoUsdPerImage(prices.imagePrice),
      createdBy: scope.actor.id,
      createdAt: scope.now(),
    },
    select: { id: true },
  })
}

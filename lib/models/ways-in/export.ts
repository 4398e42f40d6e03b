import { z } from 'zod'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { currentPrices, toDraftPrices } from '../prices.ts'
import { cardOf } from '../stored.ts'
import { readProfile } from '../stored-profile.ts'
import type { ModelRow } from '../view.ts'
import type { ModelType, Region } from '../vocabulary.ts'
import { type FileModel, type ModelsFile, makeFile } from './file.ts'

const modelsMax = 500
const ids = z.array(z.string().min(1).max(64)).max(modelsMax)

export const ExportModelsInput = z.object({
  /** Ids; without them all. */
  ids: z
    .union([
      z
        .string()
        .max(64)
        .transform((id) => [id]),
      ids,
    ])
    .optional(),
})
export type ExportModelsInput = z.input<typeof ExportModelsInput>

/** The workspace's models as a file, oldest first: every field but the secrets, with their groups. Admins and owners. */
export async function exportModels(scope: Scope, input: ExportModelsInput = {}): Promise<ModelsFile> {
  requireRead(scope, 'admin')
  const { ids: wanted } = parseInput(ExportModelsInput, input)
  const { workspaceId } = scope
  return scope.tx(async (tx) => {
    const rows = await tx.model.findMany({
      where: { workspaceId, deletedAt: null, ...(wanted && { id: { in: wanted } }) },
      orderBy: { id: 'asc' },
      take: modelsMax,
      include: { addresses: { orderBy: { createdAt: 'asc' } } },
    })
    const modelIds = rows.map((row) => row.id)
    const prices = await currentPrices(tx, workspaceId, modelIds, scope.now())
    const members = await tx.modelGroupMember.findMany({
      where: { workspaceId, modelId: { in: modelIds } },
      orderBy: [{ address: 'asc' }, { modelId: 'asc' }],
    })
    const slugs = new Map(rows.map((row) => [row.id, row.slug]))
    const groups = new Map<string, { slug: string; weight: number }[]>()
    for (const { address, modelId, weight } of members)
      groups.set(address, [...(groups.get(address) ?? []), { slug: slugs.get(modelId) ?? '', weight }])
    return makeFile(
      rows.map((row) => toFileModel(row, toDraftPrices(prices.get(row.id)))),
      [...groups].map(([address, each]) => ({ address, members: each })),
      scope.now(),
    )
  })
}

/** Every field is named here, so that nothing sealed can slip out. */
function toFileModel(row: ModelRow, prices: ReturnType<typeof toDraftPrices>): FileModel {
  const { inForce, byHand } = readProfile(row.profile)
  const pins = Object.entries(cardOf(row).checks).flatMap(([key, check]) =>
    check?.pinned ? [[key, { verdict: check.verdict, reason: check.pin?.reason ?? '' }]] : [],
  )
  return {
    type: row.type as ModelType,
    name: row.name,
    slug: row.slug,
    aliases: row.addresses
      .filter(({ kind }) => kind !== 'slug')
      .map(({ address }) => address)
      .slice(0, 50),
    baseUrl: row.baseUrl,
    modelId: row.modelId,
    region: row.region as Region,
    description: row.description,
    needsKey: row.sealedKey !== null,
    keyHeader: row.keyHeader || 'authorization',
    headers: row.headerNames,
    query: row.queryNames,
    ca: row.ca ?? '',
    paths: row.paths as FileModel['paths'],
    timeouts: row.timeouts as FileModel['timeouts'],
    maxTokens: row.maxTokens,
    temperature: row.temperature,
    contextTokens: row.contextTokens,
    prices: {
      input: prices.inputPrice,
      output: prices.outputPrice,
      cachedInput: prices.cachedInputPrice,
      image: prices.imagePrice,
    },
    profile: Object.fromEntries(Object.entries(inForce).filter(([field]) => Object.hasOwn(byHand, field))),
    pins: Object.fromEntries(pins),
  }
}

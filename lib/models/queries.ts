import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { type Page, PageInput } from '#lib/core/page.ts'
import type { Prisma } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import { pickSlug } from './addresses.ts'
import { requireModel } from './find.ts'
import { currentPrices, toDraftPrices, toPriceView } from './prices.ts'
import { type ModelRow, makerNames, toModelView } from './view.ts'
import type { ModelDraftView, ModelView, PriceView } from './views.ts'
import { CapabilityKey, ModelType, Region } from './vocabulary.ts'

const oneOrMany = <Schema extends z.ZodType<string>>(schema: Schema) =>
  z.union([schema.transform((value) => [value]), z.array(schema).max(20)]).optional()

export const ListModelsInput = PageInput.extend({
  /** In name, Model ID, host, description or any address. */
  search: z.string().max(256).optional(),
  type: oneOrMany(ModelType),
  region: oneOrMany(Region),
  state: z.enum(['active', 'disabled']).optional(),
  /** Has this capability with the verdict *yes*. */
  capability: oneOrMany(CapabilityKey),
  sort: z.enum(['name', '-name', 'createdAt', '-createdAt']).default('-createdAt'),
})
export type ListModelsInput = z.input<typeof ListModelsInput>

export const ModelRef = z.object({ id: z.string().min(1).max(256) })
export type ModelRef = z.infer<typeof ModelRef>

/** The workspace's models: searched, filtered, sorted, by pages. Every member may read. */
export async function listModels(
  scope: Scope,
  input: ListModelsInput = {},
): Promise<Page<ModelView> & { total: number }> {
  requireRead(scope)
  const query = parseInput(ListModelsInput, input)
  const where: Prisma.ModelWhereInput[] = [{ workspaceId: scope.workspaceId, deletedAt: null }]
  if (query.type) where.push({ type: { in: query.type } })
  if (query.region) where.push({ region: { in: query.region } })
  if (query.state) where.push({ state: query.state })
  for (const key of query.capability ?? [])
    where.push({ capabilities: { path: ['checks', key, 'verdict'], equals: 'yes' } })
  const search = query.search?.trim()
  if (search) {
    const contains = { contains: search, mode: 'insensitive' as const }
    where.push({
      OR: [
        { name: contains },
        { modelId: contains },
        { host: contains },
        { description: contains },
        { addresses: { some: { address: contains } } },
      ],
    })
  }
  const field = query.sort.endsWith('name') ? 'name' : 'createdAt'
  const direction = query.sort.startsWith('-') ? 'desc' : 'asc'
  const after = query.cursor === undefined ? [] : [afterCursor(query.cursor, field, direction)]
  return scope.tx(async (tx) => {
    const [total, rows] = await Promise.all([
      tx.model.count({ where: { AND: where } }),
      tx.model.findMany({
        where: { AND: [...where, ...after] },
        orderBy: [{ [field]: direction }, { id: direction }],
        take: query.limit + 1,
        include: { addresses: { orderBy: { createdAt: 'asc' } } },
      }),
    ])
    const page = rows.slice(0, query.limit)
    const views = await toViews(tx, scope, page)
    const last = page.at(-1)
    const nextCursor = rows.length > query.limit && last ? cursorOf(last, field) : undefined
    return { items: views, total, ...(nextCursor && { nextCursor }) }
  })
}

async function toViews(tx: Prisma.TransactionClient, scope: Scope, rows: ModelRow[]): Promise<ModelView[]> {
  const ids = rows.map((row) => row.id)
  const prices = await currentPrices(tx, scope.workspaceId, ids, scope.now())
  const makers = await makerNames(
    tx,
    scope.workspaceId,
    rows.map((row) => row.addedBy),
  )
  return rows.map((row) => toModelView(row, prices.get(row.id), makers))
}

function cursorOf(row: ModelRow, field: 'name' | 'createdAt'): string {
  const value = field === 'name' ? row.name : row.createdAt.toISOString()
  return Buffer.from(JSON.stringify([value, row.id]))
    .toString('base64url')
    .slice(0, 1_024)
}

function afterCursor(cursor: string, field: 'name' | 'createdAt', direction: 'asc' | 'desc'): Prisma.ModelWhereInput {
  const parsed = z
    .tuple([z.string().max(256), z.string().max(64)])
    .safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (!parsed.success || (field === 'createdAt' && Number.isNaN(Date.parse(parsed.data[0])))) {
    throw invalidInput('This page does not exist. Start from the first one.', { cursor: 'Unknown cursor.' })
  }
  const [text, id] = parsed.data
  const value = field === 'name' ? text : new Date(text)
  const beyond = direction === 'asc' ? 'gt' : 'lt'
  return { OR: [{ [field]: { [beyond]: value } }, { [field]: value, id: { [beyond]: id } }] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One model by id, slug or alias. */
export async function getModel(scope: Scope, input: ModelRef): Promise<ModelView> {
  requireRead(scope)
  return scope.tx(async (tx) => {
    const row = await requireModel(tx, scope, input.id)
    return (await toViews(tx, scope, [row]))[0]!
  })
}

/** What a form for a copy is filled with: everything but the secrets. */
export async function duplicateDraft(scope: Scope, input: ModelRef): Promise<ModelDraftView> {
  requireRead(scope, 'admin')
  return scope.tx(async (tx) => {
    const row = await requireModel(tx, scope, input.id)
    const prices = await currentPrices(tx, scope.workspaceId, [row.id], scope.now())
    return {
      type: row.type as ModelType,
      baseUrl: row.baseUrl,
      noKey: row.sealedKey === null,
      name: `${row.name} copy`.slice(0, 128),
      modelId: row.modelId,
      region: row.region as Region,
      description: row.description,
      maxTokens: row.maxTokens,
      temperature: row.temperature,
      ...toDraftPrices(prices.get(row.id)),
      contextTokens: row.contextTokens,
      keyHeader: row.keyHeader || 'authorization',
      // Their values are sealed: the form asks for them.
      headerNames: row.headerNames,
      queryNames: row.queryNames,
      ca: row.ca ?? '',
      timeouts: row.timeouts as ModelDraftView['timeouts'],
      paths: row.paths as ModelDraftView['paths'],
    }
  })
}

/** Every price a model had, has and will have, newest first. */
export async function listPrices(scope: Scope, input: ModelRef): Promise<PriceView[]> {
  requireRead(scope)
  return scope.tx(async (tx) => {
    const model = await requireModel(tx, scope, input.id)
    const rows = await tx.modelPrice.findMany({
      where: { workspaceId: scope.workspaceId, modelId: model.id },
      orderBy: [{ effectiveFrom: 'desc' }, { id: 'desc' }],
      take: 500,
    })
    const makers = await makerNames(
      tx,
      scope.workspaceId,
      rows.map((row) => row.createdBy),
    )
    return rows.map((row) => toPriceView(row, makers))
  })
}

export const SuggestSlugInput = z.object({
  name: z.string().max(1_024),
  modelId: z.string().max(1_024).default(''),
  exceptId: z.string().max(64).optional(),
})
export type SuggestSlugInput = z.input<typeof SuggestSlugInput>

/** The slug that this name would get, and whether another model has the same name: both shown below the field. */
export async function suggestSlug(
  scope: Scope,
  input: SuggestSlugInput,
): Promise<{ slug: string; nameTaken: boolean }> {
  requireRead(scope)
  const { name, modelId, exceptId } = parseInput(SuggestSlugInput, input)
  return scope.tx(async (tx) => {
    const slug = await pickSlug(tx, scope, name, modelId)
    const same = await tx.model.count({
      where: {
        workspaceId: scope.workspaceId,
        deletedAt: null,
        name: { equals: name.trim(), mode: 'insensitive' },
        ...(exceptId && { id: { not: exceptId } }),
      },
    })
    return { slug, nameTaken: same > 0 }
  })
}

import type { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import type { Model } from '#lib/platform/generated/prisma/client.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { requireModel } from './find.ts'
import { normaliseBaseUrl } from './form/base-url.ts'
import { type ModelDraft, readDraft } from './form/draft.ts'
import type { ModelPatch, RawModelInput } from './form/raw.ts'
import type { House } from './house.ts'
import { currentPrices, toDraftPrices } from './prices.ts'
import { cardOf, openConnection, toDraft } from './stored.ts'
import type { ModelRow } from './view.ts'

/** A stored model with some fields changed: the draft that the edit would make. It holds secrets. */
export interface EditedDraft {
  row: ModelRow
  before: ModelDraft
  draft: ModelDraft
  /** Another server, credential or model: it must be proven again. */
  reconnects: boolean
  priceId: string | null
}

/** Merges a patch into what is stored, by the form's own rules. Opens the stored credential where it stays in use. */
export async function readEdit(
  house: House,
  scope: Scope,
  id: string,
  patch: Partial<z.output<typeof ModelPatch>>,
): Promise<EditedDraft> {
  const { row, prices } = await scope.tx(async (tx) => {
    const found = await requireModel(tx, scope, id)
    return { row: found, prices: await currentPrices(tx, scope.workspaceId, [found.id], scope.now()) }
  })
  const price = prices.get(row.id)
  const aliases = row.addresses.filter(({ kind }) => kind === 'alias').map(({ address }) => address)
  const before = toDraft(row, openConnection(house.secrets, row), toDraftPrices(price), aliases)
  const { version: _version, ...changes } = patch
  const moved = movesServer(row, changes.baseUrl)
  const givesKey = Boolean(changes.apiKey) || changes.noKey === true
  if (moved && !givesKey) {
    throw invalidInput(
      'The Base URL changed. Enter the API key again.',
      { apiKey: 'The Base URL changed. Enter the API key again.' },
      'key_required',
    )
  }
  const kept: RawModelInput = {
    ...before,
    noKey: before.apiKey === null,
    ...(moved && { headers: {}, query: {} }),
  }
  const raw: RawModelInput = { ...kept, ...defined(changes) }
  if (!moved) {
    raw.headers = keepValues(raw.headers, before.headers)
    raw.query = keepValues(raw.query, before.query)
  }
  if (changes.apiKey) raw.noKey = false
  else if (changes.noKey) raw.apiKey = null
  const { draft, issues } = readDraft(raw)
  if (!draft) {
    const fields = Object.fromEntries(issues.map((issue) => [issue.path.join('.'), issue.message]))
    throw invalidInput(issues[0]!.message, fields)
  }
  if (draft.slug === '') draft.slug = row.slug
  refuseKnownTemperature(row, draft)
  return { row, before, draft, reconnects: connectionOf(before) !== connectionOf(draft), priceId: price?.id ?? null }
}

/** A form cannot show a stored value: a known name that comes without one keeps what it has. */
function keepValues(given: RawModelInput['headers'], stored: Record<string, string>): RawModelInput['headers'] {
  const pairs = Array.isArray(given) ? given : Object.entries(given ?? {}).map(([name, value]) => ({ name, value }))
  return pairs.map(({ name, value }) => ({ name, value: value || stored[name] || stored[name.toLowerCase()] || '' }))
}

function defined(changes: Partial<RawModelInput>): Partial<RawModelInput> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

/** Its path too: a key belongs to one address. */
function movesServer(row: Model, baseUrl: string | undefined): boolean {
  if (baseUrl === undefined) return false
  const read = normaliseBaseUrl(baseUrl)
  return !read.ok || read.url !== row.baseUrl
}

function connectionOf(draft: ModelDraft): string {
  const { type, baseUrl, apiKey, modelId, keyHeader, headers, query, ca, paths } = draft
  return JSON.stringify([
    type,
    baseUrl,
    apiKey,
    modelId,
    keyHeader,
    Object.entries(headers).sort(),
    Object.entries(query).sort(),
    ca,
    Object.entries(paths).sort(),
  ])
}

/** What the card knows need not be asked of the server again. */
function refuseKnownTemperature(row: Model, draft: ModelDraft): void {
  if (draft.temperature === null || draft.temperature === row.temperature) return
  if (cardOf(row).checks.temperature?.verdict !== 'no') return
  const message = 'This model accepts only its own temperature; leave this empty.'
  throw invalidInput(message, { temperature: message })
}

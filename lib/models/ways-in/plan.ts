import type { RawModelInput } from '../form/raw.ts'
import type { UpdateProfileInput } from '../profile.ts'
import type { CapabilityKey, ModelType, Region, Verdict } from '../vocabulary.ts'
import type { AskView, IntakeSource, PlanView } from './answers.ts'

/** A text that a file gives, or the question that stands in its place; an optional one may stay without an answer. */
export type Value = { given: string } | { ask: string; optional?: true }

/** A model that an import would add. It may hold secrets that the file gives. */
export interface PlanRow {
  key: string
  type: ModelType
  name: string
  slug: string
  modelId: string
  region: Region
  baseUrl: Value
  /** Null: this server needs no key. */
  apiKey: Value | null
  headers: Record<string, Value>
  query: Record<string, Value>
  /** The fields of the form that hold no secret and ask nothing. */
  rest: Pick<
    RawModelInput,
    | 'description'
    | 'maxTokens'
    | 'temperature'
    | 'inputPrice'
    | 'outputPrice'
    | 'cachedInputPrice'
    | 'imagePrice'
    | 'contextTokens'
    | 'keyHeader'
    | 'ca'
    | 'timeouts'
    | 'paths'
  >
  aliases: string[]
  groups: { address: string; weight: number }[]
  /** Verdicts that an admin had set. */
  pins: Partial<Record<CapabilityKey, { verdict: Verdict; reason: string }>>
  /** What of the wire profile was set by hand. */
  profile: Omit<UpdateProfileInput, 'id' | 'version'>
  notes: string[]
  problem: string | null
}

/** What a file asks for: `kind` key is shown as a secret. */
export interface Ask extends Omit<AskView, 'usedBy'> {}

export interface Plan {
  source: IntakeSource
  rows: PlanRow[]
  skipped: { name: string; modelId: string; reason: string }[]
  asks: Ask[]
  notes: string[]
}

/** The questions of a row, each once. */
export function asksOf(row: PlanRow): string[] {
  const values = [
    row.baseUrl,
    ...(row.apiKey ? [row.apiKey] : []),
    ...Object.values(row.headers),
    ...Object.values(row.query),
  ]
  return [...new Set(values.flatMap((value) => ('ask' in value ? [value.ask] : [])))]
}

/** The form of a row, filled with the answers. An empty answer is an empty field; a header or parameter without one is left out. */
export function toRawInput(row: PlanRow, answers: Readonly<Record<string, string>>): RawModelInput {
  const read = (value: Value) => ('given' in value ? value.given : (answers[value.ask] ?? '').trim())
  const pairs = (values: Record<string, Value>) =>
    Object.entries(values)
      .map(([name, value]) => ({ name, value: read(value) }))
      .filter(({ value }) => value !== '')
  const apiKey = row.apiKey === null ? null : read(row.apiKey)
  return {
    ...row.rest,
    type: row.type,
    baseUrl: read(row.baseUrl),
    apiKey,
    noKey: apiKey === null || (apiKey === '' && row.apiKey !== null && 'optional' in row.apiKey),
    name: row.name,
    modelId: row.modelId,
    region: row.region,
    slug: row.slug,
    aliases: row.aliases,
    headers: pairs(row.headers),
    query: pairs(row.query),
  }
}

/** What leaves the server of a plan: no value that a file gives for a key or a header is in it. */
export function toPlanView(plan: Plan, conflicts: ReadonlyMap<string, string> = new Map()): PlanView {
  const uses = new Map<string, number>()
  const members = new Map<string, number>()
  for (const row of plan.rows) {
    for (const ask of asksOf(row)) uses.set(ask, (uses.get(ask) ?? 0) + 1)
    for (const { address } of row.groups) members.set(address, (members.get(address) ?? 0) + 1)
  }
  return {
    source: plan.source,
    rows: plan.rows.map((row) => ({
      key: row.key,
      name: row.name,
      slug: row.slug,
      type: row.type,
      modelId: row.modelId,
      // One with a password in it is refused, and not shown.
      baseUrl: 'given' in row.baseUrl && !row.baseUrl.given.includes('@') ? row.baseUrl.given : '',
      aliases: row.aliases,
      groups: row.groups,
      asks: asksOf(row),
      inputPrice: textOf(row.rest.inputPrice),
      outputPrice: textOf(row.rest.outputPrice),
      notes: row.notes,
      problem: row.problem,
      conflict: conflicts.get(row.key) ?? null,
    })),
    skipped: plan.skipped,
    asks: plan.asks.filter((ask) => uses.has(ask.id)).map((ask) => ({ ...ask, usedBy: uses.get(ask.id) ?? 0 })),
    groups: [...members].map(([address, rows]) => ({ address, rows })),
    notes: plan.notes,
  }
}

function textOf(price: string | number | null | undefined): string | null {
  return price === null || price === undefined || price === '' ? null : String(price)
}

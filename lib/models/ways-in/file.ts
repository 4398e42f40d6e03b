import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { UpdateProfileInput } from '../profile.ts'
import { CapabilityKey, ModelType, Region, Verdict } from '../vocabulary.ts'
import { weightMax } from './pick.ts'
import type { Ask, Plan, PlanRow, Value } from './plan.ts'
import { textCharactersMax } from './yaml.ts'

const text = (max: number) => z.string().max(max)
const price = text(64).nullable().default(null)
const names = z.array(text(256)).max(20).default([])
const milliseconds = z.int().min(0).optional()

const FileModel = z
  .object({
    type: ModelType,
    name: text(256),
    slug: text(63).default(''),
    aliases: z.array(text(256)).max(50).default([]),
    baseUrl: text(2_048),
    modelId: text(1_024),
    region: Region,
    description: text(5_000).default(''),
    needsKey: z.boolean(),
    keyHeader: text(256).default('authorization'),
    /** Names alone: their values are sealed. */
    headers: names,
    query: names,
    ca: text(65_536).default(''),
    paths: z.partialRecord(ModelType, text(256)).default({}),
    timeouts: z
      .object({ connectMs: milliseconds, firstByteMs: milliseconds, idleMs: milliseconds, totalMs: milliseconds })
      .default({}),
    maxTokens: z.int().nullable().default(null),
    temperature: z.number().nullable().default(null),
    contextTokens: z.int().nullable().default(null),
    prices: z
      .object({ input: price, output: price, cachedInput: price, image: price })
      .default({ input: null, output: null, cachedInput: null, image: null }),
    /** What of the wire profile was set by hand; the rest is learned anew. */
    profile: UpdateProfileInput.omit({ id: true, version: true }).default({}),
    /** Verdicts that an admin had set. */
    pins: z.partialRecord(CapabilityKey, z.object({ verdict: Verdict, reason: text(300).default('') })).default({}),
  })
  .describe('One model, without any secret.')
export type FileModel = z.input<typeof FileModel>

const FileGroup = z.object({
  address: text(256),
  members: z.array(z.object({ slug: text(63), weight: z.int().min(1).max(weightMax) })).max(50),
})

const fileFormat = 'patchbay.models'
const modelsMax = 500

export const ModelsFile = z
  .object({
    format: z.literal(fileFormat),
    version: z.literal(1),
    exportedAt: z.iso.datetime(),
    models: z.array(FileModel).max(modelsMax),
    groups: z.array(FileGroup).max(1_000).default([]),
  })
  .describe('Models as a file, without secrets.')
export type ModelsFile = z.input<typeof ModelsFile>

export function makeFile(models: FileModel[], groups: z.input<typeof FileGroup>[], exportedAt: Date): ModelsFile {
  return { format: fileFormat, version: 1, exportedAt: exportedAt.toISOString(), models, groups }
}

/** Reads the text of a file. Throws `invalid_input` on `text`, naming what is wrong and where. */
function parseFile(content: string): z.output<typeof ModelsFile> {
  const wrong = (message: string) => invalidInput(message, { text: message })
  if (content.length > textCharactersMax) throw wrong('The file is larger than 1 MB.')
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch {
    throw wrong('This is not JSON. Choose a file that Patchbay exported.')
  }
  const head = z.object({ format: z.literal(fileFormat), version: z.number() }).safeParse(json)
  if (!head.success) throw wrong('This is no file of models. Choose one that Patchbay exported.')
  if (head.data.version !== 1)
    throw wrong(`The file has version ${head.data.version}; this Patchbay reads version 1. Update it first.`)
  const parsed = ModelsFile.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`The file is damaged at ${issue?.path.join('.').slice(0, 100)}: ${issue?.message.slice(0, 200)}`)
}

/** What a file would become here: one key for each host is asked for, and each sealed header and parameter. */
export function planFile(content: string): Plan {
  const file = parseFile(content)
  const asks = new Map<string, Ask>()
  const ask = (id: string, label: string, kind: Ask['kind'], help: string): Value => {
    asks.set(id, { id, label, kind, optional: kind !== 'key', help })
    return { ask: id }
  }
  const groupsOf = (slug: string) =>
    file.groups.flatMap(({ address, members }) => {
      const member = members.find((each) => each.slug === slug)
      return member ? [{ address, weight: member.weight }] : []
    })
  const rows = file.models.map((model, index): PlanRow => {
    const host = URL.canParse(model.baseUrl) ? new URL(model.baseUrl).host : model.baseUrl.slice(0, 100)
    const sealed = (kind: 'header' | 'parameter') => (name: string) => [
      name,
      ask(`${kind}:${host}:${name}`, `${name}, a ${kind} of ${host}`, 'value', 'Left out where it stays empty.'),
    ]
    return {
      key: `m${index + 1}`,
      type: model.type,
      name: model.name,
      slug: model.slug,
      modelId: model.modelId,
      region: model.region,
      baseUrl: { given: model.baseUrl },
      apiKey: model.needsKey ? ask(`key:${host}`, `API key of ${host}`, 'key', 'A file holds no keys.') : null,
      headers: Object.fromEntries(model.headers.map(sealed('header'))),
      query: Object.fromEntries(model.query.map(sealed('parameter'))),
      rest: {
        description: model.description,
        maxTokens: model.maxTokens,
        temperature: model.temperature,
        inputPrice: model.prices.input,
        outputPrice: model.prices.output,
        cachedInputPrice: model.prices.cachedInput,
        imagePrice: model.prices.image,
        contextTokens: model.contextTokens,
        keyHeader: model.keyHeader,
        ca: model.ca,
        timeouts: model.timeouts,
        paths: model.paths,
      },
      aliases: model.aliases.filter((alias) => alias !== model.slug).slice(0, 20),
      groups: groupsOf(model.slug),
      pins: model.pins,
      profile: model.profile,
      notes: model.aliases.length > 20 ? [`Only 20 of its ${model.aliases.length} aliases are taken over.`] : [],
      problem: null,
    }
  })
  const known = new Set(file.models.map(({ slug }) => slug))
  const lost = file.groups.filter(({ members }) => !members.some(({ slug }) => known.has(slug)))
  const notes = lost.map(({ address }) => `The group “${address}” is left out: none of its models is in the file.`)
  return { source: 'file', rows, skipped: [], asks: [...asks.values()], notes }
}

import { z } from 'zod'
import { ModelType, Region } from '../vocabulary.ts'

const text = (max: number) => z.string().max(max, `At most ${max.toLocaleString('en')} characters.`)
const figure = z.union([z.string().max(64, 'At most 64 characters.'), z.number()]).nullish()
/** `{name: value}` as in the API, or a list of pairs as in the form. */
const pairs = z
  .union([
    z
      .record(z.string().max(256), z.string().max(8_192))
      .refine((record) => Object.keys(record).length <= 20, 'At most 20 of them.'),
    z.array(z.strictObject({ name: text(256), value: text(8_192) })).max(20, 'At most 20 of them.'),
  ])
  .nullish()
const milliseconds = z.union([z.string().max(16), z.number()]).nullish()

const fields = {
  type: z.enum(ModelType.options, 'Choose a Type: chat, completion, embedding or image.'),
  baseUrl: text(4_096),
  apiKey: text(20_000).nullish(),
  /** True: the server needs no key. */
  noKey: z.boolean().nullish(),
  name: text(1_024),
  modelId: text(1_024),
  region: z.enum(Region.options, 'Choose a region: us, eu, uk, apac, global or own.'),
  description: text(5_000).nullish(),
  maxTokens: figure,
  temperature: figure,
  inputPrice: figure,
  outputPrice: figure,
  cachedInputPrice: figure,
  imagePrice: figure,
  /** Empty = from the name. */
  slug: text(256).nullish(),
  aliases: z.array(text(1_024)).max(20, 'At most 20 aliases.').nullish(),
  contextTokens: figure,
  /** `authorization` (as a Bearer token), `api-key`, `x-api-key` or another header. */
  keyHeader: text(256).nullish(),
  headers: pairs,
  query: pairs,
  /** PEM. */
  ca: text(65_536).nullish(),
  timeouts: z
    .strictObject({ connectMs: milliseconds, firstByteMs: milliseconds, idleMs: milliseconds, totalMs: milliseconds })
    .partial()
    .nullish(),
  paths: z
    .strictObject({ chat: text(256), completion: text(256), embedding: text(256), image: text(256) })
    .partial()
    .nullish(),
  /** The person agreed that one picture is made and paid for. Asked for before an image model is really called. */
  imageConsent: z.boolean().nullish(),
}

/** What the form and the management API send: text or numbers as they were typed. */
export const RawModelInput = z.strictObject(fields)
export type RawModelInput = z.input<typeof RawModelInput>

/** An edit: the fields that change, and the version that was read. Null empties a field. */
export const ModelPatch = z.strictObject({
  ...z.strictObject(fields).partial().shape,
  version: z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647),
})
export type ModelPatch = z.infer<typeof ModelPatch>

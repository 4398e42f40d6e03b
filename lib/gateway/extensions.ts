import { z } from 'zod'

const text = (max: number) => z.string().min(1).max(max)
const milliseconds = z.int().min(1).max(3_600_000)
const tags = z.array(text(64)).max(16)
const address = text(512)
/** Only what may be different the next time. */
const retryable = z
  .int()
  .refine((code) => code === 408 || code === 409 || code === 429 || (code >= 500 && code < 600), {
    error: 'must be 408, 409, 429 or 500 to 599',
  })

/** What a caller may add at the top level of the body; cut out before the upstream sees it. */
export const shapes = {
  retry: z.strictObject({ count: z.int().min(0).max(5), on_codes: z.array(retryable).max(20).optional() }),
  fallbacks: z.array(z.strictObject({ model: address })).max(5),
  load_balancer: z.strictObject({
    type: z.enum(['weighted', 'round_robin']),
    models: z
      .array(z.strictObject({ model: address, weight: z.number().gt(0).max(1000).optional() }))
      .min(1)
      .max(16),
  }),
  timeout: z.strictObject({
    call_timeout: milliseconds.optional(),
    first_byte: milliseconds.optional(),
    idle: milliseconds.optional(),
  }),
  cache: z.strictObject({ type: z.literal('exact_match'), ttl: z.int().min(1).max(259_200) }),
  identity: z.strictObject({
    id: text(256),
    display_name: text(256).optional(),
    email: text(320).optional(),
    tags: tags.optional(),
  }),
  thread: z.strictObject({ id: text(256), tags: tags.optional() }),
  name: text(128),
} as const
type ExtensionName = keyof typeof shapes

export type Extensions = { [Name in ExtensionName]?: z.infer<(typeof shapes)[Name]> }

export function isExtension(name: string): name is ExtensionName {
  return Object.hasOwn(shapes, name)
}

export type Checked<Value> = { ok: true; value: Value } | { ok: false; param: string; message: string }

/** Checks one extension's shape; the refusal names the member that is wrong. */
export function checkExtension<Name extends ExtensionName>(name: Name, value: unknown): Checked<Extensions[Name]> {
  return check(name, shapes[name] as unknown as z.ZodType<Extensions[Name]>, value)
}

/** OpenAI's own: 16 pairs, keys up to 64 characters, values up to 512. By hand, because many calls carry it. */
export function checkMetadata(value: unknown): Checked<Record<string, string>> {
  const wrong = (param: string, message: string) => ({ ok: false as const, param, message: `${param} ${message}.` })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('metadata', 'must be an object')
  const pairs = Object.entries(value)
  if (pairs.length > 16) return wrong('metadata', 'has more than 16 pairs')
  for (const [key, text] of pairs) {
    const isNamed = key.length >= 1 && key.length <= 64
    if (isNamed && typeof text === 'string' && text.length <= 512) continue
    const param = `metadata.${key.slice(0, 64)}`
    if (!isNamed) return wrong(param, 'must have a name of 1 to 64 characters')
    return wrong(param, typeof text === 'string' ? 'is longer than 512 characters' : 'must be a string')
  }
  return { ok: true, value: value as Record<string, string> }
}

function check<Value>(name: string, shape: z.ZodType<Value>, value: unknown): Checked<Value> {
  const result = shape.safeParse(value)
  if (result.success) return { ok: true, value: result.data }
  const issue = result.error.issues[0]!
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const param = [...issue.path, ...(unknown === undefined ? [] : [unknown])]
    .reduce<string>((path, step) => path + (typeof step === 'number' ? `[${step}]` : `.${String(step)}`), name)
    .slice(0, 200)
  return {
    ok: false,
    param,
    message: unknown === undefined ? `${param}: ${issue.message}.` : `${param} is not a known member of ${name}.`,
  }
}

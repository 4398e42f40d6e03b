import {
  findMember,
  kindOf,
  type Member,
  readJson,
  readString,
  type ScannedObject,
  scanObject,
  toBuffer,
} from '#lib/openai/scan.ts'
import { type Edit, splice } from '#lib/openai/splice.ts'
import { holdsError } from '#lib/openai/wire/error-body.ts'
import { findUsage, readUsage, type Usage, type UsageFlag } from '#lib/openai/wire/usage.ts'
import type { Form } from './endpoints.ts'
import { countElements, elementsOf } from './nested.ts'
import type { ReadRequest } from './read-request.ts'
import { finishReasonOf } from './responses-watch.ts'
import { generatedBytes, stringAfter } from './stream-watch.ts'

type Encoding = 'float' | 'base64'

/** No server makes more in one call: what counts further is counting to fill a bill or the memory. */
const imagesMax = 1000
const embeddingsMax = 100_000

/** A whole answer with status 2xx, as far as the gateway reads it. */
export type ReadAnswer =
  | {
      kind: 'good'
      object: ScannedObject | null
      usage: Usage | null
      /** What was odd about the usage, also where it is refused. */
      usageFlags: readonly UsageFlag[]
      finishReason: string
      outputBytes: number
    }
  /** The body holds an error in spite of its status. */
  | { kind: 'error'; usage: Usage | null; usageFlags: readonly UsageFlag[] }
  /** HTML, half a JSON, or JSON that is no answer to this call. */
  | { kind: 'nonsense' }

/** Finds usage and finish reason by the scanner; the rest of the body is not parsed. */
export function readAnswer(body: Uint8Array, form: Form): ReadAnswer {
  const scan = scanObject(body)
  if (!scan.ok) return readOdd(body, form)
  const { object } = scan
  const error = findMember(object, 'error')
  const usageFlags: UsageFlag[] = []
  if (error && holdsError({ error: readJson(object, error) }))
    return { kind: 'error', usage: usageOf(object, form, null, usageFlags), usageFlags }
  const items = findMember(object, itemsName[form])
  if (!items || kindOf(object, items) !== 'array') return { kind: 'nonsense' }
  const usage = usageOf(object, form, items, usageFlags)
  return {
    kind: 'good',
    object,
    usage,
    usageFlags,
    finishReason: reasonOf(object, form),
    outputBytes: usage ? 0 : generatedBytes(object.text),
  }
}

/** The member that makes an answer. */
const itemsName: Readonly<Record<Form, string>> = {
  chat: 'choices',
  completion: 'choices',
  embedding: 'data',
  image: 'data',
  responses: 'output',
}

function reasonOf(object: ScannedObject, form: Form): string {
  if (form === 'chat' || form === 'completion') return stringAfter(object.text, '"finish_reason"')
  if (form !== 'responses') return ''
  const read = (name: string) => {
    const member = findMember(object, name)
    return member && readJson(object, member)
  }
  return finishReasonOf({ status: read('status'), incomplete_details: read('incomplete_details') as null })
}

/** What the scanner refuses and `JSON.parse` takes (a byte order mark, a name twice) is still the caller's answer. */
function readOdd(body: Uint8Array, form: Form): ReadAnswer {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(body))
  } catch {
    return { kind: 'nonsense' }
  }
  const usageFlags: UsageFlag[] = []
  const usage = findUsage(value, usageFlags)
  if (holdsError(value)) return { kind: 'error', usage, usageFlags }
  if (
    typeof value !== 'object' ||
    value === null ||
    !Array.isArray((value as Record<string, unknown>)[itemsName[form]])
  )
    return { kind: 'nonsense' }
  return {
    kind: 'good',
    object: null,
    usage,
    usageFlags,
    finishReason: '',
    outputBytes: usage ? 0 : generatedBytes(toBuffer(body).toString('latin1')),
  }
}

function usageOf(object: ScannedObject, form: Form, items: Member | null, flags: UsageFlag[]): Usage | null {
  const member = findMember(object, 'usage')
  let usage = member ? readUsage(readJson(object, member), flags) : null
  if (!usage) {
    const groq = findMember(object, 'x_groq')
    if (groq) usage = findUsage({ x_groq: readJson(object, groq) }, flags)
  }
  if (form !== 'image' || !items) return usage
  // Pictures are counted in the answer: few servers tell a usage for them.
  const images = countElements(object.text, items.valueStart, items.valueEnd, imagesMax)
  return {
    ...(usage ?? { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, flags }),
    images,
  }
}

/** The answer with its embeddings as this call asked for them, and how that is told; null where they are already. */
export function recodeAnswer(
  { object }: Extract<ReadAnswer, { kind: 'good' }>,
  request: ReadRequest,
): { bytes: Uint8Array; adapted: string } | null {
  if (!object) return null
  const member = request.member('encoding_format')
  const asked = member && readString(request.object, member) === 'base64' ? 'base64' : 'float'
  const bytes = recodeEmbeddings(object, asked)
  return bytes && { bytes, adapted: `embedding:${asked === 'float' ? 'base64' : 'float'}>${asked}` }
}

/** Null where they are in this encoding already. */
function recodeEmbeddings(object: ScannedObject, asked: Encoding): Uint8Array | null {
  const data = findMember(object, 'data')
  if (!data || kindOf(object, data) !== 'array') return null
  const edits: Edit[] = []
  for (const [start, end] of elementsOf(object.text, data.valueStart, data.valueEnd)) {
    const item = scanObject(object.bytes.subarray(start, end))
    const member = item.ok && findMember(item.object, 'embedding')
    if (!item.ok || !member) return null
    const kind = kindOf(item.object, member)
    if (kind !== 'array' && kind !== 'string') return null
    // All items of an answer are encoded alike.
    if ((kind === 'array' ? 'float' : 'base64') === asked) return null
    const text = recode(readJson(item.object, member))
    if (text === null || edits.length === embeddingsMax) return null
    edits.push({ start: start + member.valueStart, end: start + member.valueEnd, text })
  }
  return edits.length > 0 ? splice(object.bytes, edits) : null
}

/** OpenAI's base64 embeddings are little-endian 32-bit floats. */
function recode(value: unknown): string | null {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'base64')
    if (bytes.length === 0 || bytes.length % 4 !== 0) return null
    const numbers = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
    return numbers.every(Number.isFinite) ? JSON.stringify(numbers) : null
  }
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'number')) return null
  const bytes = Buffer.alloc(value.length * 4)
  for (const [index, entry] of value.entries()) bytes.writeFloatLE(entry, index * 4)
  return `"${bytes.toString('base64')}"`
}

import { collectStream } from '#lib/openai/wire/collect.ts'
import { SseReader } from '#lib/openai/wire/sse.ts'

/** Prompt and answer of one call, as they are kept: the first bytes of each side, and how many there were. */
export interface KeptWords {
  requestId: string
  request: { kept: Uint8Array; bytes: number }
  answer: { kept: Uint8Array; bytes: number } | null
  /** The answer is a stream of events. */
  stream: boolean
}

/** As attributes hold them: JSON in the form of the GenAI conventions. */
export interface CallContent {
  instructions?: string
  input?: string
  output?: string
  /** Something was too long and is left out. */
  cut: boolean
}

type Part = { type: string } & Record<string, unknown>
interface Message {
  role: string
  parts: Part[]
  finish_reason?: string
}

/** Characters on each side of a call; what came first gives way. */
export const contentTextMax = 16_384
const messagesMax = 200
/** A longer side is not read at all. */
const readBytesMax = 1024 * 1024

/** Never throws: what cannot be read is left out. */
export function toContent({ request, answer, stream }: KeptWords): CallContent {
  const body = parse(textOf(request))
  const answered = answer && (stream ? readStream(textOf(answer)) : parse(textOf(answer)))
  const input = bound(isObject(body) ? readInput(body) : [])
  const output = bound(isObject(answered) ? readOutput(answered) : [])
  const instructions = isObject(body) && typeof body.instructions === 'string' ? body.instructions : ''
  const isWhole = [request, answer].every((side) => !side || side.bytes <= readBytesMax)
  return {
    ...(instructions !== '' && { instructions: JSON.stringify([text(instructions.slice(0, contentTextMax))]) }),
    ...(input.messages.length > 0 && { input: JSON.stringify(input.messages) }),
    ...(output.messages.length > 0 && { output: JSON.stringify(output.messages) }),
    cut: !isWhole || input.cut || output.cut || instructions.length > contentTextMax,
  }
}

/** Chat, Responses, and what has a prompt. */
function readInput(body: Record<string, unknown>): Message[] {
  if (Array.isArray(body.messages)) return body.messages.filter(isObject).map(toMessage)
  if (typeof body.prompt === 'string') return [{ role: 'user', parts: [text(body.prompt)] }]
  if (typeof body.input === 'string') return [{ role: 'user', parts: [text(body.input)] }]
  return Array.isArray(body.input) ? toItems(body.input) : []
}

function readOutput(answer: Record<string, unknown>): Message[] {
  if (Array.isArray(answer.output))
    return toItems(answer.output).map((message) => ({
      ...message,
      finish_reason: answer.status === 'incomplete' ? 'length' : 'stop',
    }))
  if (!Array.isArray(answer.choices)) return []
  return answer.choices.filter(isObject).map((choice) => ({
    ...(isObject(choice.message) ? toMessage(choice.message) : { role: 'assistant', parts: [text(choice.text)] }),
    finish_reason: finishReason(choice.finish_reason),
  }))
}

function finishReason(reason: unknown): string {
  if (typeof reason !== 'string') return 'error'
  return reason === 'tool_calls' || reason === 'function_call' ? 'tool_call' : reason
}

function toMessage(message: Record<string, unknown>): Message {
  const role = typeof message.role === 'string' ? message.role : 'assistant'
  if (role === 'tool')
    return {
      role,
      parts: [{ type: 'tool_call_response', id: message.tool_call_id ?? null, response: message.content }],
    }
  const thought = message.reasoning_content ?? message.reasoning
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : []
  return {
    role,
    parts: [
      ...(typeof thought === 'string' ? [{ type: 'reasoning', content: thought }] : []),
      ...toParts(message.content),
      ...(typeof message.refusal === 'string' ? [text(message.refusal)] : []),
      ...calls.map((call) => toolCall(call.id, isObject(call.function) ? call.function : {})),
    ],
  }
}

/** Items of the Responses API. */
function toItems(items: readonly unknown[]): Message[] {
  return items.filter(isObject).flatMap((item): Message[] => {
    if (item.type === 'function_call') return [{ role: 'assistant', parts: [toolCall(item.call_id, item)] }]
    if (item.type === 'function_call_output')
      return [
        { role: 'tool', parts: [{ type: 'tool_call_response', id: item.call_id ?? null, response: item.output }] },
      ]
    return typeof item.role === 'string' ? [{ role: item.role, parts: toParts(item.content) }] : []
  })
}

function toParts(content: unknown): Part[] {
  if (typeof content === 'string') return [text(content)]
  if (!Array.isArray(content)) return []
  return content.filter(isObject).map((part) => {
    if (typeof part.text === 'string') return text(part.text)
    const image = isObject(part.image_url) ? part.image_url.url : part.image_url
    if (typeof image === 'string' && !image.startsWith('data:')) return { type: 'uri', modality: 'image', uri: image }
    // Bytes of pictures, sound and files stay here.
    return { type: typeof part.type === 'string' ? part.type : 'unknown' }
  })
}

function text(content: unknown): Part {
  return { type: 'text', content: typeof content === 'string' ? content : '' }
}

function toolCall(id: unknown, call: Record<string, unknown>): Part {
  const { name, arguments: given } = call
  const read = typeof given === 'string' ? (parse(given) ?? given) : (given ?? null)
  return { type: 'tool_call', id: id ?? null, name: typeof name === 'string' ? name : '', arguments: read }
}

/** The last messages, as many as there is room for. */
function bound(messages: readonly Message[]): { messages: Message[]; cut: boolean } {
  const kept: Message[] = []
  let left = contentTextMax
  for (const message of messages.toReversed()) {
    if (left <= 0 || kept.length === messagesMax) break
    const parts: Part[] = []
    for (const part of message.parts.toReversed()) {
      const size = JSON.stringify(part).length
      if (size <= left) parts.unshift(part)
      else if (typeof part.content === 'string' && left > 0)
        parts.unshift({ ...part, content: part.content.slice(-left) })
      left -= size
    }
    kept.unshift({ ...message, parts })
  }
  return { messages: kept, cut: left < 0 || kept.length < messages.length }
}

/** The answer that a stream stands for. */
function readStream(events: string): unknown {
  const { answer } = collectStream(events)
  if (answer) return answer
  // The Responses API ends its stream with the whole answer.
  const reader = new SseReader(Number.POSITIVE_INFINITY)
  const all = reader.push(new TextEncoder().encode(events))
  for (const { data } of all.toReversed()) {
    const event = data && parse(new TextDecoder().decode(data))
    if (isObject(event) && isObject(event.response) && Array.isArray(event.response.output)) return event.response
  }
  return undefined
}

function textOf({ kept }: { kept: Uint8Array }): string {
  return kept.length > readBytesMax ? '' : new TextDecoder().decode(kept)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

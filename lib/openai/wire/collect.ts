import { isDone, SseReader } from './sse.ts'

/** A stream as the whole answer that it stands for. */
export interface CollectedStream {
  /** A chat completion or completion in OpenAI's shape; null where no event held a part of one. */
  answer: Record<string, unknown> | null
  /** The last event that is an error; the answer is what came before it. */
  error: unknown
  /** The stream said that it was over. */
  done: boolean
}

interface Delta {
  content?: unknown
  reasoning_content?: unknown
  reasoning?: unknown
  refusal?: unknown
  tool_calls?: unknown
}
interface ChunkChoice {
  index?: unknown
  delta?: Delta | null
  text?: unknown
  finish_reason?: unknown
}
interface Call {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}
interface Choice {
  index: number
  text: string | null
  content: string | null
  thought: string | null
  refusal: string | null
  calls: Map<number, Call>
  finishReason: string | null
}

/** Of a stream's text: pieces of text and of arguments are joined, choice by choice. What is no JSON is passed over. */
export function collectStream(text: string): CollectedStream {
  const choices = new Map<number, Choice>()
  const head: Record<string, unknown> = {}
  let usage: unknown
  let error: unknown
  let done = false
  for (const data of eventsOf(text)) {
    if (isDone(data)) {
      done = true
      continue
    }
    const chunk = parse(data)
    if (!isObject(chunk)) continue
    if (chunk.error) error = chunk.error
    for (const name of ['id', 'created', 'model']) if (head[name] === undefined) head[name] = chunk[name]
    if (chunk.usage) usage = chunk.usage
    if (Array.isArray(chunk.choices)) for (const choice of chunk.choices) if (isObject(choice)) add(choices, choice)
  }
  if (choices.size === 0) return { answer: null, error, done }
  const isChat = [...choices.values()].every((choice) => choice.text === null)
  const answer = {
    ...head,
    object: isChat ? 'chat.completion' : 'text_completion',
    choices: [...choices.values()].sort((one, other) => one.index - other.index).map(isChat ? toChat : toText),
    ...(usage !== undefined && { usage }),
  }
  return { answer, error, done }
}

function* eventsOf(text: string): Generator<Uint8Array> {
  const reader = new SseReader(Number.POSITIVE_INFINITY)
  for (const { data } of reader.push(new TextEncoder().encode(text))) if (data) yield data
  const last = reader.end()
  if (last?.data) yield last.data
}

function add(choices: Map<number, Choice>, { index, delta, text, finish_reason }: ChunkChoice): void {
  const at = typeof index === 'number' ? index : 0
  const choice = choices.get(at) ?? { ...blank, index: at, calls: new Map() }
  choices.set(at, choice)
  const join = (before: string | null, piece: unknown) => (typeof piece === 'string' ? (before ?? '') + piece : before)
  choice.text = join(choice.text, text)
  choice.content = join(choice.content, delta?.content)
  choice.thought = join(choice.thought, delta?.reasoning_content ?? delta?.reasoning)
  choice.refusal = join(choice.refusal, delta?.refusal)
  if (typeof finish_reason === 'string') choice.finishReason = finish_reason
  if (!Array.isArray(delta?.tool_calls)) return
  for (const [place, piece] of delta.tool_calls.entries()) {
    if (!isObject(piece)) continue
    const number = typeof piece.index === 'number' ? piece.index : place
    const call = choice.calls.get(number) ?? { id: '', type: 'function', function: { name: '', arguments: '' } }
    choice.calls.set(number, call)
    if (typeof piece.id === 'string') call.id = piece.id
    const made = isObject(piece.function) ? piece.function : {}
    if (typeof made.name === 'string') call.function.name += made.name
    if (typeof made.arguments === 'string') call.function.arguments += made.arguments
  }
}

const blank = { text: null, content: null, thought: null, refusal: null, finishReason: null }

function toChat({ index, content, thought, refusal, calls, finishReason }: Choice): object {
  const message = {
    role: 'assistant',
    content,
    ...(thought !== null && { reasoning_content: thought }),
    ...(refusal !== null && { refusal }),
    ...(calls.size > 0 && { tool_calls: [...calls.entries()].sort(([a], [b]) => a - b).map(([, call]) => call) }),
  }
  return { index, message, finish_reason: finishReason }
}

function toText({ index, text, finishReason }: Choice): object {
  return { index, text: text ?? '', finish_reason: finishReason }
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data))
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

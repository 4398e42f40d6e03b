/** Reading chat answers, whole and streamed, by hand and tolerant: a probe must not fail on an odd extra. */

export interface ToolCall {
  name: string
  arguments: string
}

export interface ChatAnswer {
  content: string
  reasoning: string
  reasoningField: '' | 'reasoning_content' | 'reasoning'
  toolCalls: ToolCall[]
  toolIndexMissing: boolean
  finishReason: string
  choices: number
  hasLogprobs: boolean
}

type Json = Record<string, unknown>

/** Null where this is no chat completion: what counts is the shape, not the status. */
export function readChat(json: unknown): ChatAnswer | null {
  const choices = isObject(json) && Array.isArray(json.choices) ? json.choices : null
  const first = choices?.[0]
  if (!choices || !isObject(first) || !isObject(first.message)) return null
  const { message } = first
  return {
    content: textOf(message.content),
    ...reasoningOf(message),
    toolCalls: (Array.isArray(message.tool_calls) ? message.tool_calls : []).flatMap((call) =>
      isObject(call) && isObject(call.function)
        ? [{ name: stringOf(call.function.name), arguments: argumentsOf(call.function.arguments) }]
        : [],
    ),
    toolIndexMissing: false,
    finishReason: stringOf(first.finish_reason),
    choices: choices.length,
    hasLogprobs: isObject(first.logprobs) && Array.isArray(first.logprobs.content) && first.logprobs.content.length > 0,
  }
}

/** Puts the chunks of a stream together. Null where none of them is one. */
export function readChatStream(chunks: readonly unknown[]): ChatAnswer | null {
  const answer: ChatAnswer = {
    content: '',
    reasoning: '',
    reasoningField: '',
    toolCalls: [],
    toolIndexMissing: false,
    finishReason: '',
    choices: 0,
    hasLogprobs: false,
  }
  let seen = false
  for (const chunk of chunks) {
    const choice = isObject(chunk) && Array.isArray(chunk.choices) ? chunk.choices[0] : undefined
    if (!isObject(choice)) continue
    const delta = isObject(choice.delta) ? choice.delta : undefined
    if (!delta) continue
    seen = true
    answer.choices = 1
    answer.content += textOf(delta.content)
    const thought = reasoningOf(delta)
    answer.reasoning += thought.reasoning
    if (thought.reasoningField) answer.reasoningField = thought.reasoningField
    if (typeof choice.finish_reason === 'string') answer.finishReason = choice.finish_reason
    for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) addToolDelta(answer, call)
  }
  return seen ? answer : null
}

function addToolDelta(answer: ChatAnswer, call: unknown): void {
  if (!isObject(call)) return
  const part = isObject(call.function) ? call.function : {}
  let index = typeof call.index === 'number' ? call.index : -1
  if (index < 0) {
    answer.toolIndexMissing = true
    // A new id begins a new call; without one the delta belongs to the last.
    index =
      typeof call.id === 'string' && call.id !== '' ? answer.toolCalls.length : Math.max(0, answer.toolCalls.length - 1)
  }
  if (index > 63) return
  while (answer.toolCalls.length <= index) answer.toolCalls.push({ name: '', arguments: '' })
  const target = answer.toolCalls[index]!
  if (typeof part.name === 'string' && target.name === '') target.name = part.name
  if (part.arguments !== undefined) target.arguments += argumentsOf(part.arguments)
}

/** An answer of the Responses API, ended in any way. */
export function isResponse(json: unknown): boolean {
  return isObject(json) && Array.isArray(json.output) && (json.status === 'completed' || json.status === 'incomplete')
}

/** A stream of the Responses API that ends with the whole response. */
export function isResponseStream(chunks: readonly unknown[]): boolean {
  return chunks.some(
    (chunk) =>
      isObject(chunk) &&
      (chunk.type === 'response.completed' || chunk.type === 'response.incomplete') &&
      isResponse(chunk.response),
  )
}

/** The arguments as an object, or null where they are no JSON object. */
export function parseArguments(call: ToolCall | undefined): Json | null {
  return call ? parseObject(call.arguments) : null
}

/** A JSON object in a text, also between code fences; null otherwise. */
export function parseObject(text: string): Json | null {
  const bare = text.trim().replace(/^```(?:json)?\s*|\s*```$/g, '')
  try {
    const value: unknown = JSON.parse(bare)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function reasoningOf(message: Json): Pick<ChatAnswer, 'reasoning' | 'reasoningField'> {
  for (const field of ['reasoning_content', 'reasoning'] as const) {
    const value = message[field]
    if (typeof value === 'string' && value !== '') return { reasoning: value, reasoningField: field }
  }
  const thoughts = (Array.isArray(message.content) ? message.content : []).filter(
    (part) => isObject(part) && (part.type === 'reasoning' || part.type === 'thinking'),
  )
  // Parts of the content are no field of their own: nothing is renamed.
  if (thoughts.length > 0) return { reasoning: JSON.stringify(thoughts), reasoningField: '' }
  return { reasoning: '', reasoningField: '' }
}

/** Text, or the text parts of a list. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

function argumentsOf(value: unknown): string {
  return typeof value === 'string' ? value : isObject(value) ? JSON.stringify(value) : ''
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { z } from 'zod'
import { type ChatInput, type ChatMessage, ChatInput as ChatSchema, readInput } from './inputs.ts'
import { badField, Refusal } from './refusal.ts'
import type { ResponseStore } from './response-store.ts'

const id = z.string().min(1).max(256)
const Parts = z
  .array(
    z.discriminatedUnion('type', [
      z.looseObject({ type: z.enum(['input_text', 'output_text']), text: z.string() }),
      z.looseObject({ type: z.literal('input_image'), image_url: z.string(), detail: z.string().max(20).nullish() }),
      z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
    ]),
  )
  .min(1)
  .max(1_000)
const Content = z.union([z.string(), Parts])

const Item = z.union([
  z.looseObject({ type: z.literal('function_call'), call_id: id, name: id, arguments: z.string() }),
  z.looseObject({ type: z.literal('function_call_output'), call_id: id, output: Content }),
  z.looseObject({ type: z.literal('reasoning'), id }),
  z.looseObject({ type: z.literal('item_reference'), id }),
  z.looseObject({
    type: z.literal('message').optional(),
    role: z.enum(['system', 'developer', 'user', 'assistant']),
    content: Content,
  }),
])
export type ResponseItem = z.infer<typeof Item>

const format = z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) })

export const ResponsesInput = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([z.string(), z.array(Item).min(1).max(10_000)]).optional(),
  instructions: z.string().nullish(),
  previous_response_id: id.nullish(),
  conversation: z.unknown().optional(),
  prompt: z.unknown().optional(),
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  max_output_tokens: z.int().min(16).max(10_000_000).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string().max(64) }))
    .max(128)
    .nullish(),
  tool_choice: z.union([z.string().max(64), z.looseObject({ type: z.string().max(64) })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: format.nullish() }).nullish(),
  reasoning: z.looseObject({ effort: z.string().max(20).nullish() }).nullish(),
  metadata: z.record(z.string().max(64), z.string().max(512)).nullish(),
  user: z.string().max(10_000).nullish(),
})
export type ResponsesInput = z.infer<typeof ResponsesInput>

/** What of the Responses API is not played here. */
const unplayed = ['conversation', 'prompt', 'background'] as const

/** What the model reads: an earlier response first, then this request, references taken apart. */
export function readItems(input: ResponsesInput, key: string, stored: ResponseStore): ResponseItem[] {
  for (const name of unplayed)
    if (input[name] !== undefined && input[name] !== null && input[name] !== false)
      throw badField(name, `'${name}' is not supported by this server.`, 'unsupported_parameter')
  const earlier = input.previous_response_id ? stored.findResponse(key, input.previous_response_id) : []
  if (!earlier)
    throw new Refusal(404, `Previous response with id '${input.previous_response_id}' not found.`, {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    })
  if (input.input === undefined && earlier.length === 0)
    throw badField('input', "Missing required parameter: 'input'.", 'missing_required_parameter')
  if (typeof input.input === 'string') return [...earlier, { role: 'user', content: input.input }]
  const given = (input.input ?? []).map((item, index) => {
    if (item.type !== 'item_reference') return item
    const found = stored.findItem(key, String(item.id))
    if (!found) throw new Refusal(404, `Item with id '${item.id}' not found.`, { param: `input[${index}]` })
    return found
  })
  return [...earlier, ...given]
}

/** The same request as a chat. */
export function toChat(input: ResponsesInput, items: readonly ResponseItem[]): ChatInput {
  const { tools, tool_choice: choice, text } = input
  const functions = tools?.map((tool, index) => {
    if (tool.type === 'function') return { type: 'function', function: { ...tool, type: undefined } }
    throw badField(
      `tools[${index}].type`,
      `The tool '${tool.type}' is not supported by this server.`,
      'unsupported_value',
    )
  })
  const asked = text?.format
  const body = {
    model: input.model,
    messages: [...(input.instructions ? [{ role: 'system', content: input.instructions }] : []), ...toMessages(items)],
    ...(input.stream && { stream: true }),
    ...(input.max_output_tokens && { max_completion_tokens: input.max_output_tokens }),
    ...(input.temperature !== undefined && { temperature: input.temperature }),
    ...(input.top_p !== undefined && { top_p: input.top_p }),
    ...(functions && functions.length > 0 && { tools: functions }),
    ...(choice && functions && functions.length > 0 && { tool_choice: toChoice(choice) }),
    ...(functions && functions.length > 0 && { parallel_tool_calls: input.parallel_tool_calls }),
    ...(asked && { response_format: asked.type === 'json_schema' ? { type: asked.type, json_schema: asked } : asked }),
    ...(input.reasoning?.effort && { reasoning_effort: input.reasoning.effort }),
  }
  return inOwnWords(() => readInput(ChatSchema, body))
}

function toChoice(choice: NonNullable<ResponsesInput['tool_choice']>): unknown {
  return typeof choice === 'object' && choice.type === 'function'
    ? { type: 'function', function: { name: choice.name } }
    : choice
}

function toMessages(items: readonly ResponseItem[]): object[] {
  const messages: { role: string; content?: unknown; tool_calls?: object[]; tool_call_id?: string }[] = []
  for (const item of items) {
    if (item.type === 'reasoning' || item.type === 'item_reference') continue
    if (item.type === 'function_call_output') {
      messages.push({ role: 'tool', tool_call_id: item.call_id as string, content: toContent(item.output) })
    } else if (item.type === 'function_call') {
      const call = { id: item.call_id, type: 'function', function: { name: item.name, arguments: item.arguments } }
      const last = messages.at(-1)
      // What one answer called stands in one message.
      if (last?.role === 'assistant') last.tool_calls = [...(last.tool_calls ?? []), call]
      else messages.push({ role: 'assistant', content: null, tool_calls: [call] })
    } else messages.push({ role: item.role as string, content: toContent(item.content) })
  }
  return messages
}

function toContent(content: unknown): ChatMessage['content'] {
  if (typeof content === 'string') return content
  return (content as z.infer<typeof Parts>).map((part) => {
    if (part.type === 'input_image') return { type: 'image_url' as const, image_url: { url: part.image_url as string } }
    if (part.type === 'refusal') return { type: 'refusal' as const, refusal: part.refusal as string }
    return { type: 'text' as const, text: part.text as string }
  })
}

/** Fields of a chat by the names that they have here. */
const names: readonly (readonly [RegExp, string])[] = [
  [/^messages/, 'input'],
  [/^max_(?:completion_)?tokens/, 'max_output_tokens'],
  [/^response_format(?:\.json_schema)?/, 'text.format'],
  [/^reasoning_effort/, 'reasoning.effort'],
  [/\.function(?=\.)/, ''],
]

/** What a chat would be refused for, about the fields of this request. */
export function inOwnWords<Value>(work: () => Value): Value {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal) || error.param === null) throw error
    const param = names.reduce((text, [chat, own]) => text.replace(chat, own), error.param)
    const { status, message, type, code, headers, extra } = error
    throw new Refusal(status, message, { type, code, param, headers, extra })
  }
}

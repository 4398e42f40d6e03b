import { answerText, type Prompt } from './answer.ts'
import { pictureUrls, seePictures, textOf } from './chat-checks.ts'
import { type Facts, readFacts } from './facts.ts'
import type { KnownModel } from './faults.ts'
import type { ChatInput } from './inputs.ts'
import { badField, Refusal } from './refusal.ts'
import { sampleFromSchema } from './schema-sample.ts'
import { countTokens, splitTokens } from './tokens.ts'
import { callTools, type ToolCall } from './tools.ts'

const tokensPerMessage = 3
const tokensPerReply = 3
const tokensPerPicture = 85

/** One answer, in tokens. Joined they are its texts. */
export interface Choice {
  reasoning: string[]
  content: string[]
  calls: { id: string; name: string; arguments: string[] }[]
  finish: 'stop' | 'length' | 'tool_calls'
  /** Output tokens that were made and are not shown. */
  hiddenTokens: number
}

export interface Conversation {
  inputTokens: number
  choices: Choice[]
}

/** Reads a conversation and makes its answers. Throws `Refusal`. */
export function converse(input: ChatInput, model: KnownModel, newId: () => string): Conversation {
  const inputTokens = countInput(input)
  const limit = input.max_completion_tokens ?? input.max_tokens ?? undefined
  if (inputTokens + Math.min(limit ?? 0, 1) > model.card.contextTokens) {
    const { contextTokens } = model.card
    throw badField(
      'messages',
      `This model's maximum context length is ${contextTokens} tokens. However, your messages resulted in ${inputTokens} tokens.`,
      'context_length_exceeded',
    )
  }
  const ignored = model.behaviour.ignored ?? []
  const prompt = readPrompt(input, model)
  const count = ignored.includes('n') ? 1 : (input.n ?? 1)
  const choices = Array.from({ length: count }, (_, index) =>
    choose(input, model, { ...prompt, variant: prompt.variant + index }, limit, newId),
  )
  return { inputTokens, choices }
}

/** The output tokens of a choice, those of its thoughts included. */
export function tokensOf(choice: Choice): number {
  return (
    choice.reasoning.length +
    choice.content.length +
    choice.hiddenTokens +
    choice.calls.reduce((sum, call) => sum + tokensOfCall(call), 0)
  )
}

/** The tokens of a tool call's name; its arguments come on top. */
export function tokensOfName(call: { name: string }): number {
  return countTokens(call.name)
}

function tokensOfCall(call: { name: string; arguments: string[] }): number {
  return tokensOfName(call) + call.arguments.length
}

function countInput(input: ChatInput): number {
  let tokens = tokensPerReply
  for (const message of input.messages) {
    tokens += tokensPerMessage + countTokens(textOf(message)) + pictureUrls(message).length * tokensPerPicture
    if (message.role === 'assistant')
      for (const call of message.tool_calls ?? [])
        tokens += countTokens(call.function.name) + countTokens(call.function.arguments)
  }
  if (input.tools) tokens += countTokens(JSON.stringify(input.tools))
  if (input.response_format?.type === 'json_schema')
    tokens += countTokens(JSON.stringify(input.response_format.json_schema.schema))
  return tokens
}

function readPrompt(input: ChatInput, { card, behaviour }: KnownModel): Prompt {
  const { messages } = input
  const lastUser = messages.findLastIndex((message) => message.role === 'user')
  const user = messages[lastUser]
  if (messages.some((message) => pictureUrls(message).length > 0) && !card.can.vision)
    throw badField('messages', 'This model does not support image input.', 'unsupported_value')
  // Every picture is opened, so that a broken one is refused wherever it stands.
  const seen = messages.map((message) => seePictures(message))
  const names = new Map(
    messages
      .flatMap((message) => (message.role === 'assistant' ? (message.tool_calls ?? []) : []))
      .map((call) => [call.id, call.function.name]),
  )
  return {
    text: user ? textOf(user) : '',
    system: messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(textOf)
      .join('\n'),
    earlier: messages
      .slice(0, Math.max(0, lastUser))
      .filter(({ role }) => role === 'user')
      .map(textOf),
    sights: behaviour.ignored?.includes('vision') ? [] : (seen[lastUser] ?? []),
    toolResults: messages
      .slice(lastUser + 1)
      .flatMap((message) =>
        message.role === 'tool'
          ? [{ name: names.get(message.tool_call_id) ?? 'tool', text: textOf(message).slice(0, 20_000) }]
          : [],
      ),
    variant: input.seed ?? 0,
  }
}

function choose(
  input: ChatInput,
  model: KnownModel,
  prompt: Prompt,
  limit: number | undefined,
  newId: () => string,
): Choice {
  const { behaviour, card } = model
  const answer = answerText(prompt)
  const facts = readFacts(prompt.text, answer)
  const reasoning = card.can.reasoning && input.reasoning_effort !== 'none' ? splitTokens(think(prompt.text)) : []
  const calls = pickCalls(input, model, prompt, facts)
  if (calls.length > 0 && behaviour.failsToolCalls) throw failedCall(calls[0]!.name)
  const content = calls.length > 0 ? '' : inFormat(input, model, answer, facts)
  const text = splitTokens(behaviour.ignored?.includes('stop') ? content : cutAtStop(content, input.stop))
  const made: Choice = {
    reasoning: behaviour.reasoningOnly ? [...reasoning, ...text] : reasoning,
    content: behaviour.reasoningOnly ? [] : text,
    calls: calls.map((call) => ({ id: newId(), name: call.name, arguments: splitTokens(call.arguments) })),
    finish: calls.length > 0 && !behaviour.finishesWithStop ? 'tool_calls' : 'stop',
    hiddenTokens: 0,
  }
  if (behaviour.outputTokensMin !== undefined && limit !== undefined && limit < behaviour.outputTokensMin) {
    return { reasoning: [], content: [], calls: [], finish: 'length', hiddenTokens: limit }
  }
  return limit === undefined ? made : cut(made, limit)
}

function pickCalls(input: ChatInput, { behaviour }: KnownModel, prompt: Prompt, facts: Facts): ToolCall[] {
  if (!input.tools || behaviour.ignored?.includes('tools')) return []
  const asked = behaviour.ignored?.includes('tool_choice') ? 'auto' : (input.tool_choice ?? 'auto')
  // After a tool has answered, the model talks, unless it must call.
  if (asked === 'auto' && prompt.toolResults.length > 0) return []
  const tools = input.tools.map((tool) => ({
    name: tool.function.name,
    description: tool.function.description ?? '',
    parameters: tool.function.parameters,
  }))
  return callTools(
    tools,
    typeof asked === 'object' ? { name: asked.function.name } : asked,
    input.parallel_tool_calls ?? true,
    facts,
  )
}

function failedCall(name: string): Refusal {
  return new Refusal(400, "Failed to call a function. Please adjust your prompt. See 'failed_generation'.", {
    code: 'tool_use_failed',
    extra: { failed_generation: `<function=${name}{"city": Paris</function>` },
  })
}

function inFormat(input: ChatInput, { behaviour }: KnownModel, answer: string, facts: Facts): string {
  const format = input.response_format
  if (format?.type === 'json_schema' && !behaviour.ignored?.includes('json_schema'))
    return JSON.stringify(sampleFromSchema(format.json_schema.schema, facts))
  if (format?.type === 'json_object' && !behaviour.ignored?.includes('json_object'))
    return JSON.stringify(asObject(facts))
  return answer
}

/** The keys that the prompt names in quotes, or one for the answer. */
function asObject(facts: Facts): unknown {
  const keys = /\b(?:key|field|propert)/i.test(facts.text) ? facts.quoted.filter((word) => /^\w{1,40}$/.test(word)) : []
  if (keys.length === 0) return { answer: facts.answer }
  return sampleFromSchema(
    { type: 'object', required: keys, properties: Object.fromEntries(keys.map((key) => [key, { type: 'string' }])) },
    facts,
  )
}

function think(text: string): string {
  const short = [...text.replace(/\s+/g, ' ').trim()].slice(0, 60).join('')
  return `The user wrote "${short}". I look for the rule that fits, answer in a friendly tone and keep it short.`
}

function cutAtStop(text: string, stop: ChatInput['stop']): string {
  const places = (typeof stop === 'string' ? [stop] : (stop ?? []))
    .filter((mark) => mark !== '')
    .map((mark) => text.indexOf(mark))
    .filter((at) => at >= 0)
  return places.length > 0 ? text.slice(0, Math.min(...places)) : text
}

/** Thoughts first, then words or calls, until the limit is used up. */
function cut(made: Choice, limit: number): Choice {
  if (tokensOf(made) <= limit) return made
  const reasoning = made.reasoning.slice(0, limit)
  let left = limit - reasoning.length
  const content = made.content.slice(0, left)
  left -= content.length
  const calls: Choice['calls'] = []
  for (const call of made.calls) {
    const named = tokensOfName(call)
    if (left < named) break
    calls.push({ ...call, arguments: call.arguments.slice(0, left - named) })
    left -= tokensOfCall(calls.at(-1)!)
  }
  // What does not hold another name was made all the same.
  return { reasoning, content, calls, finish: 'length', hiddenTokens: made.calls.length > 0 ? left : 0 }
}

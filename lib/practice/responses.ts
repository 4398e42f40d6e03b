import { randomBytes } from 'node:crypto'
import type { Bill } from './account.ts'
import { type Choice, type Conversation, converse, tokensOfName } from './chat.ts'
import { checkChat } from './chat-checks.ts'
import { billOf } from './chat-wire.ts'
import type { KnownModel } from './faults.ts'
import { readInput } from './inputs.ts'
import { cannedConversation } from './instant.ts'
import type { Operation } from './made.ts'
import { inOwnWords, type ResponseItem, ResponsesInput, readItems, toChat } from './responses-input.ts'
import type { StreamEvent } from './stream.ts'

const newId = (prefix: string) => prefix + randomBytes(12).toString('hex')
const nothing: Bill = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, images: 0 }
/** Names of a chat's parameters that a request of this API cannot carry. */
const chatOnly = ['max_tokens', 'max_completion_tokens', 'stream_options']

/** OpenAI's Responses API, by the same model that chats. What it keeps belongs to the key. */
export const responses: Operation = (body, { behaviour, ...rest }, { nowMs, key, stored }) => {
  const input = readInput(ResponsesInput, body)
  const refused = Object.entries(behaviour.refusedParameters ?? {}).filter(([name]) => !chatOnly.includes(name))
  const model: KnownModel = { ...rest, behaviour: { ...behaviour, refusedParameters: Object.fromEntries(refused) } }
  const items = readItems(input, key, stored)
  const chat = toChat(input, items)
  const conversation: Conversation = inOwnWords(() => {
    checkChat(chat, model)
    return model.card.id === 'practice-instant' ? cannedConversation : converse(chat, model, () => newId('call_'))
  })
  const bill = behaviour.failsResponses ? nothing : billOf(conversation, behaviour)
  const choice = conversation.choices[0]!
  const output = toItems(choice)
  const head = headOf(input, model, nowMs)
  if (input.store !== false)
    stored.keep(key, head.id, items, new Map(output.map((item) => [item.id, item.done as unknown as ResponseItem])))
  return {
    bill,
    streamAsked: input.stream === true,
    whole: () => ({ ...head, ...endOf(choice, output, bill, model) }),
    events: () => toEvents(choice, output, head, bill, model),
  }
}

/** One item of the output: how it begins, how it ends, and what of it is told piece by piece. */
interface MadeItem {
  id: string
  opened: object
  done: object
  pieces: Iterable<Piece>
  /** Output tokens that come with its beginning. */
  tokens: number
}

type Piece = { name: string; data: object; tokens?: number; reasoningTokens?: number }

function toItems(choice: Choice): MadeItem[] {
  const items: MadeItem[] = []
  if (choice.reasoning.length > 0) items.push(reasoningItem(choice.reasoning))
  if (choice.calls.length === 0) items.push(messageItem(choice.content, choice.finish === 'length'))
  for (const call of choice.calls) items.push(callItem(call))
  return items
}

function reasoningItem(tokens: readonly string[]): MadeItem {
  const id = newId('rs_')
  const part = { type: 'summary_text', text: tokens.join('') }
  const at = { item_id: id, summary_index: 0 }
  return {
    id,
    tokens: 0,
    opened: { id, type: 'reasoning', summary: [] },
    done: { id, type: 'reasoning', summary: [part] },
    pieces: [
      { name: 'reasoning_summary_part.added', data: { ...at, part: { ...part, text: '' } } },
      ...tokens.map((delta) => ({
        name: 'reasoning_summary_text.delta',
        data: { ...at, delta },
        tokens: 1,
        reasoningTokens: 1,
      })),
      { name: 'reasoning_summary_text.done', data: { ...at, text: part.text } },
      { name: 'reasoning_summary_part.done', data: { ...at, part } },
    ],
  }
}

function messageItem(tokens: readonly string[], isCut: boolean): MadeItem {
  const id = newId('msg_')
  const base = { id, type: 'message', role: 'assistant' }
  const part = { type: 'output_text', text: tokens.join(''), annotations: [], logprobs: [] }
  const at = { item_id: id, content_index: 0 }
  return {
    id,
    tokens: 0,
    opened: { ...base, status: 'in_progress', content: [] },
    done: { ...base, status: isCut ? 'incomplete' : 'completed', content: [part] },
    pieces: [
      { name: 'content_part.added', data: { ...at, part: { ...part, text: '' } } },
      ...tokens.map((delta) => ({ name: 'output_text.delta', data: { ...at, delta, logprobs: [] }, tokens: 1 })),
      { name: 'output_text.done', data: { ...at, text: part.text, logprobs: [] } },
      { name: 'content_part.done', data: { ...at, part } },
    ],
  }
}

function callItem(call: Choice['calls'][number]): MadeItem {
  const id = newId('fc_')
  const base = { id, type: 'function_call', call_id: call.id, name: call.name }
  const text = call.arguments.join('')
  return {
    id,
    tokens: tokensOfName(call),
    opened: { ...base, arguments: '', status: 'in_progress' },
    done: { ...base, arguments: text, status: 'completed' },
    pieces: [
      ...call.arguments.map((delta) => ({
        name: 'function_call_arguments.delta',
        data: { item_id: id, delta },
        tokens: 1,
      })),
      { name: 'function_call_arguments.done', data: { item_id: id, name: call.name, arguments: text } },
    ],
  }
}

/** What every state of the response begins with. */
function headOf(input: ResponsesInput, { id, behaviour }: KnownModel, nowMs: number) {
  return {
    id: newId('resp_'),
    object: 'response',
    created_at: Math.floor(nowMs / 1000),
    background: false,
    instructions: input.instructions ?? null,
    max_output_tokens: input.max_output_tokens ?? null,
    metadata: input.metadata ?? {},
    model: behaviour.answersAs ?? id,
    parallel_tool_calls: input.parallel_tool_calls ?? true,
    previous_response_id: input.previous_response_id ?? null,
    reasoning: { effort: input.reasoning?.effort ?? null, summary: null },
    store: input.store ?? true,
    temperature: input.temperature ?? 1,
    text: input.text ?? { format: { type: 'text' } },
    tool_choice: input.tool_choice ?? 'auto',
    tools: input.tools ?? [],
    top_p: input.top_p ?? 1,
    truncation: 'disabled',
    user: input.user ?? null,
  }
}

const failure = { code: 'server_error', message: 'The model failed to make a response.' }

function endOf(choice: Choice, items: readonly MadeItem[], bill: Bill, { behaviour }: KnownModel): object {
  const usage = usageOf(bill, behaviour.usage)
  if (behaviour.failsResponses)
    return { status: 'failed', error: failure, incomplete_details: null, output: [], usage: null }
  const isCut = choice.finish === 'length'
  return {
    status: isCut ? 'incomplete' : 'completed',
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: items.map(({ done }) => done),
    usage,
  }
}

function usageOf(bill: Bill, manner: KnownModel['behaviour']['usage']): object | null {
  if (manner === 'none') return null
  if (manner === 'absurd') return { input_tokens: -5, output_tokens: 1e15, total_tokens: 'many' }
  return {
    input_tokens: bill.inputTokens,
    input_tokens_details: { cached_tokens: bill.cachedInputTokens },
    output_tokens: bill.outputTokens,
    output_tokens_details: { reasoning_tokens: bill.reasoningTokens },
    total_tokens: bill.inputTokens + bill.outputTokens,
  }
}

/** The response as the events of a stream. Their tokens add up to those of the bill. */
function* toEvents(
  choice: Choice,
  items: readonly MadeItem[],
  head: ReturnType<typeof headOf>,
  bill: Bill,
  model: KnownModel,
): Generator<StreamEvent> {
  let sequence_number = 0
  const event = (type: string, data: object, tokens = 0, reasoningTokens = 0): StreamEvent => ({
    name: type,
    data: { type, sequence_number: sequence_number++, ...data },
    tokens,
    reasoningTokens,
  })
  const begun = { status: 'in_progress', error: null, incomplete_details: null, output: [], usage: null }
  for (const name of ['created', 'in_progress']) yield event(`response.${name}`, { response: { ...head, ...begun } })
  for (const [output_index, { opened, done, pieces, tokens }] of items.entries()) {
    yield event('response.output_item.added', { output_index, item: opened }, tokens)
    for (const piece of pieces)
      yield event(`response.${piece.name}`, { output_index, ...piece.data }, piece.tokens, piece.reasoningTokens)
    yield event('response.output_item.done', { output_index, item: done })
  }
  const end = endOf(choice, items, bill, model)
  yield event(`response.${(end as { status: string }).status}`, { response: { ...head, ...end } }, choice.hiddenTokens)
}

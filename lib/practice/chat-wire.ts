import type { Bill } from './account.ts'
import type { Behaviour } from './behaviour.ts'
import { type Choice, type Conversation, tokensOf, tokensOfName } from './chat.ts'
import type { KnownModel } from './faults.ts'
import { hashText } from './hash.ts'
import type { ChatInput } from './inputs.ts'
import type { StreamEvent } from './stream.ts'

/** What stands at the head of every answer. */
export interface Head {
  id: string
  created: number
}

/** What a conversation costs. Cached tokens only where the model has that manner. */
export function billOf({ inputTokens, choices }: Conversation, behaviour: Behaviour): Bill {
  return {
    inputTokens,
    cachedInputTokens: behaviour.usage === 'cached' ? Math.floor(inputTokens / 2) : 0,
    outputTokens: choices.reduce((sum, choice) => sum + tokensOf(choice), 0),
    reasoningTokens: choices.reduce((sum, choice) => sum + choice.reasoning.length, 0),
    images: 0,
  }
}

/** OpenAI's `usage`; undefined where the model never tells. */
export function toUsage(bill: Bill, behaviour: Behaviour): object | undefined {
  if (behaviour.usage === 'none') return undefined
  if (behaviour.usage === 'absurd') return { prompt_tokens: -5, completion_tokens: 1e15, total_tokens: 'many' }
  const outside = behaviour.usage === 'reasoning-outside'
  return {
    prompt_tokens: bill.inputTokens,
    completion_tokens: outside ? bill.outputTokens - bill.reasoningTokens : bill.outputTokens,
    total_tokens: bill.inputTokens + bill.outputTokens,
    prompt_tokens_details: { cached_tokens: bill.cachedInputTokens, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: bill.reasoningTokens, audio_tokens: 0 },
  }
}

function reasoningPart(text: string, behaviour: Behaviour): object {
  if (text === '' || behaviour.reasoningField === 'hidden') return {}
  if (behaviour.reasoningField === 'content-parts') return { content: [thoughtPart(text)] }
  return { [behaviour.reasoningField === 'reasoning' ? 'reasoning' : 'reasoning_content']: text }
}

function thoughtPart(text: string): object {
  return { type: 'reasoning', summary: [{ type: 'summary_text', text }] }
}

/** The whole answer as a `chat.completion`. */
export function toCompletion(input: ChatInput, model: KnownModel, conversation: Conversation, head: Head): object {
  const { behaviour } = model
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: behaviour.answersAs ?? model.id,
    choices: conversation.choices.map((choice, index) => toChoice(input, choice, index, behaviour)),
    usage: toUsage(billOf(conversation, behaviour), behaviour),
    system_fingerprint: 'fp_practice',
  }
}

function toChoice(input: ChatInput, choice: Choice, index: number, behaviour: Behaviour): object {
  const thoughts = choice.reasoning.join('')
  const words = choice.content.join('')
  const inTags = behaviour.reasoningField === 'think-tags' && thoughts !== ''
  return {
    index,
    message: {
      role: 'assistant',
      content: inTags ? `<think>${thoughts}</think>${words}` : choice.calls.length > 0 ? null : words,
      refusal: null,
      ...(inTags ? {} : reasoningPart(thoughts, behaviour)),
      ...(behaviour.reasoningField === 'content-parts' && choice.calls.length === 0
        ? { content: [...(thoughts ? [thoughtPart(thoughts)] : []), { type: 'text', text: words }] }
        : {}),
      ...(choice.calls.length > 0
        ? {
            tool_calls: choice.calls.map((call) => ({
              id: call.id,
              type: 'function',
              function: { name: call.name, arguments: call.arguments.join('') },
            })),
          }
        : {}),
    },
    logprobs: wantsLogprobs(input, behaviour)
      ? { content: choice.content.map((token) => toLogprob(token, input.top_logprobs ?? 0)), refusal: null }
      : null,
    finish_reason: choice.finish,
  }
}

function wantsLogprobs(input: ChatInput, behaviour: Behaviour): boolean {
  return input.logprobs === true && !behaviour.ignored?.includes('logprobs')
}

/** A likelihood from the token's own hash: stable, below zero, plausible. */
function toLogprob(token: string, top: number): object {
  const logprob = -(hashText(token) % 1_000) / 2_000
  const entry = (text: string, value: number) => ({ token: text, logprob: value, bytes: [...Buffer.from(text)] })
  const others = Array.from({ length: Math.max(0, top - 1) }, (_, index) =>
    entry(`${token.trim()}${String.fromCharCode(97 + index)}`, logprob - 2 - index),
  )
  return { ...entry(token, logprob), top_logprobs: top > 0 ? [entry(token, logprob), ...others] : [] }
}

/** The answer as the events of a stream. Their tokens add up to those of the bill. */
export function* toChunks(
  input: ChatInput,
  model: KnownModel,
  conversation: Conversation,
  head: Head,
): Generator<StreamEvent> {
  const { behaviour } = model
  const bill = billOf(conversation, behaviour)
  const asked = input.stream_options?.include_usage === true
  const base = {
    id: head.id,
    object: 'chat.completion.chunk',
    created: head.created,
    model: behaviour.answersAs ?? model.id,
    system_fingerprint: 'fp_practice',
  }
  let told = 0
  let thought = 0
  const withUsage = (tokens: number, reasoningTokens: number, isLast: boolean): object => {
    told += tokens
    thought += reasoningTokens
    if (behaviour.usage === 'every-chunk')
      return { usage: toUsage({ ...bill, outputTokens: told, reasoningTokens: thought }, behaviour) }
    if (behaviour.usage === 'groq' && isLast) return { x_groq: { id: head.id, usage: toUsage(bill, behaviour) } }
    if (behaviour.usage === 'with-choices') return isLast ? { usage: toUsage(bill, behaviour) } : {}
    return asked && behaviour.usage !== 'none' ? { usage: null } : {}
  }
  for (const [index, choice] of conversation.choices.entries()) {
    const event = (
      delta: object,
      tokens: number,
      reasoningTokens = 0,
      finish: string | null = null,
      logprobs: object | null = null,
    ): StreamEvent => {
      const isLast = finish !== null && index === conversation.choices.length - 1
      const data = {
        ...base,
        choices: [{ index, delta, logprobs, finish_reason: finish }],
        ...withUsage(tokens, reasoningTokens, isLast),
      }
      return { data, tokens, reasoningTokens }
    }
    yield event({ role: 'assistant', content: choice.calls.length > 0 ? null : '', refusal: null }, 0)
    yield* thoughts(choice, behaviour, event)
    for (const token of choice.content) {
      const logprobs = wantsLogprobs(input, behaviour)
        ? { content: [toLogprob(token, input.top_logprobs ?? 0)], refusal: null }
        : null
      yield event({ content: token }, 1, 0, null, logprobs)
    }
    for (const [place, call] of choice.calls.entries()) {
      const at = behaviour.toolDeltasWithoutIndex ? {} : { index: place }
      const opening = { ...at, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }
      yield event({ tool_calls: [opening] }, tokensOfName(call))
      for (const token of call.arguments) yield event({ tool_calls: [{ ...at, function: { arguments: token } }] }, 1)
    }
    yield event({}, choice.hiddenTokens, 0, choice.finish)
  }
  const isApart =
    behaviour.usage === undefined ||
    behaviour.usage === 'cached' ||
    behaviour.usage === 'groq' ||
    behaviour.usage === 'reasoning-outside' ||
    behaviour.usage === 'absurd'
  if ((asked && isApart) || behaviour.usage === 'always')
    yield { data: { ...base, choices: [], usage: toUsage(bill, behaviour) }, tokens: 0 }
}

type MakeEvent = (delta: object, tokens: number, reasoningTokens?: number) => StreamEvent

function* thoughts(choice: Choice, behaviour: Behaviour, event: MakeEvent): Generator<StreamEvent> {
  if (choice.reasoning.length === 0) return
  const inTags = behaviour.reasoningField === 'think-tags'
  if (inTags) yield event({ content: '<think>' }, 0)
  for (const token of choice.reasoning) yield event(inTags ? { content: token } : reasoningPart(token, behaviour), 1, 1)
  if (inTags) yield event({ content: '</think>' }, 0)
}

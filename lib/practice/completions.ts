import { answerByRule } from './answer.ts'
import { toUsage } from './chat-wire.ts'
import type { KnownModel } from './faults.ts'
import { hashText } from './hash.ts'
import type { CompletionInput } from './inputs.ts'
import type { Made } from './made.ts'
import { sentences } from './phrases.ts'
import { badField } from './refusal.ts'
import type { StreamEvent } from './stream.ts'
import { countTokens, splitTokens } from './tokens.ts'

const outputTokensDefault = 16

interface Continuation {
  /** Repeated before the answer where that was asked for; not an output token. */
  echo: string
  tokens: string[]
  finish: 'stop' | 'length'
}

/** Legacy completions: the prompt goes on. Several prompts and `n` multiply the choices. */
export function makeCompletions(
  input: CompletionInput,
  model: KnownModel,
  head: { id: string; created: number },
): Made {
  const prompts = listPrompts(input.prompt)
  const inputTokens = prompts.reduce(
    (sum, prompt) => sum + (typeof prompt === 'string' ? countTokens(prompt) : prompt.length),
    0,
  )
  const { contextTokens } = model.card
  if (inputTokens > contextTokens)
    throw badField(
      'prompt',
      `This model's maximum context length is ${contextTokens} tokens, however you requested ${inputTokens} tokens.`,
      'context_length_exceeded',
    )
  const limit = input.max_tokens ?? outputTokensDefault
  const choices = prompts.flatMap((prompt) =>
    Array.from({ length: input.n ?? 1 }, (_, index) => goOn(prompt, input, limit, index)),
  )
  const { behaviour } = model
  const bill = {
    inputTokens,
    cachedInputTokens: 0,
    outputTokens: choices.reduce((sum, { tokens }) => sum + tokens.length, 0),
    reasoningTokens: 0,
    images: 0,
  }
  const base = { id: head.id, object: 'text_completion', created: head.created, model: behaviour.answersAs ?? model.id }
  return {
    bill,
    streamAsked: input.stream === true,
    whole: () => ({
      ...base,
      choices: choices.map(({ echo, tokens, finish }, index) => ({
        text: echo + tokens.join(''),
        index,
        logprobs: typeof input.logprobs === 'number' ? toLogprobs(echo, tokens) : null,
        finish_reason: finish,
      })),
      usage: toUsage(bill, behaviour),
    }),
    events: () => toEvents(input, model, choices, bill, base),
  }
}

function* toEvents(
  input: CompletionInput,
  { behaviour }: KnownModel,
  choices: Continuation[],
  bill: Made['bill'],
  base: object,
): Generator<StreamEvent> {
  const asked = input.stream_options?.include_usage === true
  let told = 0
  const usage = (tokens: number, isLast: boolean): object => {
    told += tokens
    if (behaviour.usage === 'every-chunk') return { usage: toUsage({ ...bill, outputTokens: told }, behaviour) }
    if (behaviour.usage === 'with-choices') return isLast ? { usage: toUsage(bill, behaviour) } : {}
    return asked && behaviour.usage !== 'none' ? { usage: null } : {}
  }
  for (const [index, { echo, tokens, finish }] of choices.entries()) {
    const event = (text: string, count: number, finished: string | null = null): StreamEvent => ({
      data: {
        ...base,
        choices: [{ text, index, logprobs: null, finish_reason: finished }],
        ...usage(count, finished !== null && index === choices.length - 1),
      },
      tokens: count,
    })
    if (echo !== '') yield event(echo, 0)
    for (const token of tokens) yield event(token, 1)
    yield event('', 0, finish)
  }
  if (asked && (behaviour.usage === undefined || behaviour.usage === 'absurd'))
    yield { data: { ...base, choices: [], usage: toUsage(bill, behaviour) }, tokens: 0 }
}

function listPrompts(prompt: CompletionInput['prompt']): (string | number[])[] {
  if (typeof prompt === 'string') return [prompt]
  return isTokens(prompt) ? [prompt] : prompt
}

function isTokens(prompt: unknown[]): prompt is number[] {
  return typeof prompt[0] === 'number'
}

function goOn(prompt: string | number[], input: CompletionInput, limit: number, variant: number): Continuation {
  const text = typeof prompt === 'string' ? prompt : `tokens ${prompt.slice(0, 100).join(' ')}`
  const stops = (typeof input.stop === 'string' ? [input.stop] : (input.stop ?? [])).filter((stop) => stop !== '')
  const whole = continueText(text, variant + (input.seed ?? 0))
  const ends = stops.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0)
  const tokens = splitTokens(ends.length > 0 ? whole.slice(0, Math.min(...ends)) : whole)
  return {
    echo: input.echo ? text : '',
    tokens: tokens.slice(0, limit),
    finish: tokens.length > limit ? 'length' : 'stop',
  }
}

/** What comes next: the rest of an answer that begins with the prompt itself, else an answer, else a sentence. */
function continueText(text: string, variant: number): string {
  const trimmed = text.slice(0, 20_000).trim()
  const known = answerByRule(trimmed, { text: trimmed, system: '', earlier: [], sights: [], toolResults: [], variant })
  if (known?.toLowerCase().startsWith(trimmed.toLowerCase())) return known.slice(trimmed.length)
  if (known !== undefined) return `\n\n${known}`
  const opening = /\bonce upon a time\W*$/i.test(trimmed)
    ? ' there was a small server that answered every letter it received.'
    : ' and so it goes on.'
  const start = hashText(trimmed, variant)
  return (
    opening +
    [0, 1, 2].map((index) => ` ${sentences[(start + index) % sentences.length]!.replace('{}', 'the story')}`).join('')
  )
}

function toLogprobs(echo: string, tokens: string[]): object {
  let offset = echo.length
  return {
    tokens,
    token_logprobs: tokens.map((token) => -(hashText(token) % 1_000) / 2_000),
    top_logprobs: null,
    text_offset: tokens.map((token) => {
      offset += token.length
      return offset - token.length
    }),
  }
}

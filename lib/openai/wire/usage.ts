/*
 * What an answer says about its own size, from every dialect into one normal form. The rules come from what servers were
 * seen to send: OpenAI's chat and responses, DeepSeek's cache hits, Groq's `x_groq`, Mistral's and Anthropic's names for
 * cached tokens, xAI's reasoning and cached tokens outside of the totals.
 */

export type UsageFlag =
  /** A count that is negative, no whole number, not a number at all or absurdly large: treated as not given. */
  | 'refused_count'
  /** Reasoning tokens came on top of the output tokens and were added to them. */
  | 'reasoning_outside'
  /** Cached tokens came on top of the input tokens and were added to them. */
  | 'cached_outside'
  /** A count was worked out from the total and the other one. */
  | 'derived'

/** Whole numbers, 0 or more. */
export interface Usage {
  /** Cached tokens included. */
  inputTokens: number
  /** Never more than `inputTokens`. */
  cachedInputTokens: number
  /** Reasoning tokens included. */
  outputTokens: number
  /** Never more than `outputTokens`. */
  reasoningTokens: number
  images: number
  flags: UsageFlag[]
}

/** More tokens than this in one call are not believed. */
export const usageTokensMax = 100_000_000

type Json = Record<string, unknown>

/**
 * Reads a `usage` object. Null where there is none, or where what matters in it is refused: then the call has to be
 * estimated. `flags` collects what was odd also in that case.
 */
export function readUsage(value: unknown, flags: UsageFlag[] = []): Usage | null {
  if (!isObject(value)) return null
  const mark = (flag: UsageFlag) => {
    if (!flags.includes(flag)) flags.push(flag)
  }
  // `undefined`: not given. `null`: given and refused.
  const count = (...candidates: unknown[]): number | null | undefined => {
    const given = candidates.find((candidate) => candidate !== undefined && candidate !== null)
    if (given === undefined) return undefined
    if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= usageTokensMax) return given
    mark('refused_count')
    return null
  }
  const inputDetails = firstObject(value.prompt_tokens_details, value.input_tokens_details, value.prompt_token_details)
  const outputDetails = firstObject(value.completion_tokens_details, value.output_tokens_details)
  let input = count(value.prompt_tokens, value.input_tokens)
  let output = count(value.completion_tokens, value.output_tokens)
  const total = count(value.total_tokens)
  const hits = count(value.prompt_cache_hit_tokens)
  const misses = count(value.prompt_cache_miss_tokens)
  let cached =
    count(inputDetails.cached_tokens, value.cached_tokens, value.num_cached_tokens) ??
    hits ??
    count(value.cache_read_input_tokens) ??
    0
  const reasoning = count(outputDetails.reasoning_tokens, value.reasoning_tokens) ?? 0
  if (input === null || output === null) return null

  if (input === undefined && typeof hits === 'number' && typeof misses === 'number') input = hits + misses
  if (input === undefined && output === undefined) {
    // Embeddings of some servers tell the total alone; they have no output.
    if (typeof total !== 'number') return null
    mark('derived')
    input = total
  } else if (typeof total === 'number') {
    if (input === undefined && total >= output!) {
      input = total - output!
      mark('derived')
    } else if (output === undefined && total > input!) {
      output = total - input!
      mark('derived')
    }
  }
  if (input === undefined) return null
  output ??= 0

  // Anthropic's own counts leave both kinds of cached tokens out of `input_tokens`.
  if (value.prompt_tokens === undefined && value.cache_read_input_tokens !== undefined) {
    input += cached + (count(value.cache_creation_input_tokens) ?? 0)
    mark('cached_outside')
  } else if (cached > input) {
    input += cached
    mark('cached_outside')
  }
  const isOutside =
    reasoning > output || (reasoning > 0 && typeof total === 'number' && total === input + output + reasoning)
  if (isOutside) {
    output += reasoning
    mark('reasoning_outside')
  }
  cached = Math.min(cached, input)
  return {
    inputTokens: input,
    cachedInputTokens: cached,
    outputTokens: output,
    reasoningTokens: reasoning,
    images: 0,
    flags,
  }
}

/**
 * The usage that an answer, a chunk of a stream or an event carries: at the top, in `x_groq`, or in the `response` of a
 * responses event. Null without one.
 */
export function findUsage(body: unknown, flags: UsageFlag[] = []): Usage | null {
  if (!isObject(body)) return null
  return (
    readUsage(body.usage, flags) ??
    readUsage(isObject(body.x_groq) ? body.x_groq.usage : undefined, flags) ??
    readUsage(isObject(body.response) ? body.response.usage : undefined, flags)
  )
}

/** Follows a stream: counts are cumulative, any chunk may carry them, the last one wins. */
export class UsageWatch {
  usage: Usage | null = null
  readonly flags: UsageFlag[] = []

  /** Takes a parsed chunk. */
  see(chunk: unknown): void {
    const usage = findUsage(chunk, this.flags)
    if (usage) this.usage = usage
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstObject(...values: unknown[]): Json {
  return values.find(isObject) ?? {}
}

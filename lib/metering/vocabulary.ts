// Words without Zod: a page that only shows them need not fetch it.

/** What a request came from. */
export const sources = [
  'gateway',
  'try',
  'playground',
  'deployment',
  'experiment',
  'judge',
  'guardrail',
  'validation',
  'drift',
] as const

export const outcomes = ['ok', 'error', 'aborted', 'truncated', 'refused', 'lost'] as const

/** What a stored answer had to do with a request. */
export const cacheUses = ['hit', 'miss', 'replay'] as const

export const ratings = ['good', 'bad'] as const

/** Requests of which somebody said so; `corrected`: how the answer should have been; `any`: anything. */
export const feedbackFilters = ['good', 'bad', 'corrected', 'any'] as const

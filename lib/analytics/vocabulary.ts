// Words without Zod: a page that only shows them need not fetch it.

export const ranges = ['1h', '24h', '7d', '30d', '90d', 'month', 'custom'] as const

export const statusClasses = ['2xx', '4xx', '5xx'] as const

/** How a provider's bill is written. */
export const billFormats = ['openai-costs', 'openai-usage', 'openrouter', 'plain', 'usage', 'total'] as const
export type BillFormat = (typeof billFormats)[number]

/** What its columns hold. */
export const billFields = ['date', 'model', 'cost', 'requests', 'inputTokens', 'outputTokens'] as const
export type BillField = (typeof billFields)[number]

/** What a series is split by. */
export const seriesGroups = ['model', 'key', 'deployment', 'source', 'status'] as const

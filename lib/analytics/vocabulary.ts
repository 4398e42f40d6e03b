// Words without Zod: a page that only shows them need not fetch it.

export const ranges = ['1h', '24h', '7d', '30d', '90d', 'month', 'custom'] as const

export const statusClasses = ['2xx', '4xx', '5xx'] as const

/** What a series is split by. */
export const seriesGroups = ['model', 'key', 'deployment', 'source', 'status'] as const

// Words without Zod: a page that only shows them need not fetch it.

export const conditions = ['cost', 'error_rate', 'latency', 'budget', 'unpriced', 'failing_model', 'drift'] as const
export type ConditionName = (typeof conditions)[number]

export const ruleScopes = ['workspace', 'model', 'deployment', 'key', 'budget'] as const
export type AlertScopeName = (typeof ruleScopes)[number]

/** Minutes that a rule may look back. */
export const windows = [5, 15, 60, 360, 1_440, 10_080, 43_200] as const

export const percentiles = [50, 95, 99] as const

export const channelKinds = ['email', 'slack', 'webhook'] as const

/** The workspace's own notices that a channel may be sent, and the kinds they are raised under. */
export const noticeKinds = {
  budget: ['budget.share'],
  failing_model: ['model.watch'],
  key_refused: ['model.key_refused'],
  drift: ['model.changed'],
} as const
export const noticeGroups = [
  'budget',
  'failing_model',
  'key_refused',
  'drift',
] as const satisfies (keyof typeof noticeKinds)[]

export const events = ['alert.fired', 'alert.resolved', 'notice', 'test'] as const

export const deliveryStates = ['waiting', 'delivered', 'failed'] as const

/** What a condition may be about, and what of a rule it makes use of. */
export const conditionFacts: Readonly<
  Record<ConditionName, { scopes: readonly AlertScopeName[]; hasWindow: boolean; hasCallsMin: boolean }>
> = {
  cost: { scopes: ['workspace', 'model', 'deployment', 'key'], hasWindow: true, hasCallsMin: false },
  error_rate: { scopes: ['workspace', 'model', 'deployment', 'key'], hasWindow: true, hasCallsMin: true },
  latency: { scopes: ['workspace', 'model', 'deployment'], hasWindow: true, hasCallsMin: true },
  budget: { scopes: ['workspace', 'budget'], hasWindow: false, hasCallsMin: false },
  unpriced: { scopes: ['workspace', 'model', 'deployment', 'key'], hasWindow: true, hasCallsMin: false },
  failing_model: { scopes: ['workspace', 'model'], hasWindow: false, hasCallsMin: false },
  drift: { scopes: ['workspace', 'model'], hasWindow: true, hasCallsMin: false },
}

// Words without Zod: a page that only shows them need not fetch it.

/** Environments that every deployment has from the start, in their order. */
export const presetEnvironments = ['staging', 'production'] as const
/** Served where a call names neither a version nor an environment. */
export const defaultEnvironment = 'production'

export const variableTypes = ['string', 'number', 'boolean', 'json'] as const
export const messageRoles = ['system', 'developer', 'user', 'assistant', 'tool'] as const

/** What a condition may compare, and how, by the type of the field. */
export const operatorsOf = {
  string: ['equals', 'not', 'in', 'contains', 'exists'],
  number: ['equals', 'not', 'in', 'greater', 'less', 'exists'],
  boolean: ['equals', 'not', 'exists'],
  date: ['equals', 'not', 'greater', 'less', 'exists'],
  list: ['contains', 'in', 'exists'],
} as const
export type ConditionType = keyof typeof operatorsOf
export type Operator = (typeof operatorsOf)[ConditionType][number]

/** The parameters that a call of this Type takes, by OpenAI's names. */
export const parametersOf = {
  chat: [
    'temperature',
    'top_p',
    'max_tokens',
    'frequency_penalty',
    'presence_penalty',
    'seed',
    'stop',
    'n',
    'logprobs',
    'top_logprobs',
    'reasoning_effort',
    'verbosity',
    'response_format',
    'tool_choice',
    'parallel_tool_calls',
    'extra',
  ],
  completion: [
    'temperature',
    'top_p',
    'max_tokens',
    'frequency_penalty',
    'presence_penalty',
    'seed',
    'stop',
    'n',
    'suffix',
    'extra',
  ],
  embedding: ['dimensions', 'encoding_format', 'extra'],
  image: ['n', 'size', 'quality', 'style', 'background', 'image_format', 'extra'],
} as const

/** What the rows of a version's history say. */
export const releaseKinds = [
  'publish',
  'promote',
  'rollback',
  'repoint',
  'canary_set',
  'canary_stop',
  'canary_promote',
] as const

export const fallbacksMax = 5
export const variantsMax = 20
export const variablesMax = 100
export const rowsMax = 50
/** Characters of a whole configuration as JSON. */
export const configCharsMax = 500_000

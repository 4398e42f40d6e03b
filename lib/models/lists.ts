// Words without Zod: a page that only shows them need not fetch it.

/** What a model is called for. Labels are those of the form. */
export const modelTypes = ['chat', 'completion', 'embedding', 'image'] as const

/** The pictures that a validation with consent makes: the required one and one for each format. */
export const imagesMade = 3

export const regions = ['us', 'eu', 'uk', 'apac', 'global', 'own'] as const

/** yes: shown to work. no: rejected by the server, twice. ignored: accepted, not honoured. unknown: not decided, or not run. */
export const verdicts = ['yes', 'no', 'ignored', 'unknown'] as const

/** What a model can be shown to do; the keys of a capability card. */
export const capabilityKeys = [
  'streaming',
  'stream_usage',
  'tools',
  'tools_required',
  'tools_named',
  'tools_parallel',
  'tools_streamed',
  'json_schema',
  'json_object',
  'vision',
  'reasoning',
  'system_role',
  'developer_role',
  'temperature',
  'stop',
  'seed',
  'logprobs',
  'n',
  'responses',
  'embedding_base64',
  'embedding_dimensions',
  'embedding_batch',
  'image_b64',
  'image_url',
] as const

/** The fields of a wire profile. */
export const profileFields = [
  'maxTokensParameter',
  'drop',
  'add',
  'systemRole',
  'developerRole',
  'streamUsage',
  'reasoningField',
  'toolIndexMissing',
  'embeddingEncodings',
  'jsonSchemaDowngrade',
] as const

/** What of a wire profile a call of this Type is changed by. */
export const profileFieldsOf: Readonly<Record<(typeof modelTypes)[number], readonly (typeof profileFields)[number][]>> =
  {
    chat: [
      'maxTokensParameter',
      'drop',
      'add',
      'systemRole',
      'developerRole',
      'streamUsage',
      'toolIndexMissing',
      'reasoningField',
      'jsonSchemaDowngrade',
    ],
    completion: ['drop', 'add', 'streamUsage'],
    embedding: ['drop', 'add', 'embeddingEncodings'],
    image: ['drop', 'add'],
  }

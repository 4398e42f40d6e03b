import type { ProfileField, WireProfile } from '#lib/models/schema.ts'

/** OpenAI's own ways: what a profile is where nothing deviates. A test compares it with the schema's defaults. */
export const usualProfile: WireProfile = {
  maxTokensParameter: 'both',
  drop: [],
  add: {},
  systemRole: 'system',
  developerRole: 'developer',
  streamUsage: 'ask',
  reasoningField: '',
  toolIndexMissing: false,
  embeddingEncodings: 'both',
  jsonSchemaDowngrade: 'none',
}

/** OpenAI's own servers would do otherwise. */
export function deviates(field: ProfileField, profile: WireProfile): boolean {
  return JSON.stringify(profile[field]) !== JSON.stringify(usualProfile[field])
}

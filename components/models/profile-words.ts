import type { ProfileField, WireProfile } from '#lib/models/schema.ts'

export interface FieldWords<Field extends ProfileField> {
  label: string
  help: string
  /** What the value means for a call. */
  say(value: WireProfile[Field]): string
  /** By name: the values to choose from; absent for what is typed. */
  options?: readonly { value: string; label: string }[]
}

const option = (value: string, label = value) => ({ value, label })
const roleWords = (name: string) => (role: string) =>
  role === name ? `Sent as ${name}` : `Sent as ${role}: the server refuses ${name}`

export const profileWords: { [Field in ProfileField]: FieldWords<Field> } = {
  maxTokensParameter: {
    label: 'Output bound',
    help: 'The name that the server knows the highest number of output tokens by.',
    options: [option('both', 'Either name'), option('max_tokens'), option('max_completion_tokens')],
    say: (value) =>
      value === 'both'
        ? 'Takes max_tokens and max_completion_tokens'
        : `Takes ${value} alone; the other name is renamed to it`,
  },
  drop: {
    label: 'Dropped parameters',
    help: 'Cut before a call is sent; what is refused instead stands on the card. Names with commas between.',
    say: (names) => (names.length === 0 ? 'Nothing is dropped' : `${names.join(', ')}: cut before a call is sent`),
  },
  add: {
    label: 'Added parameters',
    help: 'What this server demands and OpenAI does not know, where the caller sends none: name=value, with commas between.',
    say: (values) => {
      const pairs = pairsOf(values)
      return pairs.length === 0 ? 'Nothing is added' : `${pairs.join(', ')} where the caller sends none`
    },
  },
  systemRole: {
    label: 'System messages',
    help: 'The role that messages with the role system are sent with.',
    options: [option('system'), option('developer'), option('user')],
    say: roleWords('system'),
  },
  developerRole: {
    label: 'Developer messages',
    help: 'The role that messages with the role developer are sent with.',
    options: [option('developer'), option('system'), option('user')],
    say: roleWords('developer'),
  },
  streamUsage: {
    label: 'Usage in streams',
    help: 'How the tokens of a streamed answer are learned.',
    options: [option('ask', 'When asked for'), option('always', 'Always'), option('never', 'Never')],
    say: (value) =>
      ({
        ask: 'Told when asked for by stream_options',
        always: 'Always told, and not asked for',
        never: 'Never told: tokens of streams are estimated',
      })[value],
  },
  reasoningField: {
    label: 'Reasoning field',
    help: 'Where thoughts stand in an answer.',
    options: [option('none', 'None'), option('reasoning_content'), option('reasoning')],
    say: (value) => (value === '' ? 'No thoughts in a field of their own' : `Thoughts come in ${value}`),
  },
  toolIndexMissing: {
    label: 'Index of streamed calls',
    help: 'Streamed calls of functions that come without an index get one.',
    options: [option('false', 'Comes along'), option('true', 'Missing, added')],
    say: (value) => (value ? 'Missing in streamed calls of functions, and added' : 'Comes along'),
  },
  embeddingEncodings: {
    label: 'Embedding encodings',
    help: 'What the server speaks; answers are turned into what the caller asked for.',
    options: [option('both', 'float and base64'), option('float'), option('base64')],
    say: (value) => (value === 'both' ? 'Speaks float and base64' : `Speaks ${value} alone; the other is made of it`),
  },
  jsonSchemaDowngrade: {
    label: 'json_schema where refused',
    help: 'What a call with json_schema becomes where the server was shown to refuse it. Never silent.',
    options: [option('none', 'Refused'), option('json_object', 'Sent as json_object')],
    say: (value) =>
      value === 'none' ? 'Refused before it is sent' : 'Sent as json_object, and told in x-patchbay-adapted',
  },
}

/** A field in words, with the value of a profile. */
export function sayField(field: ProfileField, profile: WireProfile): string {
  return (profileWords[field].say as (value: WireProfile[ProfileField]) => string)(profile[field])
}

const pairsOf = (values: WireProfile['add']) => Object.entries(values).map(([name, value]) => `${name}=${value}`)

/** A value as a control holds it, and back. */
export function toChoice(field: ProfileField, profile: WireProfile): string {
  const value = profile[field]
  if (field === 'drop') return profile.drop.join(', ')
  if (field === 'add') return pairsOf(profile.add).join(', ')
  return value === '' ? 'none' : String(value)
}

export function fromChoice(field: ProfileField, choice: string): unknown {
  if (field === 'drop') return choice.split(/[\s,]+/).filter((name) => name !== '')
  if (field === 'add') {
    const pairs = choice.split(',').map((pair) => pair.trim().split('='))
    return Object.fromEntries(
      pairs.filter(([name]) => name).map(([name, ...rest]) => [name!.trim(), rest.join('=').trim()]),
    )
  }
  if (field === 'toolIndexMissing') return choice === 'true'
  if (field === 'reasoningField' && choice === 'none') return ''
  return choice
}

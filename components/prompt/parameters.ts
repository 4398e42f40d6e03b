import type { CapabilityKey, ModelType, Verdict } from '#lib/models/schema.ts'
import type { ParameterName, Parameters, PromptModel } from './types.ts'

interface Common {
  name: ParameterName
  label: string
  /** One line below the field. */
  help: string
  types: readonly ModelType[]
  /** What of the capability card tells whether a model takes it. */
  key?: CapabilityKey
}

export interface FigureField extends Common {
  kind: 'decimal' | 'whole'
  min: number
  max: number
}

export type ParameterField =
  | FigureField
  | (Common & { kind: 'choice'; choices: readonly string[] })
  | (Common & { kind: 'lines'; most: number })
  | (Common & { kind: 'text'; charsMax: number; suggestions?: readonly string[] })
  | (Common & { kind: 'switch' })
  | (Common & { kind: 'json' })

const text = ['chat', 'completion'] as const
const whole = Number.MAX_SAFE_INTEGER

/** Every parameter that has a field of its own, in the order of the page. Formats and functions have editors. */
export const parameterFields: readonly ParameterField[] = [
  {
    name: 'temperature',
    label: 'Temperature',
    help: '0 to 2. Lower is steadier.',
    types: text,
    key: 'temperature',
    kind: 'decimal',
    min: 0,
    max: 2,
  },
  {
    name: 'top_p',
    label: 'Top P',
    help: '0 to 1. Of the likeliest words, this share.',
    types: text,
    kind: 'decimal',
    min: 0,
    max: 1,
  },
  {
    name: 'max_tokens',
    label: 'Max Tokens',
    help: 'The longest answer, thoughts included.',
    types: text,
    kind: 'whole',
    min: 1,
    max: 10_000_000,
  },
  {
    name: 'seed',
    label: 'Seed',
    help: 'The same seed asks for the same answer.',
    types: text,
    key: 'seed',
    kind: 'whole',
    min: -whole,
    max: whole,
  },
  {
    name: 'stop',
    label: 'Stop',
    help: 'The answer ends before one of these; one a line.',
    types: text,
    key: 'stop',
    kind: 'lines',
    most: 4,
  },
  {
    name: 'frequency_penalty',
    label: 'Frequency penalty',
    help: '−2 to 2. Against words that came often.',
    types: text,
    kind: 'decimal',
    min: -2,
    max: 2,
  },
  {
    name: 'presence_penalty',
    label: 'Presence penalty',
    help: '−2 to 2. Against words that came at all.',
    types: text,
    kind: 'decimal',
    min: -2,
    max: 2,
  },
  {
    name: 'reasoning_effort',
    label: 'Reasoning effort',
    help: 'How long a reasoning model thinks.',
    types: ['chat'],
    key: 'reasoning',
    kind: 'text',
    charsMax: 32,
    suggestions: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
  },
  {
    name: 'verbosity',
    label: 'Verbosity',
    help: 'How much it says.',
    types: ['chat'],
    kind: 'text',
    charsMax: 32,
    suggestions: ['low', 'medium', 'high'],
  },
  {
    name: 'n',
    label: 'Answers',
    help: 'How many are made, and paid for.',
    types: text,
    key: 'n',
    kind: 'whole',
    min: 1,
    max: 128,
  },
  {
    name: 'logprobs',
    label: 'Log probabilities',
    help: 'Of each token of the answer.',
    types: ['chat'],
    key: 'logprobs',
    kind: 'switch',
  },
  {
    name: 'top_logprobs',
    label: 'Likeliest tokens',
    help: '0 to 20 for each place; needs log probabilities.',
    types: ['chat'],
    key: 'logprobs',
    kind: 'whole',
    min: 0,
    max: 20,
  },
  {
    name: 'suffix',
    label: 'Suffix',
    help: 'What comes after the completion.',
    types: ['completion'],
    kind: 'text',
    charsMax: 20_000,
  },
  {
    name: 'dimensions',
    label: 'Dimensions',
    help: 'A shorter vector.',
    types: ['embedding'],
    key: 'embedding_dimensions',
    kind: 'whole',
    min: 1,
    max: 100_000,
  },
  {
    name: 'encoding_format',
    label: 'Encoding',
    help: 'Base64 is shorter on the wire.',
    types: ['embedding'],
    kind: 'choice',
    choices: ['float', 'base64'],
  },
  { name: 'n', label: 'Pictures', help: 'Each is paid for.', types: ['image'], kind: 'whole', min: 1, max: 10 },
  {
    name: 'size',
    label: 'Size',
    help: 'Width x height in pixels.',
    types: ['image'],
    kind: 'text',
    charsMax: 32,
    suggestions: ['256x256', '512x512', '1024x1024', '1536x1024', '1024x1536', '1792x1024', '1024x1792', 'auto'],
  },
  {
    name: 'quality',
    label: 'Quality',
    help: '',
    types: ['image'],
    kind: 'text',
    charsMax: 32,
    suggestions: ['low', 'medium', 'high', 'standard', 'hd', 'auto'],
  },
  {
    name: 'style',
    label: 'Style',
    help: '',
    types: ['image'],
    kind: 'text',
    charsMax: 32,
    suggestions: ['vivid', 'natural'],
  },
  {
    name: 'background',
    label: 'Background',
    help: '',
    types: ['image'],
    kind: 'text',
    charsMax: 32,
    suggestions: ['transparent', 'opaque', 'auto'],
  },
  {
    name: 'image_format',
    label: 'Pictures come as',
    help: 'Data, or an address at the server.',
    types: ['image'],
    kind: 'choice',
    choices: ['b64_json', 'url'],
  },
  {
    name: 'extra',
    label: 'More',
    help: 'Parameters of this server beyond OpenAI’s, as a JSON object. Sent as they stand.',
    types: ['chat', 'completion', 'embedding', 'image'],
    kind: 'json',
  },
]

/** The name that goes over the wire. */
export const wireName = (name: ParameterName): string => (name === 'image_format' ? 'response_format' : name)

/** What the card says about a parameter; what the server was shown to refuse is a *no*, unless an admin pinned it. */
export function verdictOf(model: PromptModel, { name, key }: Pick<ParameterField, 'name' | 'key'>): Verdict {
  const found = key && model.capabilities.checks[key]
  if (found?.pinned) return found.verdict
  if (model.profile.drop.includes(wireName(name))) return 'no'
  // A model that is not seen to reason may still take the parameter: only its refusal is a no.
  if (name === 'reasoning_effort') return 'unknown'
  return found?.verdict ?? 'unknown'
}

/** Those of a call that this model was shown not to take. Without them the answer is still the one that was asked for. */
export function refusedParameters(model: PromptModel, parameters: Parameters): ParameterName[] {
  return parameterFields
    .filter(
      (field) => field.kind !== 'json' && field.types.includes(model.type) && parameters[field.name] !== undefined,
    )
    .filter((field) => verdictOf(model, field) === 'no')
    .map(({ name }) => name)
}

/** A short line of what is set: `temperature 0.2, seed 7`. */
export function describeParameters(parameters: Parameters, type: ModelType): string {
  return parameterFields
    .filter((field) => field.types.includes(type) && parameters[field.name] !== undefined)
    .map(({ name, kind, label }) => {
      const value = parameters[name]
      if (kind === 'json') return Object.keys(value as object).join(', ')
      if (kind === 'lines') return `stop ${(value as string[]).length}`
      if (kind === 'switch') return label.toLowerCase()
      return `${wireName(name)} ${String(value).slice(0, 20)}`
    })
    .filter(Boolean)
    .join(', ')
}

/** Reads what was typed for a figure: a value, nothing, or why it is none. */
export function readFigure(
  typed: string,
  { kind, min, max }: Pick<FigureField, 'kind' | 'min' | 'max'>,
): { value: number | undefined; problem?: string } {
  const text = typed.trim().replace(',', '.').replace('−', '-')
  if (text === '') return { value: undefined }
  const value = /^-?\d{1,16}(?:\.\d{1,12})?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(value)) return { value: undefined, problem: 'Not a number, so it is not sent.' }
  if (kind === 'whole' && !Number.isInteger(value))
    return { value: undefined, problem: 'Not a whole number, so it is not sent.' }
  if (value < min || value > max) {
    const say = (bound: number) => bound.toLocaleString('en-US').replace('-', '−')
    return { value: undefined, problem: `Not from ${say(min)} to ${say(max)}, so it is not sent.` }
  }
  return { value }
}

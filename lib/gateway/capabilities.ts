import type { CapabilityKey, ModelEntry } from '#lib/models/schema.ts'
import { kindOf, readJson } from '#lib/openai/scan.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { countElements, elementsOf } from './nested.ts'
import { type ReadRequest, readCount } from './read-request.ts'

/**
 * Refuses what this model was shown not to do, before money is spent. Only the verdict *no* refuses; a parameter that
 * the wire profile drops is dropped instead.
 */
export function missingCapability(request: ReadRequest, entry: ModelEntry): GatewayError | null {
  const { checks } = entry.capabilities
  let any = false
  for (const key in checks) {
    if (checks[key as CapabilityKey]?.verdict === 'no') {
      any = true
      break
    }
  }
  if (!any) return null
  const lacks = (key: CapabilityKey) => checks[key]?.verdict === 'no'
  for (const rule of rules) {
    if (lacks(rule.key) && !entry.profile.drop.includes(rule.param) && rule.asks(request, entry))
      return gatewayError('unsupported_for_model', {
        message: `${entry.name} does not support ${rule.what}: its server was shown to refuse it.`,
        param: rule.param,
      })
  }
  return null
}

interface Rule {
  key: CapabilityKey
  param: string
  what: string
  asks(request: ReadRequest, entry: ModelEntry): boolean
}

const rules: readonly Rule[] = [
  { key: 'streaming', param: 'stream', what: 'streaming', asks: (request) => request.stream },
  {
    key: 'tools',
    param: 'tools',
    what: 'function calling',
    asks: (request) => hasItems(request, 'tools') || hasItems(request, 'functions'),
  },
  {
    key: 'tools_required',
    param: 'tool_choice',
    what: 'tool_choice "required"',
    asks: (request) => jsonOf(request, 'tool_choice') === 'required',
  },
  {
    key: 'tools_named',
    param: 'tool_choice',
    what: 'a named function in tool_choice',
    asks: (request) => holds(request, 'tool_choice', 'object'),
  },
  {
    key: 'json_schema',
    param: 'response_format',
    what: 'response_format json_schema',
    asks: (request, entry) => formatOf(request) === 'json_schema' && entry.profile.jsonSchemaDowngrade === 'none',
  },
  {
    key: 'json_object',
    param: 'response_format',
    what: 'response_format json_object',
    asks: (request) => formatOf(request) === 'json_object',
  },
  { key: 'vision', param: 'messages', what: 'images in messages', asks: hasImages },
  { key: 'temperature', param: 'temperature', what: 'temperature', asks: isGiven('temperature') },
  { key: 'stop', param: 'stop', what: 'stop', asks: isGiven('stop') },
  { key: 'seed', param: 'seed', what: 'seed', asks: isGiven('seed') },
  {
    key: 'logprobs',
    param: 'logprobs',
    what: 'logprobs',
    asks: (request) => ![null, false, undefined].includes(jsonOf(request, 'logprobs') as null),
  },
  { key: 'n', param: 'n', what: 'n above 1', asks: (request) => (readCount(request, 'n') ?? 1) > 1 },
  { key: 'embedding_dimensions', param: 'dimensions', what: 'dimensions', asks: isGiven('dimensions') },
  { key: 'embedding_batch', param: 'input', what: 'more than one input', asks: isBatch },
  {
    key: 'image_b64',
    param: 'response_format',
    what: 'response_format b64_json',
    asks: (request) => jsonOf(request, 'response_format') === 'b64_json',
  },
  {
    key: 'image_url',
    param: 'response_format',
    what: 'response_format url',
    asks: (request) => jsonOf(request, 'response_format') === 'url',
  },
]

function jsonOf(request: ReadRequest, name: string): unknown {
  const member = request.member(name)
  return member ? readJson(request.object, member) : undefined
}

function isGiven(name: string): (request: ReadRequest) => boolean {
  return (request) => {
    const member = request.member(name)
    return member !== undefined && kindOf(request.object, member) !== 'null'
  }
}

function holds(request: ReadRequest, name: string, kind: ReturnType<typeof kindOf>): boolean {
  const member = request.member(name)
  return member !== undefined && kindOf(request.object, member) === kind
}

function hasItems(request: ReadRequest, name: string): boolean {
  const member = request.member(name)
  if (!member || kindOf(request.object, member) !== 'array') return false
  return countElements(request.object.text, member.valueStart, member.valueEnd, 1) > 0
}

/** The `type` of `response_format`, or undefined. */
export function formatOf(request: ReadRequest): string | undefined {
  const value = jsonOf(request, 'response_format')
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
    ? value.type
    : undefined
}

function hasImages(request: ReadRequest): boolean {
  const member = request.member('messages')
  // The search is a filter: most bodies have no image and are not parsed.
  if (
    !member ||
    !/"(?:image_url|input_image|image)"|\\u/.test(request.object.text.slice(member.valueStart, member.valueEnd))
  )
    return false
  const messages = readJson(request.object, member)
  if (!Array.isArray(messages)) return false
  return messages.some(
    (message: unknown) =>
      typeof message === 'object' &&
      message !== null &&
      'content' in message &&
      Array.isArray(message.content) &&
      message.content.some(
        (part: unknown) =>
          typeof part === 'object' &&
          part !== null &&
          'type' in part &&
          ['image_url', 'input_image', 'image'].includes(String(part.type)),
      ),
  )
}

function isBatch(request: ReadRequest): boolean {
  const member = request.member('input')
  if (!member || kindOf(request.object, member) !== 'array') return false
  const { text } = request.object
  for (const [start] of elementsOf(text, member.valueStart, member.valueEnd)) {
    // A single array of token numbers is one input.
    const first = text.charCodeAt(start)
    return (first === 0x22 || first === 0x5b) && countElements(text, member.valueStart, member.valueEnd, 2) > 1
  }
  return false
}

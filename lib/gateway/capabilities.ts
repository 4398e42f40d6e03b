import type { CapabilityKey, ModelEntry } from '#lib/models/schema.ts'
import { kindOf, readJson } from '#lib/openai/scan.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { countElements, elementsOf } from './nested.ts'
import { type ReadRequest, readCount } from './read-request.ts'

/** What this model was shown not to do, and what it was shown to ignore. */
interface Lacks {
  refused: readonly Rule[]
  ignored: readonly Rule[]
}

// A card stays as it is for the life of its entry.
const lacksOf = new WeakMap<ModelEntry, Lacks>()

function findLacks(entry: ModelEntry): Lacks {
  let lacks = lacksOf.get(entry)
  if (!lacks) {
    const { checks } = entry.capabilities
    const { drop } = entry.profile
    const isStreamIgnored = checks.streaming?.verdict === 'ignored'
    lacks = {
      refused: rules.filter(
        ({ key, param, isHint }) => checks[key]?.verdict === 'no' && !(isHint && drop.includes(param)),
      ),
      ignored: rules.filter(
        // Calls that come whole are made into a stream: it is the stream alone that was ignored.
        ({ key }) => checks[key]?.verdict === 'ignored' && !(key === 'tools_streamed' && isStreamIgnored),
      ),
    }
    lacksOf.set(entry, lacks)
  }
  return lacks
}

/**
 * Refuses what this model was shown not to do, before money is spent. Only the verdict *no* refuses; a hint that the wire
 * profile drops is dropped instead, because the answer is still the one that was asked for.
 */
export function missingCapability(request: ReadRequest, entry: ModelEntry): GatewayError | null {
  if (request.form === 'responses' && entry.capabilities.checks.responses?.verdict !== 'yes')
    return gatewayError('unsupported_for_model', {
      message: `${entry.name} is not served here: its server was not shown to have the Responses API. Call /v1/chat/completions, or have an admin validate the model again.`,
      param: 'model',
    })
  const rule = findLacks(entry).refused.find((rule) => isAsked(rule, request, entry))
  if (!rule) return null
  return gatewayError('unsupported_for_model', {
    message: `${entry.name} does not support ${rule.what}: its server was shown to refuse it.`,
    param: rule.param,
  })
}

/** The parameters of this call that the server was shown to accept and not to honour: told in `x-patchbay-ignored`. */
export function ignoredParameters(request: ReadRequest, entry: ModelEntry): string[] {
  const { ignored } = findLacks(entry)
  if (ignored.length === 0) return []
  return [...new Set(ignored.filter((rule) => isAsked(rule, request, entry)).map(({ param }) => param))]
}

function isAsked({ asks, inResponses }: Rule, request: ReadRequest, entry: ModelEntry): boolean {
  return request.form === 'responses' ? (inResponses?.(request, entry) ?? false) : asks(request, entry)
}

interface Rule {
  key: CapabilityKey
  param: string
  what: string
  /** Without it the answer is still the one that was asked for: it may be dropped. */
  isHint?: true
  asks(request: ReadRequest, entry: ModelEntry): boolean
  /** The same in the Responses API; without it the rule says nothing there. */
  inResponses?(request: ReadRequest, entry: ModelEntry): boolean
}

const rules: readonly Rule[] = [
  { key: 'streaming', param: 'stream', what: 'streaming', asks: streams, inResponses: streams },
  {
    key: 'tools',
    param: 'tools',
    what: 'function calling',
    asks: (request, entry) => hasTools(request) && !isShownWay(request, entry),
    inResponses: (request, entry) => hasFunctions(request) && !isShownWay(request, entry),
  },
  {
    key: 'tools_required',
    param: 'tool_choice',
    what: 'tool_choice "required"',
    asks: (request) => jsonOf(request, 'tool_choice') === 'required',
    inResponses: (request) => jsonOf(request, 'tool_choice') === 'required' && hasFunctions(request),
  },
  {
    key: 'tools_named',
    param: 'tool_choice',
    what: 'a named function in tool_choice',
    asks: (request) => holds(request, 'tool_choice', 'object'),
    inResponses: (request) => typeOf(jsonOf(request, 'tool_choice')) === 'function',
  },
  {
    key: 'tools_parallel',
    param: 'parallel_tool_calls',
    what: 'parallel_tool_calls',
    asks: (request) => jsonOf(request, 'parallel_tool_calls') === true,
    // OpenAI's clients send it with every call.
    inResponses: (request) => jsonOf(request, 'parallel_tool_calls') === true && hasFunctions(request),
  },
  {
    key: 'tools_streamed',
    param: 'tools',
    what: 'function calling in streams',
    asks: (request) => request.stream && hasTools(request),
    inResponses: (request) => request.stream && hasFunctions(request),
  },
  {
    key: 'json_schema',
    param: 'response_format',
    what: 'response_format json_schema',
    asks: (request, entry) => formatOf(request) === 'json_schema' && entry.profile.jsonSchemaDowngrade === 'none',
    inResponses: (request) => textFormatOf(request) === 'json_schema',
  },
  {
    key: 'json_object',
    param: 'response_format',
    what: 'response_format json_object',
    asks: (request) => formatOf(request) === 'json_object',
    inResponses: (request) => textFormatOf(request) === 'json_object',
  },
  { key: 'vision', param: 'messages', what: 'images in messages', asks: hasImages, inResponses: hasInputImages },
  {
    key: 'temperature',
    param: 'temperature',
    what: 'temperature',
    isHint: true,
    asks: isGiven('temperature'),
    inResponses: isGiven('temperature'),
  },
  { key: 'stop', param: 'stop', what: 'stop', asks: isGiven('stop') },
  { key: 'seed', param: 'seed', what: 'seed', isHint: true, asks: isGiven('seed') },
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

function streams(request: ReadRequest): boolean {
  return request.stream
}

/** Functions of the caller's own; the server's own tools are the server's to judge. */
function hasFunctions(request: ReadRequest): boolean {
  const tools = jsonOf(request, 'tools')
  return (
    Array.isArray(tools) &&
    tools.some((tool) => typeOf(tool) === 'function') &&
    jsonOf(request, 'tool_choice') !== 'none'
  )
}

function hasTools(request: ReadRequest): boolean {
  return (hasItems(request, 'tools') || hasItems(request, 'functions')) && jsonOf(request, 'tool_choice') !== 'none'
}

/** True where the model is asked to call in a way that it was shown to know, whatever it makes of `auto`. */
function isShownWay(request: ReadRequest, { capabilities: { checks } }: ModelEntry): boolean {
  const choice = jsonOf(request, 'tool_choice')
  if (choice === 'required') return checks.tools_required?.verdict === 'yes'
  return typeof choice === 'object' && choice !== null && checks.tools_named?.verdict === 'yes'
}

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
  return typeOf(jsonOf(request, 'response_format'))
}

/** The `type` of `text.format`, or undefined. */
function textFormatOf(request: ReadRequest): string | undefined {
  const text = jsonOf(request, 'text')
  return typeof text === 'object' && text !== null && 'format' in text ? typeOf(text.format) : undefined
}

function typeOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
    ? value.type
    : undefined
}

function hasInputImages(request: ReadRequest): boolean {
  const member = request.member('input')
  return member !== undefined && request.object.text.slice(member.valueStart, member.valueEnd).includes('"input_image"')
}

function hasImages(request: ReadRequest): boolean {
  const member = request.member('messages')
  // The search is a filter: most bodies have no image and are not parsed.
  const mark = /"(?:image_url|input_image|image)"|\\u/
  if (!member || !request.object.stretchesOf(member).some(([text, from, to]) => mark.test(text.slice(from, to))))
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

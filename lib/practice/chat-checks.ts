import type { KnownModel } from './faults.ts'
import type { ChatInput, ChatMessage } from './inputs.ts'
import { lookAt, tellSight } from './picture-reader.ts'
import { decodePng, PictureError } from './png.ts'
import { badField, type Refusal, unsupported } from './refusal.ts'

const schemaBytesMax = 200_000
const picturesMax = 20

/** 400 for everything that this model refuses or that contradicts itself. */
export function checkChat(input: ChatInput, { id, card, behaviour }: KnownModel): void {
  const refused = behaviour.refusedParameters ?? {}
  for (const [name, message] of Object.entries(refused))
    if (message !== undefined && isUsed(name, input)) throw refuse(name, message, behaviour.refusedStatus)
  for (const [name, message] of Object.entries(behaviour.requiredParameters ?? {}))
    if (message !== undefined && input[name] === undefined) throw badField(name, message, 'missing_required_parameter')
  for (const [index, message] of input.messages.entries())
    for (const [name, words] of Object.entries(behaviour.refusedMessageFields ?? {}))
      if (words !== undefined && name in message) throw unsupported(`messages[${index}].${name}`, words)
  checkMessages(input.messages, behaviour.refusedRoles ?? [])
  checkTools(input, behaviour.refusedToolChoices ?? [])
  if (input.tools && !card.can.tools) throw unsupported('tools', `'tools' is not supported with ${id}.`)
  if (input.stream_options && !input.stream)
    throw badField('stream_options', "The 'stream_options' parameter is only allowed when 'stream' is enabled.")
  if (input.top_logprobs && !input.logprobs)
    throw badField('top_logprobs', "'logprobs' must be true where 'top_logprobs' is given.")
  const format = input.response_format
  if (format?.type === 'json_schema') {
    if (!card.can.jsonSchema)
      throw unsupported('response_format', 'This response_format type is unavailable now', 'unsupported_value')
    checkSchemaSize(format.json_schema.schema, 'response_format.json_schema.schema')
    if (format.json_schema.schema.type !== 'object' && format.json_schema.strict) {
      throw badField(
        'response_format',
        `Invalid schema for response_format '${format.json_schema.name}': schema must be a JSON Schema of 'type: "object"'.`,
        'invalid_json_schema',
      )
    }
  }
  if (format?.type === 'json_object' && !/json/i.test(input.messages.map(textOf).join('\n'))) {
    throw badField(
      'messages',
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    )
  }
}

function refuse(name: string, message: string, status: number | undefined): Refusal {
  const refusal = unsupported(name.split('.')[0]!, message, codeFor(name))
  return status === undefined
    ? refusal
    : refusal.reworded({ status, type: status === 501 ? 'not_supported_error' : 'server_error', code: null })
}

function isUsed(name: string, input: ChatInput): boolean {
  if (name === 'temperature') return (input.temperature ?? 1) !== 1
  if (name === 'n') return (input.n ?? 1) > 1
  if (name === 'tools.stream') return input.stream === true && Boolean(input.tools)
  if (name === 'image_url') return input.messages.some((message) => pictureUrls(message).length > 0)
  if (name.startsWith('response_format.')) return input.response_format?.type === name.slice('response_format.'.length)
  const value = input[name]
  return value !== undefined && value !== null && value !== false
}

function codeFor(name: string): string {
  return name === 'temperature' || name.includes('.') || name === 'image_url'
    ? 'unsupported_value'
    : 'unsupported_parameter'
}

function checkMessages(messages: readonly ChatMessage[], refusedRoles: readonly string[]): void {
  let open = new Set<string>()
  for (const [index, message] of messages.entries()) {
    if (refusedRoles.includes(message.role))
      throw unsupported(
        `messages[${index}].role`,
        `The role '${message.role}' is not supported with this model.`,
        'unsupported_value',
      )
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) {
        throw badField(
          `messages[${index}]`,
          "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        )
      }
      continue
    }
    requireAnswered(open)
    if (message.role !== 'assistant') continue
    open = new Set(message.tool_calls?.map((call) => call.id) ?? [])
    if (!message.content && open.size === 0)
      throw badField(`messages[${index}].content`, "An assistant message needs 'content' or 'tool_calls'.")
  }
  requireAnswered(open)
}

function requireAnswered(open: ReadonlySet<string>): void {
  if (open.size === 0) return
  throw badField(
    'messages',
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. Missing: ${[...open].join(', ').slice(0, 300)}`,
  )
}

function checkTools(input: ChatInput, refusedChoices: readonly string[]): void {
  const choice = input.tool_choice
  if (choice && !input.tools) throw badField('tool_choice', "'tool_choice' is only allowed when 'tools' are specified.")
  if (input.parallel_tool_calls !== undefined && input.parallel_tool_calls !== null && !input.tools) {
    throw badField('parallel_tool_calls', "'parallel_tool_calls' is only allowed when 'tools' are specified.")
  }
  const kind = (typeof choice === 'object' ? choice?.type : choice) ?? (input.tools ? 'auto' : undefined)
  if (kind && refusedChoices.includes(kind))
    throw unsupported('tool_choice', `The tool_choice '${kind}' is not supported with this model.`, 'unsupported_value')
  if (
    choice &&
    typeof choice === 'object' &&
    !input.tools?.some((tool) => tool.function.name === choice.function.name)
  ) {
    throw badField(
      'tool_choice',
      `Tool choice '${choice.function.name.slice(0, 64)}' was not found in the 'tools' parameter.`,
    )
  }
  for (const [index, tool] of (input.tools ?? []).entries())
    checkSchemaSize(tool.function.parameters, `tools[${index}].function.parameters`)
}

function checkSchemaSize(schema: unknown, param: string): void {
  if (JSON.stringify(schema ?? null).length > schemaBytesMax)
    throw badField(param, `The schema is longer than ${schemaBytesMax} bytes.`)
}

/** The words of a message; pictures left out. */
export function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content
  return message.content?.map((part) => (part.type === 'text' ? part.text : '')).join('\n') ?? ''
}

/** The picture URLs of a message. */
export function pictureUrls(message: ChatMessage): string[] {
  if (typeof message.content !== 'object' || message.content === null) return []
  return message.content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []))
}

/** What is seen in the pictures of a message: "A red circle." Nothing is ever fetched; only PNG data URIs are read. */
export function seePictures(message: ChatMessage): string[] {
  const urls = pictureUrls(message)
  if (urls.length > picturesMax) throw badField('messages', `At most ${picturesMax} pictures a message.`)
  return urls.map((url) => {
    if (!url.startsWith('data:'))
      throw badField(
        'messages',
        'Pictures are read from data URIs only; this server fetches no URL.',
        'invalid_image_url',
      )
    const data = /^data:image\/[a-z+.-]{1,20};base64,([A-Za-z0-9+/]+={0,2})$/.exec(url)?.[1]
    if (!data) throw badField('messages', 'The picture is not a base64 data URI of an image.', 'invalid_image_url')
    try {
      return tellSight(lookAt(decodePng(Buffer.from(data, 'base64'))))
    } catch (error) {
      if (error instanceof PictureError) throw badField('messages', error.message, 'invalid_image_format')
      throw error
    }
  })
}

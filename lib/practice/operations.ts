import { randomBytes } from 'node:crypto'
import { type Conversation, converse } from './chat.ts'
import { checkChat } from './chat-checks.ts'
import { billOf, toChunks, toCompletion } from './chat-wire.ts'
import { makeCompletions } from './completions.ts'
import { draw, planDrawing, toFileName } from './drawing.ts'
import { dimensionsDefault, embed, toBase64 } from './embedding.ts'
import { ChatInput, CompletionInput, EmbeddingInput, ImageInput, readInput, requireKnownFields } from './inputs.ts'
import { cannedConversation } from './instant.ts'
import type { Operation } from './made.ts'
import { badField, unsupported } from './refusal.ts'
import { countTokens } from './tokens.ts'

function newId(prefix: string): string {
  return prefix + randomBytes(12).toString('hex')
}

/** A model that has one canned answer, kept apart by its card. */
const instantId = 'practice-instant'

export const chat: Operation = (body, model, { nowMs }) => {
  const input = readInput(ChatInput, body)
  if (model.behaviour.strict) requireKnownFields(ChatInput, body)
  checkChat(input, model)
  const conversation: Conversation =
    model.card.id === instantId ? cannedConversation : converse(input, model, () => newId('call_'))
  const head = { id: newId('chatcmpl-'), created: Math.floor(nowMs / 1000) }
  return {
    bill: billOf(conversation, model.behaviour),
    whole: () => toCompletion(input, model, conversation, head),
    events: () => toChunks(input, model, conversation, head),
    streamAsked: input.stream === true,
  }
}

export const completion: Operation = (body, model, { nowMs }) => {
  const input = readInput(CompletionInput, body)
  for (const name of ['stream_options', 'stream'] as const) {
    const message = model.behaviour.refusedParameters?.[name]
    if (message && input[name]) throw unsupported(name, message)
  }
  return makeCompletions(input, model, { id: newId('cmpl-'), created: Math.floor(nowMs / 1000) })
}

export const embedding: Operation = (body, model) => {
  const { behaviour, card, id } = model
  const input = readInput(EmbeddingInput, body)
  const list = listInputs(input.input)
  const refused = behaviour.refusedParameters ?? {}
  for (const [name, message] of Object.entries(behaviour.requiredParameters ?? {}))
    if (message !== undefined && input[name] === undefined) throw badField(name, message, 'missing_required_parameter')
  if (refused.input && list.length > 1) throw unsupported('input', refused.input, 'unsupported_value')
  if (refused.dimensions && input.dimensions !== undefined) throw unsupported('dimensions', refused.dimensions)
  if (refused.encoding_format && input.encoding_format === 'base64')
    throw unsupported('encoding_format', refused.encoding_format, 'unsupported_value')
  if (input.dimensions !== undefined && input.dimensions > dimensionsDefault)
    throw badField('dimensions', `'dimensions' is at most ${dimensionsDefault} for ${id}.`)
  let tokens = 0
  for (const [index, item] of list.entries()) {
    if (item.length === 0) throw badField('input', `'input[${index}]' cannot be an empty string.`)
    const length = typeof item === 'string' ? countTokens(item) : item.length
    if (length > card.contextTokens)
      throw badField(
        'input',
        `This model's maximum context length is ${card.contextTokens} tokens, however you requested ${length} tokens.`,
        'context_length_exceeded',
      )
    tokens += length
  }
  const dimensions = behaviour.ignored?.includes('dimensions')
    ? dimensionsDefault
    : (input.dimensions ?? dimensionsDefault)
  const asBase64 = input.encoding_format === 'base64' && !behaviour.ignored?.includes('base64')
  return {
    bill: { inputTokens: tokens, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, images: 0 },
    streamAsked: false,
    whole: () => ({
      object: 'list',
      data: list.map((item, index) => {
        const vector = embed(item, dimensions)
        return { object: 'embedding', index, embedding: asBase64 ? toBase64(vector) : Array.from(vector) }
      }),
      model: behaviour.answersAs ?? id,
      ...(behaviour.usage === 'none' ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
    }),
  }
}

function listInputs(input: EmbeddingInput['input']): (string | number[])[] {
  if (typeof input === 'string') return [input]
  return isNumbers(input) ? [input] : input
}

function isNumbers(input: unknown[]): input is number[] {
  return typeof input[0] === 'number'
}

const imageSideMin = 16
const imageSideMax = 2048

export const image: Operation = (body, model, { nowMs, origin }) => {
  const input = readInput(ImageInput, body)
  const refused = model.behaviour.refusedParameters?.response_format
  if (refused && input.response_format) throw unsupported('response_format', refused, 'unknown_parameter')
  const size = /^(\d{2,4})x(\d{2,4})$/.exec(!input.size || input.size === 'auto' ? '512x512' : input.size)
  const [width, height] = [Number(size?.[1]), Number(size?.[2])]
  if (!(width >= imageSideMin && width <= imageSideMax && height >= imageSideMin && height <= imageSideMax)) {
    throw badField(
      'size',
      `Invalid size. Each side is ${imageSideMin} to ${imageSideMax} pixels, for example '512x512'.`,
    )
  }
  const count = input.n ?? 1
  if (width * height * count > imageSideMax * imageSideMax)
    throw badField('n', 'That is more than 4 million pixels in one call. Ask for fewer or smaller pictures.')
  const drawings = Array.from({ length: count }, (_, index) => planDrawing(input.prompt, width, height, index))
  return {
    bill: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, images: count },
    streamAsked: false,
    whole: () => ({
      created: Math.floor(nowMs / 1000),
      data: drawings.map((drawing) => ({
        ...((model.behaviour.pictures ?? input.response_format) === 'b64_json'
          ? { b64_json: draw(drawing).toString('base64') }
          : { url: `${origin}/practice/images/${toFileName(drawing)}` }),
        revised_prompt: `A ${drawing.colour} ${drawing.shape} on a plain ground`,
      })),
    }),
  }
}

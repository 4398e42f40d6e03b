import { collectStream } from '#lib/openai/wire/collect.ts'

/** A part of a message, as it is drawn. */
export type Piece =
  | { kind: 'text'; text: string }
  /** Pretty JSON: an answer that is one, or a part of a kind that is not known. */
  | { kind: 'json'; json: string; label: string }
  /** A picture that came along; only raster formats. */
  | { kind: 'picture'; url: string }
  /** A picture that stands elsewhere: it is named, never fetched. */
  | { kind: 'address'; url: string }

export interface ToolCall {
  id: string
  name: string
  arguments: string
}

export interface Message {
  role: string
  /** Of whoever speaks, where it was given. */
  name: string
  pieces: Piece[]
  toolCalls: ToolCall[]
  /** What a reasoning model thought, where the server told. */
  thought: string
  refusal: string
  /** The call that a tool answers. */
  answers: string
  finishReason: string
}

export interface Vector {
  dimensions: number
  first: number[]
}

/** What was sent. `messages` is empty where the call has none. */
export interface RequestShown {
  messages: Message[]
  /** Texts of a completion, an embedding or a picture. */
  texts: { title: string; texts: string[] } | null
  tools: { name: string; description: string; json: string }[]
  /** Everything else, as it was sent. */
  parameters: { name: string; json: string }[]
  /** Where nothing of it could be read. */
  raw: string | null
}

export interface AnswerShown {
  messages: Message[]
  vectors: Vector[]
  pictures: Piece[]
  error: { message: string; code: string } | null
  raw: string | null
}

type Json = Record<string, unknown>

/** `text`: a body as it was sent; `cut`: its end is missing. */
export function readRequest(text: string, cut: boolean): RequestShown {
  const body = parseBody(text, cut)
  const shown: RequestShown = { messages: [], texts: null, tools: [], parameters: [], raw: null }
  if (!isObject(body)) return { ...shown, raw: text }
  const { messages, prompt, input, tools, ...rest } = body
  if (Array.isArray(messages)) shown.messages = messages.filter(isObject).map((message) => toMessage(message))
  if (prompt !== undefined) shown.texts = { title: 'Prompt', texts: toTexts(prompt) }
  if (input !== undefined) shown.texts = { title: 'Input', texts: toTexts(input) }
  if (Array.isArray(tools)) shown.tools = tools.filter(isObject).map(toTool)
  shown.parameters = Object.entries(rest).map(([name, value]) => ({ name, json: JSON.stringify(value) }))
  return shown
}

export function readAnswer(text: string, { stream, cut }: { stream: boolean; cut: boolean }): AnswerShown {
  const shown: AnswerShown = { messages: [], vectors: [], pictures: [], error: null, raw: null }
  const collected = stream ? collectStream(text) : null
  const body = collected ? collected.answer : parseBody(text, cut)
  const error = collected ? collected.error : isObject(body) ? body.error : undefined
  if (error !== undefined && error !== null) shown.error = toError(error)
  if (!isObject(body)) return shown.error ? shown : { ...shown, raw: text }
  if (Array.isArray(body.choices)) shown.messages = body.choices.filter(isObject).map(toChoice)
  for (const item of Array.isArray(body.data) ? body.data.filter(isObject) : []) {
    if (item.embedding !== undefined) shown.vectors.push(toVector(item.embedding))
    const picture = toPicture(item)
    if (picture) shown.pictures.push(picture)
  }
  const isKnown = shown.messages.length + shown.vectors.length + shown.pictures.length > 0 || shown.error !== null
  return isKnown ? shown : { ...shown, raw: text }
}

/** A prompt and its messages as JSON that somebody can read; the text itself where it is none. */
export function spread(text: string): string {
  const value = parse(text)
  return value === undefined ? text : JSON.stringify(value, null, 2)
}

/** The call for a shell, the key a variable. Null where the body is not what the caller sent, or not whole. */
export function curlOf(endpoint: string, gatewayUrl: string, request: { text: string; cut: boolean }): string | null {
  // Of a deployment's call the prompt is kept as its model got it.
  if (request.cut || endpoint.startsWith('deployments/')) return null
  return [
    `curl ${gatewayUrl}/${endpoint}`,
    '-H "authorization: Bearer $PATCHBAY_API_KEY"',
    '-H "content-type: application/json"',
    `-d '${request.text.replaceAll("'", "'\\''")}'`,
  ].join(' \\\n  ')
}

function toChoice(choice: Json): Message {
  const message = isObject(choice.message) ? choice.message : { role: 'assistant', content: choice.text }
  return { ...toMessage(message), finishReason: textOf(choice.finish_reason) }
}

function toMessage(message: Json): Message {
  const { role, name, content, tool_calls, tool_call_id, refusal } = message
  return {
    role: textOf(role) || 'assistant',
    name: textOf(name),
    pieces: toPieces(content),
    toolCalls: Array.isArray(tool_calls) ? tool_calls.filter(isObject).map(toToolCall) : [],
    thought: textOf(message.reasoning_content) || textOf(message.reasoning),
    refusal: textOf(refusal),
    answers: textOf(tool_call_id),
    finishReason: '',
  }
}

function toPieces(content: unknown): Piece[] {
  if (content === null || content === undefined || content === '') return []
  if (typeof content === 'string') return [toTextPiece(content)]
  return (Array.isArray(content) ? content : [content]).map(toPiece)
}

function toPiece(part: unknown): Piece {
  if (typeof part === 'string') return toTextPiece(part)
  if (isObject(part)) {
    if (typeof part.text === 'string') return toTextPiece(part.text)
    const image = isObject(part.image_url) ? part.image_url.url : part.image_url
    if (typeof image === 'string') return pictureAt(image)
    return { kind: 'json', json: JSON.stringify(part, null, 2), label: textOf(part.type) || 'Part' }
  }
  return { kind: 'json', json: JSON.stringify(part, null, 2), label: 'Part' }
}

/** Text that is an object or a list is shown as one. */
function toTextPiece(text: string): Piece {
  const first = text.trimStart()[0]
  const value = first === '{' || first === '[' ? parse(text) : undefined
  return value === undefined
    ? { kind: 'text', text }
    : { kind: 'json', json: JSON.stringify(value, null, 2), label: 'JSON' }
}

const rasters = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp);base64,[a-z0-9+/=\s]+$/i

function pictureAt(url: string): Piece {
  if (rasters.test(url)) return { kind: 'picture', url }
  return { kind: 'address', url: url.startsWith('data:') ? `${url.slice(0, 64)}…` : url }
}

const beginnings: Readonly<Record<string, string>> = { iVBOR: 'png', '/9j/': 'jpeg', R0lG: 'gif', UklG: 'webp' }

function toPicture({ b64_json, url }: Json): Piece | null {
  if (typeof b64_json === 'string') {
    const type = Object.entries(beginnings).find(([start]) => b64_json.startsWith(start))?.[1] ?? 'png'
    return pictureAt(`data:image/${type};base64,${b64_json}`)
  }
  return typeof url === 'string' ? pictureAt(url) : null
}

function toToolCall({ id, function: made }: Json): ToolCall {
  const { name, arguments: given } = isObject(made) ? made : ({} as Json)
  return { id: textOf(id), name: textOf(name), arguments: spread(textOf(given)) }
}

function toTool(tool: Json): RequestShown['tools'][number] {
  const made = isObject(tool.function) ? tool.function : tool
  return {
    name: textOf(made.name) || textOf(tool.type),
    description: textOf(made.description),
    json: JSON.stringify(made.parameters ?? made, null, 2),
  }
}

/** A text, several, or lists of token numbers. */
function toTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value)) return [JSON.stringify(value)]
  if (value.every((entry) => typeof entry === 'number')) return [`${value.length} token numbers`]
  return value.map((entry) =>
    typeof entry === 'string' ? entry : Array.isArray(entry) ? `${entry.length} token numbers` : JSON.stringify(entry),
  )
}

const firstShown = 6

/** OpenAI's base64 embeddings are little-endian 32-bit floats. */
function toVector(embedding: unknown): Vector {
  if (Array.isArray(embedding))
    return { dimensions: embedding.length, first: embedding.slice(0, firstShown).map(Number) }
  try {
    const bytes = Uint8Array.from(atob(textOf(embedding)), (letter) => letter.charCodeAt(0))
    const view = new DataView(bytes.buffer)
    const dimensions = Math.floor(bytes.length / 4)
    const first = Array.from({ length: Math.min(firstShown, dimensions) }, (_, at) => view.getFloat32(at * 4, true))
    return { dimensions, first }
  } catch {
    return { dimensions: 0, first: [] }
  }
}

function toError(error: unknown): AnswerShown['error'] {
  if (typeof error === 'string') return { message: error, code: '' }
  if (!isObject(error)) return { message: JSON.stringify(error), code: '' }
  return { message: textOf(error.message) || JSON.stringify(error), code: textOf(error.code) }
}

function parseBody(text: string, cut: boolean): unknown {
  return cut ? parseCut(text) : parse(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON whose end is missing, as far as it goes: what is open is closed, or left out from the last place on where that works. */
export function parseCut(text: string): unknown {
  let open = ''
  let inText = false
  let isEscaped = false
  /** Up to here it can be closed, whatever follows. */
  let safe = { at: 0, open: '' }
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (inText) {
      if (isEscaped) isEscaped = false
      else if (letter === '\\') isEscaped = true
      else if (letter === '"') inText = false
      continue
    }
    if (letter === '"') inText = true
    else if (letter === '{' || letter === '[') {
      open = (letter === '{' ? '}' : ']') + open
      safe = { at: at + 1, open }
    } else if (letter === '}' || letter === ']') open = open.slice(1)
    else if (letter === ',') safe = { at, open }
  }
  // Half an escape cannot be closed.
  const whole = inText ? `${text.replace(/\\(?:u[0-9a-f]{0,3})?$/i, '')}"` : text
  const closed = parse(whole + open)
  return closed === undefined ? parse(text.slice(0, safe.at) + safe.open) : closed
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

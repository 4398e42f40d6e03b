import { type Member, ScannedObject, type Stretch } from '#lib/openai/scan.ts'
import type { DeploymentCall } from './deployment-request.ts'
import type { ReadRequest } from './read-request.ts'
import type { FilledPrompt, PlanPrompt, PlanTarget } from './schema.ts'

/** Of a body that was made of a prompt and a caller's own parts: what a caller may send at once. */
export const composedBytesMax = 20 * 1024 * 1024

/** A text of our own, or a part of what the caller sent. */
type Piece = string | readonly [source: ScannedObject, start: number, end: number]

export interface Composed {
  object: ScannedObject
  /** Members of the caller's that the variant sets itself. */
  overridden: string[]
}

/**
 * The body for one model of a deployment, as if a caller had written it: every member's place is known from writing it,
 * so nothing is scanned again. Null where it would be too large.
 */
export function composeBody(
  call: DeploymentCall,
  source: ScannedObject,
  prompt: PlanPrompt,
  filled: Extract<FilledPrompt, { ok: true }>,
  target: PlanTarget,
  stream: boolean,
): Composed | null {
  const body = new Body()
  const overridden: string[] = []
  body.add('model', [JSON.stringify(target.entry.modelId)])
  const extra = new Set(call.extra?.members.map(({ key }) => key))
  const own = new Set<string>()
  for (const [name, json] of target.members ?? []) {
    own.add(name)
    if (!isSet(extra, name)) body.add(name, [json])
  }
  if (prompt.member === 'messages') body.add('messages', messagesOf(call, source, filled))
  else if (prompt.member) body.add(prompt.member, [filled.rest])
  for (const member of call.passed) {
    const { key } = member
    if (key === prompt.member) {
      // Clients cannot leave it out.
      if (member.valueEnd - member.valueStart > 2) overridden.push(key)
    } else if (isSet(own, key)) overridden.push(key)
    else if (!isSet(extra, key)) body.copy(source, member)
  }
  if (call.extra) for (const member of call.extra.members) body.copy(call.extra.object, member)
  if (stream) body.add('stream', ['true'])
  if (stream && call.includeUsage) body.add('stream_options', ['{"include_usage":true}'])
  const object = body.build()
  return object && { object, overridden }
}

/** Two names of one parameter count as one; functions of old are tools. */
const sameAs: Readonly<Record<string, readonly string[]>> = {
  max_tokens: ['max_completion_tokens'],
  max_completion_tokens: ['max_tokens'],
  functions: ['tools'],
  function_call: ['tool_choice'],
}

function isSet(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name) || (sameAs[name]?.some((other) => names.has(other)) ?? false)
}

function messagesOf(
  call: DeploymentCall,
  source: ScannedObject,
  { opening, rest }: Extract<FilledPrompt, { ok: true }>,
): Piece[] {
  const pieces: Piece[] = ['[']
  const add = (piece: Piece) => {
    if (pieces.length > 1) pieces.push(',')
    pieces.push(piece)
  }
  if (opening !== '') add(opening)
  if (call.prefix) add([source, ...call.prefix])
  if (rest !== '') add(rest)
  if (call.messages) add([source, ...call.messages])
  pieces.push(']')
  return pieces
}

/** Writes one JSON object and remembers where each member stands. */
class Body {
  readonly #members: { key: string; name: string; pieces: readonly Piece[] }[] = []

  add(key: string, pieces: readonly Piece[]): void {
    this.#members.push({ key, name: JSON.stringify(key), pieces })
  }

  copy(source: ScannedObject, member: Member): void {
    this.add(member.key, [[source, member.valueStart, member.valueEnd]])
  }

  build(): ScannedObject | null {
    let size = 2
    for (const { name, pieces } of this.#members) {
      size += Buffer.byteLength(name) + 2
      for (const piece of pieces) size += typeof piece === 'string' ? Buffer.byteLength(piece) : piece[2] - piece[1]
    }
    if (size > composedBytesMax) return null
    const bytes = Buffer.allocUnsafe(size)
    const members: Member[] = []
    let at = bytes.write('{', 0)
    for (const [index, { key, name, pieces }] of this.#members.entries()) {
      if (index > 0) at += bytes.write(',', at)
      const start = at
      at += bytes.write(name, at)
      const keyEnd = at
      at += bytes.write(':', at)
      const valueStart = at
      for (const piece of pieces)
        at += typeof piece === 'string' ? bytes.write(piece, at) : piece[0].bytes.copy(bytes, at, piece[1], piece[2])
      members.push({ key, start, keyEnd, valueStart, valueEnd: at })
    }
    at += bytes.write('}', at)
    return new ComposedObject(
      bytes.subarray(0, at),
      members,
      this.#members.map(({ pieces }) => pieces),
    )
  }
}

/** Is looked into where it was put together from: a text of its own would be another copy of what the caller sent. */
class ComposedObject extends ScannedObject {
  /** What each member was written from. */
  readonly #pieces: readonly (readonly Piece[])[]

  constructor(bytes: Buffer, members: Member[], pieces: readonly (readonly Piece[])[]) {
    super(bytes, members, 1)
    this.#pieces = pieces
  }

  override stretchesOf(member: Member): readonly Stretch[] {
    return this.#pieces[this.members.indexOf(member)]!.map((piece) =>
      typeof piece === 'string' ? [piece, 0, piece.length] : [piece[0].text, piece[1], piece[2]],
    )
  }

  override forgetText(): void {
    super.forgetText()
    for (const piece of this.#pieces.flat()) if (typeof piece !== 'string') piece[0].forgetText()
  }
}

/** The composed body as the engine reads every body. Extensions are cut already. */
export function toReadRequest(request: ReadRequest, object: ScannedObject): ReadRequest {
  const member = (name: string) => object.members.find(({ key }) => key === name)
  return { ...request, object, member, model: object.members[0]!, cut: [] }
}

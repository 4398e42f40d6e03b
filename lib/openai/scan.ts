import { Buffer, isUtf8 } from 'node:buffer'

/*
 * Finds the top-level members of a JSON object in its bytes, so that a request can be edited and an answer read without
 * parsing and printing the rest. Node only: it leans on Buffer's latin1 view, one character a byte, in which every
 * index of the text is an index of the bytes.
 */

/** One member of the top-level object; the numbers are byte offsets, ends exclusive. */
export interface Member {
  /** After unescaping: `"mod\u0065l"` is `model`. */
  key: string
  /** The opening quote of the key. */
  start: number
  keyEnd: number
  valueStart: number
  valueEnd: number
}

/** A part of a text, from `start` to `end`, end exclusive: latin1 of bytes, or a string of our own. */
export type Stretch = readonly [text: string, start: number, end: number]

/** A JSON object in its bytes. */
export class ScannedObject {
  readonly bytes: Buffer
  readonly members: Member[]
  /** The offset just after the opening brace. */
  readonly open: number
  #text: string | undefined

  constructor(bytes: Buffer, members: Member[], open: number, text?: string) {
    this.bytes = bytes
    this.members = members
    this.open = open
    this.#text = text
  }

  /** The bytes as latin1. */
  get text(): string {
    this.#text ??= this.bytes.toString('latin1')
    return this.#text
  }

  /** Where to look for marks (ASCII) inside of a member: whole elements in each stretch, so that none reaches over two. */
  stretchesOf(member: Member): readonly Stretch[] {
    return [[this.text, member.valueStart, member.valueEnd]]
  }

  /** The text takes as much memory as the bytes: who keeps an object while a server works does without it. It comes back when it is asked for. */
  forgetText(): void {
    this.#text = undefined
  }
}

export type ScanFailure =
  | 'malformed'
  | 'not_an_object'
  | 'duplicate_key'
  | 'too_deep'
  | 'too_many_members'
  | 'byte_order_mark'
  | 'invalid_utf8'

export type Scan = { ok: true; object: ScannedObject } | { ok: false; reason: ScanFailure; at: number; key?: string }

/** Objects and arrays may nest this deep, the outermost object counted. */
export const jsonDepthMax = 64
/** More members than this at the top level of a body are refused. */
export const jsonMembersMax = 1024

const quote = 0x22
const backslash = 0x5c

/**
 * Scans one JSON object. Refused, because parsers disagree about it: a duplicate top-level key, nesting beyond
 * `jsonDepthMax`, a byte order mark, invalid UTF-8; and what is not JSON by its structure. The inside of strings (raw
 * control characters, unknown escapes) and the inner form of numbers are left to whoever reads them.
 */
export function scanObject(input: Uint8Array): Scan {
  const bytes = toBuffer(input)
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return fail('byte_order_mark', 0)
  if (!isUtf8(bytes)) return fail('invalid_utf8', 0)
  const text = bytes.toString('latin1')
  let at = skipSpace(text, 0)
  if (text.charCodeAt(at) !== 0x7b) return fail(at >= text.length ? 'malformed' : 'not_an_object', at)
  const open = ++at
  const members: Member[] = []
  const seen: { keys: Set<string> | undefined } = { keys: undefined }
  at = skipSpace(text, at)
  if (text.charCodeAt(at) === 0x7d) return finish(bytes, text, members, open, at + 1)
  for (;;) {
    if (text.charCodeAt(at) !== quote) return fail('malformed', at)
    const keyEnd = stringEnd(text, at + 1)
    if (keyEnd < 0) return fail('malformed', at)
    const key = keyOf(bytes, text, at, keyEnd)
    if (key === undefined) return fail('malformed', at)
    if (isRepeated(members, seen, key)) return { ok: false, reason: 'duplicate_key', at, key }
    if (members.length === jsonMembersMax) return fail('too_many_members', at)
    const colon = skipSpace(text, keyEnd)
    if (text.charCodeAt(colon) !== 0x3a) return fail('malformed', colon)
    const valueStart = skipSpace(text, colon + 1)
    const valueEnd = skipValue(text, valueStart)
    if (valueEnd < 0) return fail(valueEnd === tooDeep ? 'too_deep' : 'malformed', valueStart)
    members.push({ key, start: at, keyEnd, valueStart, valueEnd })
    at = skipSpace(text, valueEnd)
    const after = text.charCodeAt(at)
    if (after === 0x7d) return finish(bytes, text, members, open, at + 1)
    if (after !== 0x2c) return fail('malformed', at)
    at = skipSpace(text, at + 1)
  }
}

/** The member of that name, if the object has it. */
export function findMember(object: ScannedObject, key: string): Member | undefined {
  const { members } = object
  for (let index = 0; index < members.length; index++) if (members[index]!.key === key) return members[index]
  return undefined
}

/** The string a member holds; undefined where it holds anything else or a string with a broken escape. */
export function readString(object: ScannedObject, member: Member): string | undefined {
  return object.text.charCodeAt(member.valueStart) === quote
    ? keyOf(object.bytes, object.text, member.valueStart, member.valueEnd)
    : undefined
}

/** The value of a member, parsed; undefined where `JSON.parse` refuses it. Numbers lose what a double cannot hold. */
export function readJson(object: ScannedObject, member: Member): unknown {
  try {
    return JSON.parse(object.bytes.toString('utf8', member.valueStart, member.valueEnd))
  } catch {
    return undefined
  }
}

/** The number a member holds; undefined where it holds anything else. */
export function readNumber(object: ScannedObject, member: Member): number | undefined {
  const value = readJson(object, member)
  return typeof value === 'number' ? value : undefined
}

/** What a member holds, told by its first byte. */
export function kindOf(
  object: ScannedObject,
  member: Member,
): 'string' | 'object' | 'array' | 'boolean' | 'null' | 'number' {
  switch (object.bytes[member.valueStart]) {
    case quote:
      return 'string'
    case 0x7b:
      return 'object'
    case 0x5b:
      return 'array'
    case 0x74:
    case 0x66:
      return 'boolean'
    case 0x6e:
      return 'null'
    default:
      return 'number'
  }
}

/** A Buffer over the same memory. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function fail(reason: ScanFailure, at: number): Scan {
  return { ok: false, reason, at }
}

function finish(bytes: Buffer, text: string, members: Member[], open: number, at: number): Scan {
  const end = skipSpace(text, at)
  return end === text.length
    ? { ok: true, object: new ScannedObject(bytes, members, open, text) }
    : fail('malformed', end)
}

function isRepeated(members: Member[], seen: { keys: Set<string> | undefined }, key: string): boolean {
  if (members.length < 16) return members.some((member) => member.key === key)
  seen.keys ??= new Set(members.map((member) => member.key))
  if (seen.keys.has(key)) return true
  seen.keys.add(key)
  return false
}

/** The string whose quotes stand at `start` and `end - 1`. */
function keyOf(bytes: Buffer, text: string, start: number, end: number): string | undefined {
  for (let index = start + 1; index < end - 1; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7e || code === backslash || code < 0x20) {
      try {
        return JSON.parse(bytes.toString('utf8', start, end)) as string
      } catch {
        return undefined
      }
    }
  }
  return text.slice(start + 1, end - 1)
}

function skipSpace(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at
    at++
  }
}

/** The offset after the closing quote, -1 without one. `from` is the offset after the opening quote. */
function stringEnd(text: string, from: number): number {
  let at = from
  for (;;) {
    const end = text.indexOf('"', at)
    if (end < 0) return -1
    if (text.charCodeAt(end - 1) !== backslash) return end + 1
    // An odd run of backslashes escapes the quote. The opening quote ends the run at the latest.
    let slash = end - 2
    while (text.charCodeAt(slash) === backslash) slash--
    if (((end - 1 - slash) & 1) === 0) return end + 1
    at = end + 1
  }
}

const tooDeep = -2
const wantsValue = 0
const wantsValueOrEnd = 1
const wantsKey = 2
const wantsKeyOrEnd = 3
const wantsCommaOrEnd = 4
const stack = new Uint8Array(jsonDepthMax + 1)

/** The offset after the value at `from`, -1 where it is malformed, `tooDeep` beyond the depth. */
function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from)
  if (first === quote) return stringEnd(text, from + 1)
  if (first !== 0x7b && first !== 0x5b) return skipScalar(text, from, first)
  // The outermost object is depth 1.
  let depth = 2
  stack[depth] = first
  let state = first === 0x7b ? wantsKeyOrEnd : wantsValueOrEnd
  let at = from + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      at++
      continue
    }
    if (state === wantsCommaOrEnd) {
      if (code === 0x2c) {
        state = stack[depth] === 0x7b ? wantsKey : wantsValue
        at++
        continue
      }
    } else if (code === quote) {
      at = stringEnd(text, at + 1)
      if (at < 0) return -1
      if (state === wantsKey || state === wantsKeyOrEnd) {
        at = skipSpace(text, at)
        if (text.charCodeAt(at) !== 0x3a) return -1
        at++
        state = wantsValue
      } else state = wantsCommaOrEnd
      continue
    } else if (state === wantsValue || state === wantsValueOrEnd) {
      if (code === 0x7b || code === 0x5b) {
        if (++depth > jsonDepthMax) return tooDeep
        stack[depth] = code
        state = code === 0x7b ? wantsKeyOrEnd : wantsValueOrEnd
        at++
        continue
      }
      if (code !== 0x5d) {
        at = skipScalar(text, at, code)
        if (at < 0) return -1
        state = wantsCommaOrEnd
        continue
      }
    }
    // What is left: the end of an object or array where one may stand, or a mistake. `}` is `{` + 2, `]` is `[` + 2.
    if (state === wantsValue || state === wantsKey || code !== stack[depth]! + 2) return -1
    at++
    if (--depth === 1) return at
    state = wantsCommaOrEnd
  }
}

function skipScalar(text: string, from: number, first: number): number {
  if (first === 0x74) return text.startsWith('true', from) ? from + 4 : -1
  if (first === 0x66) return text.startsWith('false', from) ? from + 5 : -1
  if (first === 0x6e) return text.startsWith('null', from) ? from + 4 : -1
  if (first !== 0x2d && !(first >= 0x30 && first <= 0x39)) return -1
  let at = from + 1
  let code = first
  for (;;) {
    const next = text.charCodeAt(at)
    const isDigit = next >= 0x30 && next <= 0x39
    if (!isDigit && next !== 0x2e && next !== 0x65 && next !== 0x45 && next !== 0x2b && next !== 0x2d) break
    code = next
    at++
  }
  return code >= 0x30 && code <= 0x39 ? at : -1
}

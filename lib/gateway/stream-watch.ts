import { toBuffer } from '#lib/openai/scan.ts'
import { type ErrorBody, holdsError, openAiError, parseErrorBody } from '#lib/openai/wire/error-body.ts'
import { isDone, sseEvent } from '#lib/openai/wire/sse.ts'
import { UsageWatch } from '#lib/openai/wire/usage.ts'
import type { GatewayError } from './errors.ts'

/** What an event of a stream is to the relay. `usage`: an event that carries usage and no choice. */
export type EventKind = 'done' | 'error' | 'usage' | 'other'

/** Reads along with a stream: usage, end, error, finish reason, bytes of generated text. Parses only what it must. */
export class StreamWatch {
  readonly usage = new UsageWatch()
  done = false
  error: ErrorBody | null = null
  finishReason = ''
  /** For the estimate where no usage comes. */
  outputBytes = 0
  /** The server's own error event goes out as it came, in place of one of ours. */
  readonly passesErrors: boolean = false
  readonly secrets: readonly string[]

  constructor(secrets: readonly string[]) {
    this.secrets = secrets
  }

  /** The beginning of an event that is too large to be read. */
  seeLarge(_bytes: Uint8Array): void {}

  /** Its end. */
  endLarge(): void {}

  /** A failure after the first byte, as an event. */
  toErrorEvent(error: GatewayError): string {
    return sseEvent(openAiError(error))
  }

  see(data: Uint8Array): EventKind {
    if (isDone(data)) {
      this.done = true
      return 'done'
    }
    const text = toBuffer(data).toString('latin1')
    // Inside a string a quote is escaped, so these patterns match names alone.
    if (hasValue(text, '"error"')) {
      const chunk = parse(data)
      // With choices beside it or without: some servers end a stream with an empty one. Half an error is one, too.
      if (chunk === undefined || holdsError(chunk)) {
        this.error = parseErrorBody(data, this.secrets)
        return 'error'
      }
    }
    const reason = stringAfter(text, '"finish_reason"')
    if (reason) this.finishReason = reason
    this.outputBytes += generatedBytes(text)
    if (!hasValue(text, '"usage"')) return 'other'
    const chunk = parse(data)
    this.usage.see(chunk)
    return isUsageAlone(chunk) ? 'usage' : 'other'
  }
}

/** Whether these bytes of an event may be an error's. */
export function mayHoldError(bytes: Uint8Array): boolean {
  return hasValue(toBuffer(bytes).toString('latin1'), '"error"')
}

const textNames = ['"content"', '"text"', '"reasoning_content"', '"reasoning"', '"arguments"', '"refusal"']

/** OpenAI's usage event: `choices` is an empty array and `usage` is an object. */
function isUsageAlone(chunk: unknown): boolean {
  return (
    typeof chunk === 'object' &&
    chunk !== null &&
    'choices' in chunk &&
    Array.isArray(chunk.choices) &&
    chunk.choices.length === 0 &&
    'usage' in chunk &&
    typeof chunk.usage === 'object' &&
    chunk.usage !== null
  )
}

/** Whether a member of that name holds anything but null. */
function hasValue(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    const value = valueAfter(text, at + name.length)
    if (value >= 0 && text.charCodeAt(value) !== 0x6e) return true
  }
  return false
}

/** The string value of the last member of that name; empty without one. */
export function stringAfter(text: string, name: string): string {
  const at = text.lastIndexOf(name)
  if (at < 0) return ''
  const value = valueAfter(text, at + name.length)
  if (value < 0 || text.charCodeAt(value) !== 0x22) return ''
  const end = text.indexOf('"', value + 1)
  return end < 0 ? '' : text.slice(value + 1, Math.min(end, value + 65))
}

/** UTF-8 bytes of the text that a model made, as far as the names of its members tell. `text` is a body as latin1. */
export function generatedBytes(text: string): number {
  let bytes = 0
  for (const name of textNames) bytes += bytesAfter(text, name)
  return bytes
}

/** UTF-8 bytes of the string values of all members of that name, escapes undone. */
export function bytesAfter(text: string, name: string): number {
  let bytes = 0
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + name.length)) {
    const value = valueAfter(text, at + name.length)
    if (value < 0 || text.charCodeAt(value) !== 0x22) continue
    for (let end = value + 1; end < text.length; end++, bytes++) {
      const code = text.charCodeAt(end)
      if (code === 0x22) break
      if (code !== 0x5c) continue
      end++
      if (text.charCodeAt(end) !== 0x75) continue
      // `\uXXXX`: one byte is counted like any other, the others here.
      bytes += extraBytes(Number.parseInt(text.slice(end + 1, end + 5), 16))
      end += 4
    }
  }
  return bytes
}

/** How many bytes more than one a UTF-16 unit takes in UTF-8; half of a pair takes two of its four. */
function extraBytes(unit: number): number {
  return unit < 0x80 ? 0 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2
}

/** Where the value begins after a name that ends at `from`; -1 where no colon follows. */
function valueAfter(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) <= 0x20) at++
  if (text.charCodeAt(at) !== 0x3a) return -1
  at++
  while (text.charCodeAt(at) <= 0x20) at++
  return at
}

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(toBuffer(data).toString('utf8'))
  } catch {
    return undefined
  }
}

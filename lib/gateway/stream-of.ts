import { Buffer } from 'node:buffer'
import { findMember, kindOf, type Member, type ScannedObject, scanObject, toBuffer } from '#lib/openai/scan.ts'
import type { Form } from './endpoints.ts'
import { elementsOf, type Range } from './nested.ts'

/** Each choice repeats the head of the answer; no server gives more of them. */
const choicesMax = 1024

interface Wanted {
  /** The caller asked for the usage event. */
  usage: boolean
  bytesMax: number
}

/**
 * The stream that was asked for, made of an answer that came in one piece: for each choice its delta and its end, the usage
 * where it is wanted, `[DONE]`. Every value keeps its bytes. Null where the answer cannot be taken apart, or where its
 * events would be larger than `bytesMax`.
 */
export function streamOf(body: Uint8Array, form: Form, wanted: Wanted): Buffer | null {
  // An event's data is one line. Between tokens a line end is white space, inside of strings JSON has none.
  const line = toBuffer(body)
    .toString('latin1')
    .replace(/[\r\n]/g, ' ')
  const scan = scanObject(Buffer.from(line, 'latin1'))
  const choices = scan.ok && findMember(scan.object, 'choices')
  if (!scan.ok || !choices || kindOf(scan.object, choices) !== 'array') return null
  const { object: answer } = scan
  const isOfHead = ({ key }: Member) => key !== 'object' && key !== 'choices' && key !== 'usage'
  const kind = form === 'chat' ? 'chat.completion.chunk' : 'text_completion'
  const head = [`"object":"${kind}"`, ...answer.members.filter(isOfHead).map((member) => textOf(answer, member))]
  const opening = `data: {${head.join(',')},"choices":[`
  const events: string[] = []
  let left = wanted.bytesMax
  const add = (rest: string): boolean => {
    left -= opening.length + rest.length
    if (left < 0) return false
    events.push(`${opening}${rest}}\n\n`)
    return true
  }
  let count = 0
  for (const range of elementsOf(answer.text, choices.valueStart, choices.valueEnd)) {
    const choice = scanAt(answer, range)
    if (!choice || count === choicesMax) return null
    const parts = form === 'chat' ? chatParts(choice, count) : [`{${withIndex(choice, count)}}`]
    for (const part of parts) if (!add(`${part}]`)) return null
    count++
  }
  const usage = findMember(answer, 'usage')
  if (wanted.usage && usage && kindOf(answer, usage) === 'object' && !add(`],${textOf(answer, usage)}`)) return null
  events.push('data: [DONE]\n\n')
  return Buffer.from(events.join(''), 'latin1')
}

/** Everything that a choice says, and then that it ends: as OpenAI's streams do. */
function chatParts(choice: ScannedObject, place: number): string[] {
  const message = findMember(choice, 'message')
  const inner = message && scanAt(choice, [message.valueStart, message.valueEnd])
  const finish = findMember(choice, 'finish_reason')
  const index = findMember(choice, 'index')
  const at = index ? textOf(choice, index) : `"index":${place}`
  const others = choice.members.filter((member) => member !== message && member !== finish && member !== index)
  const said = [at, `"delta":{${inner ? deltaOf(inner) : ''}}`, ...others.map((member) => textOf(choice, member))]
  return [
    `{${said.join(',')},"finish_reason":null}`,
    `{${at},"delta":{},${finish ? textOf(choice, finish) : '"finish_reason":null'}}`,
  ]
}

/** A message's members, its tool calls with the index that clients put pieces together by. */
function deltaOf(message: ScannedObject): string {
  const members = message.members.map((member) => {
    if (member.key !== 'tool_calls' || kindOf(message, member) !== 'array') return textOf(message, member)
    const calls = [...elementsOf(message.text, member.valueStart, member.valueEnd)].map((range, place) => {
      const call = scanAt(message, range)
      return call ? `{${withIndex(call, place)}}` : message.text.slice(...range)
    })
    return `"tool_calls":[${calls.join(',')}]`
  })
  return members.join(',')
}

function withIndex(object: ScannedObject, place: number): string {
  const members = object.members.map((member) => textOf(object, member))
  return (findMember(object, 'index') ? members : [`"index":${place}`, ...members]).join(',')
}

/** `"name":value`, in latin1 as the scanner reads. */
function textOf(object: ScannedObject, member: Member): string {
  return `${object.text.slice(member.start, member.keyEnd)}:${object.text.slice(member.valueStart, member.valueEnd)}`
}

function scanAt(object: ScannedObject, [start, end]: Range): ScannedObject | undefined {
  const scan = scanObject(object.bytes.subarray(start, end))
  return scan.ok ? scan.object : undefined
}

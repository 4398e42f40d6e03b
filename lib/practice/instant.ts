import type { ServerResponse } from 'node:http'
import type { Account } from './account.ts'
import type { Conversation } from './chat.ts'
import { billOf, toChunks, toCompletion } from './chat-wire.ts'
import { findModel } from './faults.ts'
import type { ChatInput } from './inputs.ts'
import { splitTokens } from './tokens.ts'

// The answer of benchmarks: made once, sent as the same bytes to everybody, no parsing of the call.
const text =
  'A patch bay is a panel of sockets: every device has its place, and a short cable connects any two of them. Nothing behind the panel has to move when the ' +
  'wiring changes. That is why studios like it, and why it is a good picture for a gateway: callers plug in here, servers plug in there, and what runs between is seen by all.'

/** What every call of `practice-instant` is answered with, and charged for. */
export const cannedConversation: Conversation = {
  inputTokens: 100,
  choices: [{ reasoning: [], content: splitTokens(text), calls: [], finish: 'stop', hiddenTokens: 0 }],
}

const gapMs = 50
const pacedId = 'practice-instant:paced'
const instant = findModel('practice-instant')!
const paced = findModel(pacedId)!
const bill = billOf(cannedConversation, {})
const head = { id: 'chatcmpl-instant', created: 1_790_000_000 }
const input: ChatInput = { model: 'practice-instant', messages: [{ role: 'user', content: '' }] }

const wholeAnswer = Buffer.from(JSON.stringify(toCompletion(input, instant, cannedConversation, head)))
const wholeHeaders = ['content-type', 'application/json', 'content-length', String(wholeAnswer.length)]
const streamHeaders = ['content-type', 'text/event-stream; charset=utf-8', 'cache-control', 'no-cache']

interface Frames {
  frames: Buffer[]
  joined: Buffer
  /** Output tokens up to and with each frame. */
  tokens: number[]
}

function toFrames(isPaced: boolean, withUsage: boolean): Frames {
  const frames: Buffer[] = []
  const tokens: number[] = []
  for (const event of toChunks(
    { ...input, stream_options: { include_usage: withUsage } },
    isPaced ? paced : instant,
    cannedConversation,
    head,
  )) {
    frames.push(Buffer.from(`data: ${JSON.stringify(event.data)}\n\n`))
    tokens.push((tokens.at(-1) ?? 0) + event.tokens)
  }
  frames.push(Buffer.from('data: [DONE]\n\n'))
  tokens.push(tokens.at(-1)!)
  return { frames, joined: Buffer.concat(frames), tokens }
}

const framesByKind = {
  instant: [toFrames(false, false), toFrames(false, true)],
  paced: [toFrames(true, false), toFrames(true, true)],
} as const

/** Which of the two canned models the body names: found by its bytes, because parsing would be most of the work. */
export function findInstant(body: Buffer): 'instant' | 'paced' | undefined {
  if (names(body, 'practice-instant')) return 'instant'
  return names(body, pacedId) ? 'paced' : undefined
}

// Inside a JSON string the quotes would be escaped, so these bytes stand only where `model` is a member.
function names(body: Buffer, id: string): boolean {
  return body.includes(`"model":"${id}"`) || body.includes(`"model": "${id}"`)
}

function isTrue(body: Buffer, name: string): boolean {
  return body.includes(`"${name}":true`) || body.includes(`"${name}": true`)
}

/** Answers a call of a canned model. */
export function serveInstant(
  kind: 'instant' | 'paced',
  body: Buffer,
  response: ServerResponse,
  key: string,
  account: Account,
): void {
  const model = kind === 'instant' ? instant : paced
  if (!isTrue(body, 'stream')) {
    response.writeHead(200, wholeHeaders)
    response.end(wholeAnswer)
    account.charge(key, model.id, model.card, bill)
    return
  }
  const frames = framesByKind[kind][isTrue(body, 'include_usage') ? 1 : 0]
  response.writeHead(200, streamHeaders)
  if (kind === 'instant') {
    response.end(frames.joined)
    account.charge(key, model.id, model.card, bill)
    return
  }
  let next = 0
  const timer = setInterval(() => {
    // A client that does not read gets its events later, not into memory.
    if (response.writableNeedDrain) return
    response.write(frames.frames[next]!)
    next += 1
    if (next === frames.frames.length) response.end()
  }, gapMs)
  response.once('close', () => {
    clearInterval(timer)
    if (next === frames.frames.length) account.charge(key, model.id, model.card, bill)
    else if (next > 0)
      account.charge(key, model.id, model.card, { ...bill, outputTokens: frames.tokens[next - 1]! }, true)
  })
}

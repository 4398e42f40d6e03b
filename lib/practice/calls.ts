import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Behaviour } from './behaviour.ts'
import type { KnownModel } from './faults.ts'
import { sendText } from './http.ts'
import type { Operation } from './made.ts'
import { untilAborted } from './pace.ts'
import { Refusal } from './refusal.ts'
import { countersMax, type State } from './state.ts'
import { firstTokenMs, tokenMs, writeStream } from './stream.ts'

const hugeBytes = 20 * 1024 * 1024

export interface Call {
  key: string
  body: object
  model: KnownModel
  make: Operation
  signal: AbortSignal
}

/** Answers a call with all the manners of its model. Throws `Refusal`. */
export async function answer(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  { key, body, model, make, signal }: Call,
): Promise<void> {
  const { behaviour, card, id } = model
  if (behaviour.hangs) return await untilAborted(signal)
  if (behaviour.resets) {
    request.socket.resetAndDestroy()
    return
  }
  if (behaviour.firstByteMs) await state.pace.wait(behaviour.firstByteMs, signal)
  if (behaviour.echoesKey) throw new Refusal(401, `Incorrect API key provided: ${key}.`, { code: 'invalid_api_key' })
  if (behaviour.reply && isDue(state, `${key} ${id}`, behaviour.replyTimes)) {
    const { status, body: text, type = 'application/json', headers } = behaviour.reply
    state.account.fail(key, id)
    return sendText(response, text, type, status, headers)
  }
  const made = make(body, model, { nowMs: state.now(), origin: state.origin, key, stored: state.stored })
  const streams =
    made.events && (behaviour.whole === 'event-stream' || (made.streamAsked && behaviour.stream !== 'whole'))
  if (streams) {
    const sent = await writeStream(response, made.events!(), behaviour, state.pace, signal)
    if (sent.complete) state.account.charge(key, id, card, made.bill)
    else if (sent.events > 0)
      state.account.charge(
        key,
        id,
        card,
        { ...made.bill, outputTokens: sent.tokens, reasoningTokens: sent.reasoningTokens },
        true,
      )
    return
  }
  await state.pace.wait(firstTokenMs + Math.min(2_000, made.bill.outputTokens * tokenMs), signal)
  if (signal.aborted) return
  if (await sendWhole(response, made.whole(), behaviour)) state.account.charge(key, id, card, made.bill)
  else state.account.fail(key, id)
}

/** True where the client was given an answer that can be read. */
async function sendWhole(response: ServerResponse, body: object, behaviour: Behaviour): Promise<boolean> {
  const text = JSON.stringify(behaviour.whole === 'huge' ? { ...body, padding: 'x'.repeat(hugeBytes) } : body)
  const half = text.slice(0, text.length / 2)
  if (behaviour.whole === 'bad-json') {
    sendText(response, half, 'application/json')
    return false
  }
  if (behaviour.whole === 'truncated') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    // The half must reach the network before the connection breaks.
    await new Promise<void>((resolve) => response.write(half, () => resolve()))
    response.socket?.destroy()
    return false
  }
  sendText(response, text, behaviour.whole === 'text-type' ? 'text/plain; charset=utf-8' : 'application/json')
  return true
}

/** Whether a call gets the fixed reply: always, or the first `times` of each round. */
function isDue({ counters }: State, id: string, times: number | undefined): boolean {
  if (times === undefined) return true
  if (counters.size >= countersMax) counters.clear()
  const calls = counters.get(id) ?? 0
  counters.set(id, calls >= times ? 0 : calls + 1)
  return calls < times
}

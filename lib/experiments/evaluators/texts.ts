import { collectStream } from '#lib/openai/wire/collect.ts'
import { contentText } from '../text.ts'

/** The messages of a request as a judge may read them; of a prompt or an input the texts, as a user's. */
export function messagesOfRequest(body: Uint8Array): unknown[] {
  const request = parse(body)
  if (Array.isArray(request?.messages))
    return request.messages.filter((message) => typeof message === 'object' && message !== null)
  return plainTexts(request).map((content) => ({ role: 'user', content }))
}

/** What the caller's own people say: every message of theirs, a prompt, the inputs of an embedding. */
export function textsOfRequest(body: Uint8Array): string[] {
  const request = parse(body)
  const messages = Array.isArray(request?.messages) ? (request.messages as { role?: unknown; content?: unknown }[]) : []
  const said = messages.filter((message) => message?.role === 'user').map((message) => contentText(message.content))
  return [...said, ...plainTexts(request)]
}

/**
 * The texts of each choice, of a whole answer or of the events of a stream: what it says, and the functions that it asks
 * to be called as JSON.
 */
export function textsOfAnswer(body: Uint8Array): string[] {
  const answer = parse(body) ?? collectStream(Buffer.from(body).toString('utf8')).answer
  const choices: unknown[] = Array.isArray(answer?.choices) ? answer.choices : []
  return choices.flatMap((choice) => {
    if (typeof choice !== 'object' || choice === null) return []
    const { text, message } = choice as { text?: unknown; message?: Message | null }
    const words = contentText(message?.content ?? text) || contentText(message?.refusal)
    const calls = [message?.tool_calls ?? [], message?.function_call ?? []].flat()
    if (calls.length === 0) return [words]
    const called = JSON.stringify(calls.map((call) => call?.function ?? call))
    return words === '' ? [called] : [words, called]
  })
}

interface Message {
  content?: unknown
  refusal?: unknown
  tool_calls?: { function?: unknown }[] | null
  function_call?: { function?: unknown } | null
}

function plainTexts(request: Record<string, unknown> | null): string[] {
  return [request?.prompt, request?.input].flat().filter((text): text is string => typeof text === 'string')
}

function parse(body: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

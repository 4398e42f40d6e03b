import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendText } from './http.ts'
import type { Manners } from './manners.ts'
import { untilAborted } from './pace.ts'
import { Refusal } from './refusal.ts'

export const htmlPage = '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>'
export const htmlType = 'text/html; charset=utf-8'

/** The one answer to everything below a prefix that has one. */
export async function answerAlways(
  always: NonNullable<Manners['always']>,
  request: IncomingMessage,
  response: ServerResponse,
  rest: string,
  signal: AbortSignal,
): Promise<void> {
  switch (always) {
    case 'html':
      sendText(response, htmlPage, htmlType)
      return
    case 'empty':
      sendText(response, '', 'application/json')
      return
    case 'redirect':
      sendText(response, '', 'text/plain', 308, { location: `/${rest}` })
      return
    case 'down':
      throw new Refusal(503, 'The server is overloaded or not ready yet.', { headers: { 'retry-after': '5' } })
    case 'no-credit':
      throw new Refusal(402, 'Insufficient balance.', { type: 'insufficient_balance' })
    case 'forbidden':
      throw new Refusal(403, 'This key may not use this server.', {
        type: 'permission_error',
        code: 'permission_denied',
      })
    case 'reset':
      request.socket.resetAndDestroy()
      return
    case 'hang':
      await untilAborted(signal)
      return
  }
}

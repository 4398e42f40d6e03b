import { type Act, type Answer, openScripted } from './both-doors.ts'
import type { HouseModel, TestHouse } from './house.ts'

/** What servers of tests do, and models that stand on them. */

export const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 }

/** A body as JSON, or as the text that it is. */
export const answers =
  (status: number, body: object | string, headers: Record<string, string> = {}): Act =>
  (_body, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body))

export const fails = (status: number, error: object = {}, headers: Record<string, string> = {}) =>
  answers(status, { error: { message: 'no', type: 'x', param: null, ...error } }, headers)

export const says = (content: string) =>
  answers(200, { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }], usage })

export const hangs: Act = () => undefined
export const resets: Act = (_body, response) => void response.destroy()
/** Nobody listens there. */
export const refuses: Act = () => undefined

export const event = (data: object | string) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
export const delta = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
export const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }

export const streams =
  (...events: string[]): Act =>
  (_body, response) =>
    void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''))

export const goodStream = streams(event(delta('hi')), event(finish), event('[DONE]'))

/** Makes models, each with a server of its own. */
export function modelsThat(house: Pick<TestHouse, 'model'>) {
  let made = 0
  return async (act: Act, changes: HouseModel = {}) => {
    const scripted = await openScripted()
    scripted.act = act
    const slug = `model-${made++}`
    const entry = house.model(slug, act === refuses ? 'http://127.0.0.1:9/v1' : scripted.url, changes)
    return { slug, entry, scripted, calls: () => scripted.seen.length }
  }
}

export const to = (...models: { slug: string }[]) => ({ fallbacks: models.map(({ slug }) => ({ model: slug })) })
export const errorOf = ({ body }: Answer) =>
  JSON.parse(body).error as { code: string; param: string | null; message: string; type: string }
export const contentOf = ({ body }: Answer) => JSON.parse(body).choices[0].message.content as string

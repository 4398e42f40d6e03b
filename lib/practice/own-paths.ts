import type { IncomingMessage, ServerResponse } from 'node:http'
import { catalog } from './catalog.ts'
import { draw, readFileName } from './drawing.ts'
import { faults } from './faults.ts'
import { sendJson, sendText } from './http.ts'
import { readKey } from './keys.ts'
import { type Manners, prefixes } from './manners.ts'
import { Refusal } from './refusal.ts'
import type { State } from './state.ts'

/** What this server has beside OpenAI's paths: its account, keys, pictures and a list of its manners. */
export function serveOwn(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: string,
  manners: Manners,
): void {
  const get = request.method === 'GET'
  const revoked = request.method === 'POST' ? /^\/practice\/keys\/([^/]{1,256})\/revoke$/.exec(path)?.[1] : undefined
  const drawing =
    get && path.startsWith('/practice/images/') ? readFileName(path.slice('/practice/images/'.length)) : undefined
  if (get && path === '/') sendJson(response, greeting(state))
  else if (get && manners.props && path.endsWith('/props')) sendJson(response, manners.props)
  else if (get && path === '/practice/behaviours') sendJson(response, listBehaviours(state))
  else if (get && path === '/practice/account') {
    const key = new URLSearchParams(query).get('key') ?? readKey(request.headers)
    state.keys.require(key)
    sendJson(response, state.account.view(key))
  } else if (revoked) {
    if (!state.keys.revoke(revoked)) throw new Refusal(404, 'That is no key of this server.')
    sendJson(response, { revoked: true })
  } else if (drawing) sendText(response, draw(drawing), 'image/png')
  else if (manners.unknownPaths === 'ok')
    sendJson(response, { error: `Unexpected endpoint or method. (${request.method} ${path.slice(0, 200)})` })
  else throw unknownPath(request.method, path)
}

function greeting({ origin }: State): object {
  return {
    name: 'Patchbay practice provider',
    baseUrl: `${origin}/v1`,
    models: catalog.map(({ id }) => id),
    behaviours: '/practice/behaviours',
  }
}

function listBehaviours({ origin }: State): object {
  const descriptionsOf = (table: Readonly<Record<string, { description: string }>>) =>
    Object.fromEntries(Object.entries(table).map(([name, { description }]) => [name, description]))
  return {
    models: 'practice-chat:<fault> or practice-chat:<fault>+<fault>',
    faults: descriptionsOf(faults),
    baseUrls: `${origin}/<prefix>/v1`,
    prefixes: descriptionsOf(prefixes),
  }
}

/** 404 for a path that this server does not have. */
export function unknownPath(method: string | undefined, path: string): Refusal {
  return new Refusal(404, `Unknown request URL: ${method} ${path.slice(0, 200)}. The Base URL ends with /v1.`, {
    code: 'unknown_url',
  })
}

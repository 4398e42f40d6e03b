import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionResult } from '#lib/core/result.ts'
import { statusOf } from '#lib/web/errors.ts'
import { actions as actionTable, routes as routeTable } from './access-table.ts'
import type { ActorName, Things, World } from './access-world.ts'

type RouteHandler = (request: Request, context: { params: Promise<unknown> }) => Promise<Response>
type Action = (...input: unknown[]) => Promise<ActionResult<unknown>>

export interface Answer {
  status: number
  body: string
  /** Empty for actions. */
  headers: Headers
}

interface Changes {
  /** Whose things the call names; the first workspace's unless told otherwise. */
  things?: Things
  slug?: string
  /** In place of the table's. */
  input?: unknown
  /** Beside those of the actor. */
  headers?: Record<string, string>
}

/** What stands in `app/`, found on disk: `GET /api/me`, `(auth)/actions.ts#claimInstallation`. */
export interface AccessDoors {
  routes: ReadonlyMap<string, RouteHandler>
  actions: ReadonlyMap<string, Action>
  /** One call as this actor, of what the table names. */
  knock(name: string, actor: ActorName, changes?: Changes): Promise<Answer>
}

const app = join(import.meta.dirname, '../../app')
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** `setHeaders`: gives the headers of the next action's request to what stands for `next/headers`. */
export async function accessDoors(world: World, setHeaders: (headers: Headers) => void): Promise<AccessDoors> {
  const routes = new Map<string, RouteHandler>()
  for (const file of globSync('**/route.{ts,tsx}', { cwd: app })) {
    const path = `/${file.replace(/\/route\.tsx?$/, '').replaceAll(/\([^)]*\)\//g, '')}`
    const module: Record<string, unknown> = await import(join(app, file))
    for (const method of methods) if (method in module) routes.set(`${method} ${path}`, module[method] as RouteHandler)
  }
  const actions = new Map<string, Action>()
  for (const file of globSync('**/*.{ts,tsx}', { cwd: app })) {
    if (file.includes('.test.') || !/^\s*['"]use server['"]/m.test(readFileSync(join(app, file), 'utf8'))) continue
    const module: Record<string, unknown> = await import(join(app, file))
    for (const [name, action] of Object.entries(module)) actions.set(`${file}#${name}`, action as Action)
  }

  async function knock(name: string, actor: ActorName, changes: Changes = {}): Promise<Answer> {
    const things = changes.things ?? world.here
    const slug = changes.slug ?? world.here.slug
    const entry = routeTable[name] ?? actionTable[name]!
    const input = 'input' in changes ? changes.input : await entry.input?.(world, things)
    const headers = await world.headers(actor)
    const action = actions.get(name)
    if (action) {
      setHeaders(new Headers(headers))
      const result = name.startsWith('(studio)') ? await action(slug, input) : await action(input)
      return { status: result.ok ? 200 : statusOf(result.error), body: JSON.stringify(result), headers: new Headers() }
    }
    const params = { workspace: slug, ...entry.params?.(things) }
    const response = await routes.get(name)!(toRequest(name, params, { ...headers, ...changes.headers }, input), {
      params: Promise.resolve(params),
    })
    return { status: response.status, body: await response.text(), headers: response.headers }
  }

  return { routes, actions, knock }
}

function toRequest(
  name: string,
  params: Record<string, string | string[]>,
  headers: Record<string, string>,
  input: unknown,
): Request {
  const [method = '', path = ''] = name.split(' ')
  const filled = path.replaceAll(/\[(?:\.\.\.)?(\w+)\]/g, (_, part: string) => [params[part] ?? ''].flat().join('/'))
  const address = new URL(filled, 'http://127.0.0.1:3000')
  const reads = method === 'GET' || method === 'HEAD'
  if (reads && input) for (const [field, value] of Object.entries(input)) address.searchParams.set(field, String(value))
  const body = reads || input === undefined ? undefined : JSON.stringify(input)
  const sent = new Headers(headers)
  if (body !== undefined) {
    sent.set('content-type', 'application/json')
    sent.set('content-length', String(body.length))
  }
  return new Request(address, { method, headers: sent, ...(body !== undefined && { body }) })
}

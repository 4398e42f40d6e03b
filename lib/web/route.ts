import { AppError, invalidInput } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import { findKey, type Person, type RequestInfo, type Scope } from '#lib/tenancy/index.ts'
import { readJsonBody, requireLength } from './body.ts'
import { isOurFault, statusOf, toErrorBody, toShownError } from './errors.ts'
import { once } from './once.ts'
import { readRequest, requireHost, requireOrigin } from './request.ts'
import { cookieOf, readSession, sessionCookieName } from './session.ts'

/** The parts of a catch-all are joined by `/`. */
type RouteParams = Record<string, string>

export interface RouteCall {
  params: RouteParams
  /** The JSON body where there is one, else the query; a name that comes twice is a list. Not parsed any further. */
  input: Record<string, unknown>
  request: Request
}

export interface RouteOptions {
  /** Of a success with a body; 200. An answer of `undefined` is 204. */
  status?: number
  /** The most bytes of a body; 1 MB. */
  bodyBytesMax?: number
  /** The answer holds what is told once: a repeat with an `Idempotency-Key` does not get it again. */
  hasSecret?: boolean
}

/** Next gives no parameters at all to a route whose path has none. */
type Handler = (
  request: Request,
  context: { params: Promise<Record<string, string | string[]> | undefined> },
) => Promise<Response>

/**
 * A verb as a route of the management API below `/api/workspaces/[workspace]`: by session cookie, or by a caller's key
 * with the scope read (GET) or manage (everything else). Answers JSON, or the `Response` that the handler gives. What
 * changes something may come with an `Idempotency-Key`.
 */
export function route(handle: (call: RouteCall & { scope: Scope }) => unknown, options: RouteOptions = {}): Handler {
  return guarded(options, async (call, info) => {
    const scope = await findScope(call, info)
    const { request } = call
    const input = await readInput(request, options)
    const work = async () => toResponse(await handle({ ...call, input, scope }), options)
    if (isReading(request)) return work()
    return once({ request, input, scope, requestId: info.id, hasSecret: options.hasSecret ?? false }, work)
  })
}

/** The same for a handler that reads the body itself, as a stream or as bytes. */
export function rawRoute(handle: (call: Omit<RouteCall, 'input'> & { scope: Scope }) => unknown): Handler {
  return guarded({}, async (call, info) => handle({ ...call, scope: await findScope(call, info) }))
}

/** The same for what belongs to a person and to no workspace: by session cookie alone. */
export function personRoute(
  handle: (call: RouteCall & { person: Person }) => unknown,
  options: RouteOptions = {},
): Handler {
  return guarded(options, async (call, info) => {
    const person = await requirePerson(call.request, info)
    return handle({ ...call, input: await readInput(call.request, options), person })
  })
}

/**
 * A handler of somebody else, next-auth's, behind our own checks: Host, Origin of everything that is not reading, and a
 * body of a stated, bounded length.
 */
export function openHandler<Context>(
  { bodyBytesMax }: { bodyBytesMax: number },
  handle: (request: Request, context: Context) => Promise<Response>,
): (request: Request, context: Context) => Promise<Response> {
  return async (request, context) => {
    const { env } = getRuntime()
    const info = readRequest(request.headers, env)
    try {
      requireHost(request.headers, env)
      if (!isReading(request)) {
        requireOrigin(request.headers, env)
        requireLength(request.headers, bodyBytesMax)
      }
      return await handle(request, context)
    } catch (error) {
      return toErrorResponse(error, info)
    }
  }
}

type Bare = Omit<RouteCall, 'input'>

function guarded(options: RouteOptions, work: (call: Bare, info: RequestInfo) => Promise<unknown>): Handler {
  return async (request, context) => {
    const { env } = getRuntime()
    const info = readRequest(request.headers, env)
    try {
      requireHost(request.headers, env)
      const value = await work({ params: joinParams(await context.params), request }, info)
      return finish(toResponse(value, options), info)
    } catch (error) {
      return toErrorResponse(error, info)
    }
  }
}

function toResponse(value: unknown, { status = 200 }: RouteOptions): Response {
  if (value instanceof Response) return value
  return value === undefined ? new Response(null, { status: 204 }) : Response.json(value, { status })
}

function joinParams(params: Record<string, string | string[]> = {}): RouteParams {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, Array.isArray(value) ? value.join('/') : value]),
  )
}

function toErrorResponse(error: unknown, info: RequestInfo): Response {
  if (isOurFault(error)) getRuntime().logger.error({ error, requestId: info.id }, 'request failed')
  const shown = toShownError(error, info.id)
  const response = Response.json(toErrorBody(shown), { status: statusOf(shown) })
  if (shown.retryAfterMs !== undefined)
    response.headers.set('retry-after', String(Math.ceil(shown.retryAfterMs / 1000)))
  return finish(response, info)
}

function finish(response: Response, info: RequestInfo): Response {
  // The gateway's answers carry the id that the ledger knows.
  if (!response.headers.has('x-request-id')) response.headers.set('x-request-id', info.id)
  response.headers.set('cache-control', 'no-store')
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
  return response
}

async function findScope({ request, params }: Bare, info: RequestInfo): Promise<Scope> {
  const { tenancy } = getRuntime()
  const slug = params.workspace ?? ''
  const key = findKey(Object.fromEntries(request.headers))
  if (!key) return tenancy.scopeForPerson(await requirePerson(request, info), slug)
  if ('twice' in key) throw invalidInput('The request carries more than one API key.')
  const scope = await tenancy.scopeForKey(key.text, slug, info)
  const wanted = isReading(request) ? (['read', 'manage'] as const) : (['manage'] as const)
  if (wanted.some((each) => scope.keyScopes.includes(each))) return scope
  throw new AppError({
    kind: 'forbidden',
    code: 'permission_denied',
    message: `This key lacks the scope ${wanted[0]}.`,
  })
}

async function requirePerson(request: Request, info: RequestInfo): Promise<Person> {
  const { env } = getRuntime()
  const cookie = cookieOf(request.headers, sessionCookieName(env))
  if (cookie && !isReading(request)) requireOrigin(request.headers, env)
  const person = await readSession(cookie, info)
  if (person) return person
  throw new AppError({
    kind: 'unauthenticated',
    code: cookie ? 'session_ended' : 'not_signed_in',
    message: cookie
      ? 'Your session has ended. Sign in again.'
      : 'Sign in, or send an API key as "Authorization: Bearer pb_...".',
  })
}

function isReading(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD'
}

async function readInput(request: Request, options: RouteOptions): Promise<Record<string, unknown>> {
  if (!isReading(request) && request.body) return readJsonBody(request, options.bodyBytesMax ?? 1_000_000)
  const query: Record<string, unknown> = {}
  for (const name of new Set(new URL(request.url).searchParams.keys())) {
    const values = new URL(request.url).searchParams.getAll(name)
    query[name] = values.length === 1 ? values[0] : values
  }
  return query
}

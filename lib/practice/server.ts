import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Account, type AccountView } from './account.ts'
import { answerAlways, htmlPage, htmlType } from './always.ts'
import { answer } from './calls.ts'
import type { ModelKind } from './catalog.ts'
import { parseObject, readBody, sendJson, sendRefusal, sendText, toRefusal } from './http.ts'
import { findInstant, serveInstant } from './instant.ts'
import { Keys, readKey } from './keys.ts'
import { findServed, getModel, listModels, unknownModel } from './listing.ts'
import type { Operation } from './made.ts'
import { type Manners, readPath } from './manners.ts'
import * as operations from './operations.ts'
import { serveOwn, unknownPath } from './own-paths.ts'
import { Pace } from './pace.ts'
import { badField, type ErrorShape, Refusal } from './refusal.ts'
import { ResponseStore } from './response-store.ts'
import { responses } from './responses.ts'
import { countersMax, type State } from './state.ts'

export interface PracticeOptions {
  /** 0 takes a free one. */
  port: number
  host?: string
  /** Milliseconds since the epoch. */
  now?: () => number
  /** Times all of the server's delays: 1 is real, 0 answers at once. */
  latencyScale?: number
}

export interface Practice {
  /** The Base URL: `http://127.0.0.1:4010/v1`. */
  url: string
  port: number
  /** What was served, of one key or of all. */
  account(key?: string): AccountView
  /** From now on the key is refused. False where it never was a key of this server. */
  revoke(key: string): boolean
  /** Ends everything at once, calls in flight too. */
  close(): Promise<void>
}

const operationByPath: Readonly<Record<string, { kind: ModelKind; make: Operation }>> = {
  'chat/completions': { kind: 'chat', make: operations.chat },
  responses: { kind: 'chat', make: responses },
  completions: { kind: 'completion', make: operations.completion },
  embeddings: { kind: 'embedding', make: operations.embedding },
  'images/generations': { kind: 'image', make: operations.image },
}

const pathByKind: Record<ModelKind, string> = {
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
  embedding: '/v1/embeddings',
  image: '/v1/images/generations',
}
const namedKind: Record<ModelKind, string> = {
  chat: 'a chat model',
  completion: 'a completion model',
  embedding: 'an embedding model',
  image: 'an image model',
}

/** Starts the practice provider. Rejects where the port cannot be taken. */
export async function start(options: PracticeOptions): Promise<Practice> {
  const { port, host = '127.0.0.1', now = Date.now, latencyScale = 1 } = options
  const state: State = {
    account: new Account(),
    keys: new Keys(),
    pace: new Pace(latencyScale),
    now,
    origin: '',
    counters: new Map(),
    minutes: new Map(),
    requests: 0,
    stored: new ResponseStore(),
  }
  const server = createServer(
    { noDelay: true, keepAliveTimeout: 65_000, requestTimeout: 60_000, headersTimeout: 10_000 },
    (request, response) => {
      void serve(state, request, response)
    },
  )
  server.maxConnections = 10_000
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const bound = (server.address() as AddressInfo).port
  state.origin = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`
  return {
    url: `${state.origin}/v1`,
    port: bound,
    account: (key) => state.account.view(key),
    revoke: (key) => state.keys.revoke(key),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const { manners, prefixCount, operation } = readPath(path)
  state.requests += 1
  // Nothing of the practice key's own text, which is taken out of whatever a server says.
  response.setHeader('x-request-id', `req_own_${state.requests.toString(36)}`)
  // A client that resets its connection is nobody's error.
  response.on('error', () => {})
  const left = new AbortController()
  response.once('close', () => left.abort())
  try {
    if (manners.always) {
      const rest = path
        .split('/')
        .slice(1 + prefixCount)
        .join('/')
      return await answerAlways(manners.always, request, response, rest, left.signal)
    }
    if (operation === undefined) return serveOwn(state, request, response, path, query, manners)
    await serveOperation(state, request, response, { manners, operation, query, signal: left.signal })
  } catch (error) {
    const refusal = inManner(toRefusal(error), manners)
    sendRefusal(response, refusal, shapeOf(refusal, manners.errors))
  }
}

/** A refusal with the words and the status that this server has for it. */
function inManner(refusal: Refusal, { wording, statuses }: Manners): Refusal {
  const own = wording?.[refusal.code as keyof typeof wording]
  const worded = own ? refusal.reworded(own) : refusal
  const status = own?.status === undefined ? statuses?.[worded.status] : undefined
  return status === undefined ? worded : worded.reworded({ status })
}

/** The shape of this error; 0 stands for every other status. */
function shapeOf({ status }: Refusal, errors: Manners['errors']): ErrorShape | undefined {
  return typeof errors === 'object' ? (errors[status] ?? errors[0]) : errors
}

interface Asked {
  manners: Manners
  operation: string
  query: string
  signal: AbortSignal
}

async function serveOperation(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
  asked: Asked,
): Promise<void> {
  const { manners, operation, signal } = asked
  const key = readKey(request.headers, manners.keyHeader)
  const isListing = request.method === 'GET' && (operation === 'models' || operation.startsWith('models/'))
  if (manners.listing === 'native' && isListing && !request.headers['x-native-version'])
    throw new Refusal(401, 'x-native-version: header is required', { type: 'authentication_error' })
  if (manners.keys === 'unwanted') {
    if (key !== '') throw new Refusal(401, 'Credentials are not accepted here.', { code: 'credentials_not_accepted' })
  } else if (manners.keys !== 'unchecked' && !(manners.keys === 'unchecked-listing' && isListing))
    state.keys.require(key)
  if (manners.requiredHeader && !request.headers[manners.requiredHeader])
    throw badField(null, `The header '${manners.requiredHeader}' is missing.`, 'missing_header')
  if (manners.requiredQuery && !new URLSearchParams(asked.query).get(manners.requiredQuery))
    throw badField(manners.requiredQuery, `The query parameter '${manners.requiredQuery}' is missing.`, 'missing_query')
  if (manners.callsPerMinute) countCall(state, key, manners.callsPerMinute, response)
  if (isListing) {
    if (operation === 'models' && manners.listing === 'html') return sendText(response, htmlPage, htmlType)
    return sendJson(
      response,
      operation === 'models' ? listModels(manners) : getModel(decodeName(operation.slice('models/'.length)), manners),
    )
  }
  const known = Object.hasOwn(operationByPath, operation) ? operationByPath[operation] : undefined
  if (!known || manners.lacks?.includes(operation)) throw unknownPath(request.method, `/${operation}`)
  if (request.method !== 'POST')
    throw new Refusal(405, `Method ${request.method} is not allowed here.`, { headers: { allow: 'POST' } })
  const bytes = await readBody(request)
  const instant = operation === 'chat/completions' && !manners.models ? findInstant(bytes) : undefined
  if (instant) return serveInstant(instant, bytes, response, key, state.account)

  const body = parseObject(bytes)
  const id = (body as { model?: unknown }).model
  if (typeof id !== 'string' || id === '')
    throw badField('model', 'you must provide a model parameter', 'missing_required_parameter')
  const model = findServed(id, known.kind, manners)
  if (!model) throw unknownModel(id)
  if (model.card.kind !== known.kind) {
    throw badField(
      'model',
      `${id.slice(0, 100)} is ${namedKind[model.card.kind]} and not supported at this endpoint. Use ${pathByKind[model.card.kind]}.`,
      'unsupported_model',
    )
  }
  if (operation === 'responses' && model.behaviour.lacksResponses) throw unknownPath(request.method, `/${operation}`)
  try {
    await answer(state, request, response, { key, body, model: { ...model, id }, make: known.make, signal })
  } catch (error) {
    state.account.fail(key, model.id)
    throw error
  }
}

function countCall({ minutes, now }: State, key: string, perMinute: number, response: ServerResponse): void {
  const minute = Math.floor(now() / 60_000)
  if (minutes.size >= countersMax) minutes.clear()
  const known = minutes.get(key)
  const entry = known?.minute === minute ? known : { minute, calls: 0 }
  minutes.set(key, entry)
  const secondsLeft = Math.ceil(((minute + 1) * 60_000 - now()) / 1000)
  const refused = entry.calls >= perMinute
  if (!refused) entry.calls += 1
  response.setHeader('x-ratelimit-limit-requests', perMinute)
  response.setHeader('x-ratelimit-remaining-requests', perMinute - entry.calls)
  response.setHeader('x-ratelimit-reset-requests', `${secondsLeft}s`)
  if (refused)
    throw new Refusal(429, `Rate limit reached: ${perMinute} calls a minute.`, {
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': String(secondsLeft) },
    })
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badField('model', 'The model ID in the path is not valid.')
  }
}

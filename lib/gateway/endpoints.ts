import type { ModelType } from '#lib/models/schema.ts'

/** How requests and answers are written. */
export type Form = ModelType | 'responses'

/** An operation of OpenAI's API that models are called by. */
export interface Endpoint {
  /** As kept on the record. */
  name: string
  type: ModelType
  form: Form
  /** Below the upstream's base URL, where the model does not say otherwise. */
  upstreamPath: string
  streams: boolean
  /** Bytes of one whole answer. */
  answerBytesMax: number
  /** Of an endpoint of one deployment: its Type decides everything but the name. `resolves`: nothing is called. */
  deployment?: { name: string; resolves: boolean }
}

const mebibyte = 1024 * 1024

const endpoints: Record<string, Endpoint> = {
  '/v1/chat/completions': {
    name: 'chat/completions',
    type: 'chat',
    form: 'chat',
    upstreamPath: '/chat/completions',
    streams: true,
    answerBytesMax: 16 * mebibyte,
  },
  '/v1/responses': {
    name: 'responses',
    type: 'chat',
    form: 'responses',
    upstreamPath: '/responses',
    streams: true,
    answerBytesMax: 16 * mebibyte,
  },
  '/v1/completions': {
    name: 'completions',
    type: 'completion',
    form: 'completion',
    upstreamPath: '/completions',
    streams: true,
    answerBytesMax: 16 * mebibyte,
  },
  '/v1/embeddings': {
    name: 'embeddings',
    type: 'embedding',
    form: 'embedding',
    upstreamPath: '/embeddings',
    streams: false,
    answerBytesMax: 64 * mebibyte,
  },
  '/v1/images/generations': {
    name: 'images/generations',
    type: 'image',
    form: 'image',
    upstreamPath: '/images/generations',
    streams: false,
    answerBytesMax: 64 * mebibyte,
  },
}

const byType = Object.fromEntries(
  Object.values(endpoints)
    .filter(({ form, type }) => form === type)
    .map((endpoint) => [endpoint.type, endpoint]),
) as Record<ModelType, Endpoint>

/** What a deployment of this Type is called as, behind an endpoint of its own. */
export function endpointOf(type: ModelType, name: string): Endpoint {
  return { ...byType[type], name }
}

export type Route =
  | { kind: 'call'; endpoint: Endpoint }
  | { kind: 'feedback' }
  | { kind: 'models' }
  | { kind: 'model'; address: string }
  | { kind: 'wrong_method'; allow: string }
  | { kind: 'unknown' }

/** What a method and a path ask for. Trailing slashes are forgiven; an address may hold slashes, escaped or not. */
export function routeOf(method: string, path: string): Route {
  let end = path.length
  while (end > 1 && path.charCodeAt(end - 1) === 47) end--
  const plain = end === path.length ? path : path.slice(0, end)
  const endpoint = Object.hasOwn(endpoints, plain) ? endpoints[plain] : undefined
  if (endpoint) return method === 'POST' ? { kind: 'call', endpoint } : { kind: 'wrong_method', allow: 'POST' }
  if (plain === '/v1/feedback')
    return method === 'POST' ? { kind: 'feedback' } : { kind: 'wrong_method', allow: 'POST' }
  if (plain.startsWith('/v1/deployments/')) return deploymentRoute(method, plain)
  const isModels = plain === '/v1/models'
  if (!isModels && !plain.startsWith('/v1/models/')) return { kind: 'unknown' }
  if (method !== 'GET') return { kind: 'wrong_method', allow: 'GET' }
  if (isModels) return { kind: 'models' }
  try {
    return { kind: 'model', address: decodeURIComponent(plain.slice('/v1/models/'.length)) }
  } catch {
    return { kind: 'unknown' }
  }
}

function deploymentRoute(method: string, path: string): Route {
  const match = /^\/v1\/deployments\/([^/]{1,400})\/(invoke|config)$/.exec(path)
  if (!match) return { kind: 'unknown' }
  if (method !== 'POST') return { kind: 'wrong_method', allow: 'POST' }
  try {
    const name = decodeURIComponent(match[1]!)
    const resolves = match[2] === 'config'
    // The Type is known once the deployment is found.
    const endpoint = { ...byType.chat, name: `deployments/${match[2]}`, deployment: { name, resolves } }
    return { kind: 'call', endpoint }
  } catch {
    return { kind: 'unknown' }
  }
}

/** For the message of the 404. */
export const servedText = [
  ...Object.keys(endpoints).map((path) => `POST ${path}`),
  'POST /v1/deployments/{key}/invoke',
  'POST /v1/deployments/{key}/config',
  'POST /v1/feedback',
  'GET /v1/models',
  'GET /v1/models/{id}',
].join(', ')

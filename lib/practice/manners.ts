import type { Behaviour } from './behaviour.ts'
import type { KeyHeader } from './keys.ts'
import { likes } from './likes.ts'
import type { ErrorShape, Wording } from './refusal.ts'

/** A model that a server has under a name of its own. */
export interface ServedModel {
  /** The practice model that answers. */
  card: string
  behaviour?: Behaviour
  /** It answers and is in no list. */
  isUnlisted?: true
}

/** How the server behaves below a path prefix, whatever the model. */
export interface Manners {
  listing?: 'none' | 'bare' | 'empty' | 'faults' | 'ten-thousand' | 'prefixed' | 'html' | 'native'
  keys?: 'unchecked' | 'unchecked-listing' | 'unwanted'
  keyHeader?: KeyHeader
  /** One shape for all errors, or one by status. */
  errors?: ErrorShape | Readonly<Record<number, ErrorShape>>
  /** Statuses that this server uses in place of others: 422 for 400. */
  statuses?: Readonly<Record<number, number>>
  /** How it says that a key, a model or a path is wrong. */
  wording?: Partial<Record<'invalid_api_key' | 'model_not_found' | 'unknown_url', Wording>>
  /** The models it has, by its own names; without it those of the catalog. */
  models?: Readonly<Record<string, ServedModel>>
  /** Every Model ID is answered by the first model of the kind. */
  anyModel?: true
  /** Added to each entry of the list; null takes a member away. */
  listed?: Readonly<Record<string, unknown>>
  /** The body of GET /props, beside the operations' root. */
  props?: object
  /** Given to every call. */
  always?: 'html' | 'empty' | 'redirect' | 'forbidden' | 'no-credit' | 'down' | 'reset' | 'hang'
  callsPerMinute?: number
  requiredHeader?: string
  requiredQuery?: string
  /** Operations that this server does not have. */
  lacks?: readonly string[]
  /** Paths that do not exist answer 200, as some desktop servers do. */
  unknownPaths?: 'ok'
  /** Where the operations stand below the prefix, `v1` unless said otherwise; '' is the prefix itself. */
  roots?: readonly string[]
}

export interface Prefix extends Manners {
  description: string
}

/** Base URLs are `http://host:port/<prefix>/v1`; several prefixes may follow each other. */
export const prefixes: Readonly<Record<string, Prefix>> = {
  faults: { description: 'GET /models lists one model for every fault', listing: 'faults' },
  'no-models': { description: '404 for GET /models', listing: 'none' },
  'bare-list': { description: 'GET /models answers a bare array', listing: 'bare' },
  'empty-models': { description: 'GET /models lists nothing', listing: 'empty' },
  'html-models': { description: 'GET /models answers a web page', listing: 'html' },
  'ten-thousand-models': { description: 'GET /models lists ten thousand models', listing: 'ten-thousand' },
  'prefixed-models': { description: 'Listed IDs begin with models/', listing: 'prefixed' },
  'any-key': { description: 'Keys are not checked', keys: 'unchecked' },
  'public-models': { description: 'GET /models needs no key, calls do', keys: 'unchecked-listing' },
  'key-not-wanted': { description: 'A call that carries a key is refused', keys: 'unwanted' },
  'api-key-header': { description: 'The key is read from the header api-key only', keyHeader: 'api-key' },
  'x-api-key-header': { description: 'The key is read from the header x-api-key only', keyHeader: 'x-api-key' },
  'needs-header': { description: 'Wants the header x-practice-project', requiredHeader: 'x-practice-project' },
  'needs-query': { description: 'Wants the query parameter api-version', requiredQuery: 'api-version' },
  'rate-limited': { description: '10 calls a minute and key', callsPerMinute: 10 },
  versionless: { description: 'The operations stand below the prefix itself, without /v1', roots: [''] },
  'ok-paths': { description: 'Paths that do not exist answer 200', unknownPaths: 'ok' },
  html: { description: 'A web page for everything', always: 'html' },
  'empty-body': { description: '200 without a body for everything', always: 'empty' },
  redirect: { description: '308 to the same path without the prefix', always: 'redirect' },
  forbidden: { description: '403 for every key', always: 'forbidden' },
  'no-credit': { description: '402 for every call', always: 'no-credit' },
  down: { description: '503 with Retry-After: 5 for everything', always: 'down' },
  reset: { description: 'Every connection breaks', always: 'reset' },
  hang: { description: 'Nothing is ever answered', always: 'hang' },
  'string-errors': { description: 'Errors are {error: "text"}', errors: 'string' },
  'coded-errors': { description: 'Errors are {code, error: "text"}', errors: 'coded-string' },
  'flat-errors': { description: 'Errors are {message, type, param, code}', errors: 'flat' },
  'object-errors': {
    description: 'Errors are {object: "error", message, ...} with a number as code',
    errors: 'object',
  },
  'detail-errors': { description: 'Errors are {detail: "text"}', errors: 'detail' },
  'detail-list-errors': { description: 'Errors are {detail: [{loc, msg}]}', errors: 'detail-list' },
  'message-errors': { description: 'Errors are {message, request_id}', errors: 'message' },
  'typed-errors': { description: 'Errors are {error: "text", error_type}', errors: 'typed-string' },
  'fault-errors': { description: 'Errors are {fault: {faultstring}}', errors: 'fault' },
  'wrapped-errors': { description: 'Errors are {type: "error", error: {type, message}}', errors: 'wrapped-type' },
  'array-errors': { description: 'Errors are [{error: {...}}] with a number as code', errors: 'array' },
  'html-errors': { description: 'Errors are web pages', errors: 'html' },
  'text-errors': { description: 'Errors are plain text', errors: 'text' },
  'ok-errors': { description: 'Errors have status 200', errors: 'ok' },
  ...likes,
}

const prefixesPerPathMax = 4

/** A path split into the manners it asks for and the operation: `/any-key/v1/models` -> `models`. */
export function readPath(path: string): { manners: Manners; prefixCount: number; operation: string | undefined } {
  const segments = path.split('/').slice(1)
  let manners: Manners = {}
  let prefixCount = 0
  while (prefixCount < prefixesPerPathMax && Object.hasOwn(prefixes, segments[prefixCount] ?? '')) {
    manners = { ...manners, ...prefixes[segments[prefixCount]!] }
    prefixCount += 1
  }
  const rest = segments.slice(prefixCount)
  const root = (manners.roots ?? ['v1'])
    .map((candidate) => candidate.split('/').filter(Boolean))
    .find((parts) => parts.every((part, index) => rest[index] === part))
  return { manners, prefixCount, operation: root && rest.slice(root.length).join('/') }
}

import { kindOf, type Member, readJson, type ScannedObject, scanObject } from '#lib/openai/scan.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { checkExtension, checkMetadata, type Extensions, isExtension } from './extensions.ts'
import type { Range } from './nested.ts'

/** What a caller gives a deployment, from whichever endpoint. Ranges are of `object`. */
export interface DeploymentCall {
  /** After `deployment/`. */
  name: string
  /** What the caller calls the values: `variables` or `inputs`. */
  valuesName: string
  values: Record<string, unknown>
  context: Record<string, unknown>
  /** The inside of the lists of messages; null where there are none. */
  prefix: Range | null
  messages: Range | null
  /** Members that go to the model as they stand, unless the variant sets them. */
  passed: readonly Member[]
  /** Members that go to the model whatever the variant sets. */
  extra: { object: ScannedObject; members: readonly Member[] } | null
  includeUsage: boolean
  mockResponse: string | null
  variant: string | null
}

export type ReadDeployment = { ok: true; deployment: DeploymentCall } | { ok: false; error: GatewayError }

export const deploymentMarker = 'deployment/'

export function isDeploymentAddress(address: string): boolean {
  return address.startsWith(deploymentMarker)
}

const valuesMax = 1_000
const contextBytesMax = 64 * 1024
const mockBytesMax = 100_000
/** What no `extra_params` may stand for: it decides who answers, or what is asked. */
const reserved = new Set([
  'model',
  'messages',
  'prompt',
  'input',
  'stream',
  'stream_options',
  'metadata',
  'variables',
  'context',
])

/** A call of an OpenAI endpoint whose `model` is `deployment/<key>`. */
export function readDeploymentCall(object: ScannedObject, address: string, cut: readonly Member[]): ReadDeployment {
  const deployment = empty(address.slice(deploymentMarker.length), 'variables')
  const passed: Member[] = []
  for (const member of object.members) {
    const { key } = member
    if (key === 'model' || key === 'stream' || cut.includes(member)) continue
    if (key === 'variables' || key === 'context') {
      const error = readRecord(object, member, deployment)
      if (error) return { ok: false, error }
    } else if (key === 'messages') {
      const range = insideOf(object, member)
      if (range === undefined) return invalid('messages must be a list.', 'messages')
      deployment.messages = range
    } else passed.push(member)
  }
  return { ok: true, deployment: { ...deployment, passed } }
}

/** What `POST /v1/deployments/{key}/invoke` takes, and `/config`. */
export type ReadInvoke =
  | {
      ok: true
      object: ScannedObject
      deployment: DeploymentCall
      stream: boolean
      extensions: Extensions
      metadata: Record<string, string> | undefined
    }
  | { ok: false; error: GatewayError }

export function readInvokeBody(object: ScannedObject, name: string): ReadInvoke {
  const deployment = empty(name, 'inputs')
  const passed: Member[] = []
  const extensions: Extensions = {}
  let metadata: Record<string, string> | undefined
  let stream = false
  for (const member of object.members) {
    const { key } = member
    const kind = kindOf(object, member)
    switch (key) {
      case 'inputs':
      case 'context': {
        const error = readRecord(object, member, deployment)
        if (error) return { ok: false, error }
        break
      }
      case 'prefix_messages':
      case 'messages': {
        const range = insideOf(object, member)
        if (range === undefined) return invalid(`${key} must be a list.`, key)
        deployment[key === 'messages' ? 'messages' : 'prefix'] = range
        break
      }
      case 'prompt':
      case 'input':
        // Of Types that are asked without messages; where the variant has a text of its own, that one goes before.
        if (kind !== 'null') passed.push(member)
        break
      case 'extra_params': {
        if (kind === 'null') break
        const read = readExtra(object, member)
        if (!('object' in read)) return { ok: false, error: read }
        deployment.extra = read
        break
      }
      case 'stream':
        if (kind !== 'boolean' && kind !== 'null') return invalid('stream must be true or false.', key)
        stream = object.text.charCodeAt(member.valueStart) === 0x74
        break
      case 'metadata': {
        if (kind === 'null') break
        const checked = checkMetadata(readJson(object, member))
        if (!checked.ok) return invalid(checked.message, checked.param)
        metadata = checked.value
        passed.push(member)
        break
      }
      case 'invoke_options': {
        const error = readOptions(object, member, deployment)
        if (error) return { ok: false, error }
        break
      }
      default: {
        if (!isExtension(key) || isOwnRoute(key))
          return invalid(`${key.slice(0, 64)} is not a member of this call.`, key.slice(0, 64))
        if (kind === 'null') break
        const checked = checkExtension(key, readJson(object, member))
        if (!checked.ok) return invalid(checked.message, checked.param)
        Object.assign(extensions, { [key]: checked.value })
      }
    }
  }
  return { ok: true, object, deployment: { ...deployment, passed }, stream, extensions, metadata }
}

/** A deployment brings its own: others could be models that it does not allow. */
export function isOwnRoute(name: string): boolean {
  return name === 'fallbacks' || name === 'load_balancer'
}

function empty(name: string, valuesName: string): DeploymentCall {
  return {
    name,
    valuesName,
    values: {},
    context: {},
    prefix: null,
    messages: null,
    passed: [],
    extra: null,
    includeUsage: false,
    mockResponse: null,
    variant: null,
  }
}

function readRecord(object: ScannedObject, member: Member, into: DeploymentCall): GatewayError | null {
  const { key } = member
  const kind = kindOf(object, member)
  if (kind === 'null') return null
  const value = kind === 'object' ? readJson(object, member) : undefined
  if (typeof value !== 'object' || value === null) return wrong(`${key} must be an object.`, key)
  if (key === 'context') {
    if (member.valueEnd - member.valueStart > contextBytesMax) return wrong('context is larger than 64 KB.', key)
    into.context = value as Record<string, unknown>
    return null
  }
  if (Object.keys(value).length > valuesMax) return wrong(`${key} has more than ${valuesMax} members.`, key)
  into.values = value as Record<string, unknown>
  return null
}

function readExtra(object: ScannedObject, member: Member): NonNullable<DeploymentCall['extra']> | GatewayError {
  const scan = scanObject(object.bytes.subarray(member.valueStart, member.valueEnd))
  if (!scan.ok) {
    const what = scan.key === undefined ? 'must be an object.' : `holds ${JSON.stringify(scan.key.slice(0, 64))} twice.`
    return wrong(`extra_params ${what}`, 'extra_params')
  }
  for (const { key } of scan.object.members)
    if (reserved.has(key) || isExtension(key)) return wrong(`extra_params may not hold ${key}.`, `extra_params.${key}`)
  return { object: scan.object, members: scan.object.members }
}

function readOptions(object: ScannedObject, member: Member, into: DeploymentCall): GatewayError | null {
  const options = readJson(object, member)
  if (options === null) return null
  if (typeof options !== 'object' || Array.isArray(options))
    return wrong('invoke_options must be an object.', 'invoke_options')
  for (const [key, value] of Object.entries(options as Record<string, unknown>)) {
    const param = `invoke_options.${key.slice(0, 64)}`
    if (key === 'include_usage') {
      if (typeof value !== 'boolean') return wrong(`${param} must be true or false.`, param)
      into.includeUsage = value
    } else if (key === 'mock_response' || key === 'variant') {
      if (value !== null && typeof value !== 'string') return wrong(`${param} must be a string.`, param)
      if (value !== null && value.length > mockBytesMax) return wrong(`${param} is too long.`, param)
      if (key === 'variant') into.variant = value
      else into.mockResponse = value
    } else return wrong(`${param} is not a known member of invoke_options.`, param)
  }
  return null
}

/** The range of a list without its brackets and outer white space; null where it is empty, undefined where it is no list. */
function insideOf(object: ScannedObject, member: Member): Range | null | undefined {
  const kind = kindOf(object, member)
  if (kind === 'null') return null
  if (kind !== 'array') return undefined
  const { text } = object
  let start = member.valueStart + 1
  let end = member.valueEnd - 1
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return start === end ? null : [start, end]
}

function wrong(message: string, param: string | null): GatewayError {
  return gatewayError('invalid_request', { message, param })
}

function invalid(message: string, param: string | null): { ok: false; error: GatewayError } {
  return { ok: false, error: wrong(message, param) }
}

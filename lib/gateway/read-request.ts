import type { ModelEntry } from '#lib/models/schema.ts'
import {
  kindOf,
  type Member,
  readJson,
  readNumber,
  readString,
  type ScanFailure,
  type ScannedObject,
  scanObject,
} from '#lib/openai/scan.ts'
import {
  type DeploymentCall,
  deploymentMarker,
  isDeploymentAddress,
  readDeploymentCall,
  readInvokeBody,
} from './deployment-request.ts'
import type { Endpoint, Form } from './endpoints.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { checkExtension, checkMetadata, type Extensions, isExtension } from './extensions.ts'
import type { GatewayCall } from './schema.ts'
import { unrelayed } from './upstream-state.ts'

const addressMax = 512

/** A body that was looked at once: what the engine needs of it, and where it stands. */
export interface ReadRequest {
  form: Form
  object: ScannedObject
  /** Top-level members by name. */
  member(name: string): Member | undefined
  model: Member
  address: string
  stream: boolean
  /** Members that the upstream must not see. */
  cut: Member[]
  extensions: Extensions
  metadata: Record<string, string> | undefined
  /** What a deployment was given. */
  deployment?: DeploymentCall
  /** The body for one model, where each gets its own. */
  of?(entry: ModelEntry): ReadRequest
  /** Nothing of the call and its answer may be kept. */
  noStore: boolean
}

export type ReadResult = { ok: true; request: ReadRequest } | { ok: false; error: GatewayError }

const scanMessages: Record<ScanFailure, string> = {
  malformed: 'The body is not valid JSON',
  not_an_object: 'The body must be a JSON object',
  duplicate_key: 'A name stands twice at the top level of the body',
  too_deep: 'The body is nested more than 64 levels deep',
  too_many_members: 'The body has too many members',
  byte_order_mark: 'The body begins with a byte order mark',
  invalid_utf8: 'The body is not valid UTF-8',
}

/** Finds and checks what Patchbay itself reads of a body; everything else is the upstream's to judge. */
export function readRequest(call: GatewayCall, endpoint: Endpoint): ReadResult {
  if (!call.body || call.body.length === 0) return invalid('The body is empty; send a JSON object.')
  if (call.headers['content-encoding'] && call.headers['content-encoding'] !== 'identity')
    return invalid('A compressed body is not read; send it plain.', 'Content-Encoding')
  const scan = scanObject(call.body)
  if (!scan.ok) {
    const where = scan.key === undefined ? `at byte ${scan.at}` : `(${JSON.stringify(scan.key.slice(0, 64))})`
    return invalid(`${scanMessages[scan.reason]} ${where}.`, scan.key?.slice(0, 64) ?? null)
  }
  const { object } = scan
  if (endpoint.deployment) return readInvoke(call, object, endpoint.form, endpoint.deployment.name)
  let model: Member | undefined
  let stream = false
  let metadata: Record<string, string> | undefined
  const cut: Member[] = []
  const extensions: Extensions = {}
  for (const member of object.members) {
    const name = member.key
    switch (name) {
      case 'model':
        model = member
        break
      case 'stream': {
        const kind = kindOf(object, member)
        if (kind !== 'boolean' && kind !== 'null') return invalid('stream must be true or false.', 'stream')
        stream = object.text.charCodeAt(member.valueStart) === 0x74
        break
      }
      case 'metadata': {
        if (kindOf(object, member) === 'null') break
        const checked = checkMetadata(readJson(object, member))
        if (!checked.ok) return invalid(checked.message, checked.param)
        metadata = checked.value
        break
      }
      default: {
        if (!isExtension(name)) break
        cut.push(member)
        if (kindOf(object, member) === 'null') break
        const checked = checkExtension(name, readJson(object, member))
        if (!checked.ok) return invalid(checked.message, checked.param)
        Object.assign(extensions, { [name]: checked.value })
      }
    }
  }
  if (!model) return invalid('model is missing.', 'model')
  const address = readString(object, model)
  if (!address || address.length > addressMax) return invalid('model must be the address of a model.', 'model')
  if (stream && call.headers['idempotency-key'] !== undefined) return invalid(streamOnceMessage, 'stream')
  if (stream && !endpoint.streams) return invalid(`${endpoint.name} does not stream.`, 'stream')
  if (!addIdentity(call, extensions)) return invalid(identityMessage, 'X-Identity-Id')
  let deployment: DeploymentCall | undefined
  if (isDeploymentAddress(address)) {
    const read = readDeploymentCall(object, address, cut)
    if (!read.ok) return read
    deployment = read.deployment
  } else if (object.members.some(({ key }) => key === 'variables'))
    return invalid('variables are for deployments: put deployment/<key> in model.', 'variables')
  const member = (name: string) => {
    for (const candidate of object.members) if (candidate.key === name) return candidate
    return undefined
  }
  const { form } = endpoint
  const noStore = isNoStore(call.headers)
  const request = { form, object, member, model, address, stream, cut, extensions, metadata, noStore, deployment }
  const wrong = unrelayed(request)
  return wrong ? invalid(wrong.message, wrong.param) : { ok: true, request }
}

const streamOnceMessage = 'A stream cannot be repeated: leave Idempotency-Key out, or ask for a whole answer.'
const identityMessage = 'X-Identity-Id must have 1 to 256 characters.'

/** The header names the caller's end user where the body does not. False where it cannot. */
function addIdentity(call: GatewayCall, extensions: Extensions): boolean {
  const header = call.headers['x-identity-id']
  if (header === undefined || extensions.identity) return true
  const checked = checkExtension('identity', { id: header })
  if (checked.ok) extensions.identity = checked.value
  return checked.ok
}

/** A body of `/v1/deployments/{key}/invoke`, as the engine reads every body; it names no model. */
function readInvoke(call: GatewayCall, object: ScannedObject, form: Form, name: string): ReadResult {
  const read = readInvokeBody(object, name)
  if (!read.ok) return read
  const { deployment, stream, extensions, metadata } = read
  if (stream && call.headers['idempotency-key'] !== undefined) return invalid(streamOnceMessage, 'stream')
  if (!addIdentity(call, extensions)) return invalid(identityMessage, 'X-Identity-Id')
  const model: Member = { key: 'model', start: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 }
  const address = `${deploymentMarker}${name}`.slice(0, addressMax)
  const member = (key: string) => object.members.find((each) => each.key === key)
  const noStore = isNoStore(call.headers)
  const own = { form, object, member, model, address, stream, cut: [], extensions, metadata, noStore, deployment }
  return { ok: true, request: own }
}

/** `X-No-Store`: nothing of the call and its answer may be kept. Whatever is said but `false` means it. */
export function isNoStore(headers: GatewayCall['headers']): boolean {
  const value = headers['x-no-store']
  return value !== undefined && value.trim().toLowerCase() !== 'false'
}

/** The whole number a member holds; null where it is absent or null; undefined where it holds anything else. */
export function readCount(request: ReadRequest, name: string): number | null | undefined {
  const member = request.member(name)
  if (!member || kindOf(request.object, member) === 'null') return null
  const value = readNumber(request.object, member)
  return value !== undefined && Number.isInteger(value) && value >= 0 ? value : undefined
}

function invalid(message: string, param: string | null = null): { ok: false; error: GatewayError } {
  return { ok: false, error: gatewayError('invalid_request', { message, param }) }
}

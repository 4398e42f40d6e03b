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
import type { Endpoint } from './endpoints.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { checkExtension, checkMetadata, type Extensions, isExtension, isUnservedExtension } from './extensions.ts'
import type { GatewayCall } from './schema.ts'

const addressMax = 512

/** A body that was looked at once: what the engine needs of it, and where it stands. */
export interface ReadRequest {
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
        if (isUnservedExtension(name)) return invalid(`${name} is not supported yet; leave it out.`, name)
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
  if (stream && call.headers['idempotency-key'] !== undefined)
    return invalid('A stream cannot be repeated: leave Idempotency-Key out, or ask for a whole answer.', 'stream')
  if (stream && !endpoint.streams) return invalid(`${endpoint.name} does not stream.`, 'stream')
  const header = call.headers['x-identity-id']
  if (header !== undefined && !extensions.identity) {
    const checked = checkExtension('identity', { id: header })
    if (!checked.ok) return invalid('X-Identity-Id must have 1 to 256 characters.', 'X-Identity-Id')
    extensions.identity = checked.value
  }
  const member = (name: string) => {
    for (const candidate of object.members) if (candidate.key === name) return candidate
    return undefined
  }
  return { ok: true, request: { object, member, model, address, stream, cut, extensions, metadata } }
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

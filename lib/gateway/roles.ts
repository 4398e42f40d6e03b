import type { WireProfile } from '#lib/models/schema.ts'
import { findMember, readString, scanObject } from '#lib/openai/scan.ts'
import type { Edit } from '#lib/openai/splice.ts'
import { elementsOf } from './nested.ts'
import type { ReadRequest } from './read-request.ts'

/** More messages than this are no conversation; the upstream may judge what is left of them. */
const messagesMax = 65_536

/** Renames the roles of messages that this server refuses; only the names change. */
export function roleEdits(request: ReadRequest, profile: WireProfile, adapted: string[]): Edit[] {
  if (profile.systemRole === 'system' && profile.developerRole === 'developer') return []
  const renames: Record<string, string> = { system: profile.systemRole, developer: profile.developerRole }
  const { object } = request
  const messages = request.member('messages')
  if (!messages || object.text.charCodeAt(messages.valueStart) !== 0x5b) return []
  const edits: Edit[] = []
  let seen = 0
  for (const [start, end] of elementsOf(object.text, messages.valueStart, messages.valueEnd)) {
    if (++seen > messagesMax) break
    const scan = scanObject(object.bytes.subarray(start, end))
    // What is no message is the upstream's to refuse.
    if (!scan.ok) continue
    const role = findMember(scan.object, 'role')
    const name = role && readString(scan.object, role)
    const wanted = name !== undefined && Object.hasOwn(renames, name) ? renames[name]! : name
    if (!role || name === undefined || wanted === name) continue
    edits.push({ start: start + role.valueStart, end: start + role.valueEnd, text: JSON.stringify(wanted) })
    const told = `role:${name}>${wanted}`
    if (!adapted.includes(told)) adapted.push(told)
  }
  return edits
}

import type { WireProfile } from '#lib/models/schema.ts'
import { findMember, kindOf, readString, scanObject } from '#lib/openai/scan.ts'
import type { Edit } from '#lib/openai/splice.ts'
import { elementsOf } from './nested.ts'
import type { ReadRequest } from './read-request.ts'

/** More messages than this are no conversation; the upstream may judge what is left of them. */
const messagesMax = 65_536

/** The two names that servers have for a model's thoughts. */
const otherReasoningField = { reasoning: 'reasoning_content', reasoning_content: 'reasoning' } as const

/**
 * Renames, in messages, the roles that this server refuses and the member under which it wants its thoughts back; only
 * the names change.
 */
export function messageEdits(request: ReadRequest, profile: WireProfile, adapted: string[]): Edit[] {
  const { object } = request
  const { reasoningField } = profile
  const otherField = reasoningField && otherReasoningField[reasoningField]
  const messages = request.member('messages')
  if (!messages || kindOf(object, messages) !== 'array') return []
  const hasOther =
    otherField !== '' &&
    object.stretchesOf(messages).some(([text, from, to]) => text.slice(from, to).includes(`"${otherField}"`))
  if (profile.systemRole === 'system' && profile.developerRole === 'developer' && !hasOther) return []
  const renames: Record<string, string> = { system: profile.systemRole, developer: profile.developerRole }
  const edits: Edit[] = []
  let seen = 0
  for (const [start, end] of elementsOf(object.text, messages.valueStart, messages.valueEnd)) {
    if (++seen > messagesMax) break
    const scan = scanObject(object.bytes.subarray(start, end))
    // What is no message is the upstream's to refuse.
    if (!scan.ok) continue
    const thoughts = hasOther ? findMember(scan.object, otherField) : undefined
    if (thoughts && !findMember(scan.object, reasoningField)) {
      edits.push({ start: start + thoughts.start, end: start + thoughts.keyEnd, text: JSON.stringify(reasoningField) })
      const told = `${otherField}>${reasoningField}`
      if (!adapted.includes(told)) adapted.push(told)
    }
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

import { Buffer } from 'node:buffer'
import { type Member, type ScannedObject, toBuffer } from './scan.ts'

/** Puts `text` (UTF-8) in the place of the bytes from `start` to `end`, end exclusive. */
export interface Edit {
  start: number
  end: number
  text: string
}

/** What shall happen to one top-level member. `json` is the new value as JSON text. */
export type MemberChange = { cut: true } | { json?: string; rename?: string }

/**
 * The bytes with the edits made; every byte outside of them is the same. Edits are in order and do not overlap, else a
 * RangeError. Without edits the input itself is returned.
 */
export function splice(input: Uint8Array, edits: readonly Edit[]): Buffer {
  const bytes = toBuffer(input)
  if (edits.length === 0) return bytes
  let size = bytes.length
  let last = 0
  for (const edit of edits) {
    if (edit.start < last || edit.end < edit.start || edit.end > bytes.length) {
      throw new RangeError('edits overlap or are out of order')
    }
    size += Buffer.byteLength(edit.text) - (edit.end - edit.start)
    last = edit.end
  }
  const result = Buffer.allocUnsafe(size)
  let from = 0
  let to = 0
  for (const edit of edits) {
    to += bytes.copy(result, to, from, edit.start)
    to += result.write(edit.text, to)
    from = edit.end
  }
  bytes.copy(result, to, from)
  return result
}

/**
 * The edits that change, rename and cut top-level members and put new ones (name to JSON text) in front. Commas are kept
 * right; a cut member takes the white space up to the next one along, nothing else moves.
 */
export function editMembers(
  object: ScannedObject,
  changes: ReadonlyMap<Member, MemberChange>,
  additions: readonly (readonly [name: string, json: string])[] = [],
): Edit[] {
  const { members } = object
  const edits: Edit[] = []
  const isCut = (member: Member) => {
    const change = changes.get(member)
    return change !== undefined && 'cut' in change
  }
  if (additions.length > 0) {
    const text = additions.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')
    edits.push({ start: object.open, end: object.open, text: members.every(isCut) ? text : `${text},` })
  }
  for (let index = 0; index < members.length; index++) {
    const member = members[index]!
    const change = changes.get(member)
    if (change === undefined) continue
    if ('cut' in change) {
      let last = index
      while (last + 1 < members.length && isCut(members[last + 1]!)) last++
      const next = members[last + 1]
      const before = members[index - 1]
      if (next) edits.push({ start: member.start, end: next.start, text: '' })
      else edits.push({ start: before ? before.valueEnd : member.start, end: members[last]!.valueEnd, text: '' })
      index = last
      continue
    }
    if (change.rename !== undefined) {
      edits.push({ start: member.start, end: member.keyEnd, text: JSON.stringify(change.rename) })
    }
    if (change.json !== undefined) edits.push({ start: member.valueStart, end: member.valueEnd, text: change.json })
  }
  return edits
}

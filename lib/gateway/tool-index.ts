import { findMember, readString, type ScannedObject, scanObject } from '#lib/openai/scan.ts'
import { type Edit, splice } from '#lib/openai/splice.ts'
import { elementsOf, type Range } from './nested.ts'

/**
 * Numbers the tool calls in a stream of a server that leaves `index` out, which OpenAI's clients need to put the pieces
 * together: a new id begins a new call, a piece without one continues the last.
 */
export class ToolIndexes {
  readonly #last = new Map<number, { index: number; id: string }>()

  /** The event with the indexes put in; the same event where none is missing. `data` is a part of `raw`'s memory. */
  apply(raw: Uint8Array, data: Uint8Array): Uint8Array {
    // Several data lines were joined into memory of their own; no server that leaves indexes out does that.
    if (data.buffer !== raw.buffer) return raw
    const edits = this.#edits(data)
    if (edits.length === 0) return raw
    const offset = data.byteOffset - raw.byteOffset
    return splice(
      raw,
      edits.map((edit) => ({ ...edit, start: edit.start + offset, end: edit.end + offset })),
    )
  }

  #edits(data: Uint8Array): Edit[] {
    const edits: Edit[] = []
    const chunk = scanObject(data)
    if (!chunk.ok || !chunk.object.text.includes('"tool_calls"')) return edits
    for (const [position, choiceRange] of itemsOf(chunk.object, 'choices').entries()) {
      const choice = scanAt(data, choiceRange)
      const delta = choice && findMember(choice, 'delta')
      const inner =
        choice && delta && scanAt(data, [choiceRange[0] + delta.valueStart, choiceRange[0] + delta.valueEnd])
      if (!inner || !delta) continue
      const base = choiceRange[0] + delta.valueStart
      for (const [start, end] of itemsOf(inner, 'tool_calls')) {
        const call = scanAt(data, [base + start, base + end])
        if (!call || findMember(call, 'index')) continue
        const at = base + start + call.open
        edits.push({
          start: at,
          end: at,
          text: `"index":${this.#number(position, call)}${call.members.length > 0 ? ',' : ''}`,
        })
      }
    }
    return edits
  }

  #number(choice: number, call: ScannedObject): number {
    const member = findMember(call, 'id')
    const id = (member && readString(call, member)) ?? ''
    const last = this.#last.get(choice)
    const continues = last !== undefined && (id === '' || id === last.id)
    const index = continues ? last.index : (last?.index ?? -1) + 1
    this.#last.set(choice, { index, id: id || (last?.id ?? '') })
    return index
  }
}

function itemsOf(object: ScannedObject, name: string): Range[] {
  const member = findMember(object, name)
  return member && object.text.charCodeAt(member.valueStart) === 0x5b
    ? [...elementsOf(object.text, member.valueStart, member.valueEnd)]
    : []
}

function scanAt(data: Uint8Array, [start, end]: Range): ScannedObject | undefined {
  const scan = scanObject(data.subarray(start, end))
  return scan.ok ? scan.object : undefined
}

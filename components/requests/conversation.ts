import type { Message } from './payload-read.ts'

/** What was said in one request of a thread: `prompt` as the caller sent it, earlier turns included. */
export interface Turn {
  prompt: readonly Message[]
  answer: readonly Message[]
}

/**
 * What each turn adds to the conversation, the oldest turn first. Most callers send all of it again with every call:
 * what was shown before is left out, also where the beginning was dropped meanwhile. Answers are always shown.
 */
export function toConversation(turns: readonly Turn[]): Message[][] {
  const shown: string[] = []
  const seenRules = new Set<string>()
  return turns.map(({ prompt, answer }) => {
    const rules = prompt.filter(isRule).filter((message) => {
      const mark = markOf(message)
      const isNew = !seenRules.has(mark)
      seenRules.add(mark)
      return isNew
    })
    const said = prompt.filter((message) => !isRule(message))
    const marks = said.map(markOf)
    const fresh = said.slice(overlapOf(shown, marks))
    shown.push(...fresh.map(markOf), ...answer.map(markOf))
    return [...rules, ...fresh, ...answer]
  })
}

/** How many of the first marks are the last ones that were shown. */
function overlapOf(shown: readonly string[], marks: readonly string[]): number {
  for (let count = Math.min(shown.length, marks.length); count > 0; count--) {
    const from = shown.length - count
    if (marks.slice(0, count).every((mark, index) => mark === shown[from + index])) return count
  }
  return 0
}

function isRule({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

/** What of a message comes back when it is sent again. */
function markOf({ role, pieces, toolCalls, answers }: Message): string {
  return JSON.stringify([role, pieces, toolCalls, answers])
}

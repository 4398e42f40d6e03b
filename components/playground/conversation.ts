import { fillMessage, promptVariables } from '#components/prompt/body.ts'
import type { Answer } from '#components/prompt/call.ts'
import { expectedOf, type RowSource } from '#components/prompt/row.ts'
import type { Message, ParameterName, ResponseFormat } from '#components/prompt/types.ts'
import { type Setup, withoutEmpty } from './setup.ts'

/** What was said after the prompt, in one column. */
export type Turn =
  | { kind: 'reply'; text: string }
  | { kind: 'result'; callId: string; name: string; text: string }
  | {
      kind: 'answer'
      answer: Answer
      /** What it was asked to look like. */
      format: ResponseFormat | undefined
      omitted: ParameterName[]
      /** The texts of embeddings, or the words of a picture, with variables filled in. */
      asked: readonly string[]
    }

export type AnswerTurn = Extract<Turn, { kind: 'answer' }>

export function lastAnswer(turns: readonly Turn[]): AnswerTurn | undefined {
  const last = turns.at(-1)
  return last?.kind === 'answer' ? last : undefined
}

/** The turns as messages of the next call. An answer that failed or was stopped is no part of the conversation. */
export function toMessages(turns: readonly Turn[]): Message[] {
  return turns.flatMap((turn): Message[] => {
    if (turn.kind === 'reply') return [{ role: 'user', content: turn.text }]
    if (turn.kind === 'result') return [{ role: 'tool', tool_call_id: turn.callId, content: turn.text }]
    const { answer } = turn
    if (answer.state !== 'done') return []
    const calls = answer.calls.length > 0 ? { tool_calls: answer.calls } : {}
    return [{ role: 'assistant', content: answer.text, ...calls }]
  })
}

/** What the last answer of a conversation is the answer to. */
export function rowSource(setup: Setup, turns: readonly Turn[]): RowSource {
  const names = promptVariables(setup)
  const last = lastAnswer(turns)
  const messages: Message[] =
    setup.type === 'chat' ? withoutEmpty(setup.messages) : [{ role: 'user', content: setup.prompt }]
  return {
    variables: Object.fromEntries(names.map((name) => [name, setup.variables[name] ?? ''])),
    prompt: messages.map((message) => fillMessage(message, setup.variables)),
    said: toMessages(turns.slice(0, -1)),
    answer: last ? expectedOf(last.answer) : '',
  }
}

/** Whether the conversation can go on with words: the last answer is there, and no function waits for its result. */
export function canReply(turns: readonly Turn[]): boolean {
  const last = lastAnswer(turns)
  return last?.answer.state === 'done' && last.answer.calls.length === 0
}

export function waitsForResults(turns: readonly Turn[]): boolean {
  const last = lastAnswer(turns)
  return last?.answer.state === 'done' && last.answer.calls.length > 0
}

export interface Marks {
  quickest?: true
  cheapest?: true
}

/**
 * Which of several last answers came first and which cost least. Only answers to the same question are compared: the
 * conversations must be of one length. Alone, or all alike, none is marked.
 */
export function marksOf(conversations: ReadonlyMap<string, readonly Turn[]>): Map<string, Marks> {
  const marks = new Map<string, Marks>([...conversations.keys()].map((key) => [key, {}]))
  const asked = [...conversations].filter(([, turns]) => turns.length > 0)
  if (new Set(asked.map(([, turns]) => turns.length)).size !== 1) return marks
  const done = asked.flatMap(([key, turns]) => {
    const answer = lastAnswer(turns)?.answer
    return answer?.state === 'done' ? [{ key, answer }] : []
  })
  const best = (values: { key: string; value: number }[], mark: keyof Marks) => {
    if (values.length < 2) return
    const least = Math.min(...values.map(({ value }) => value))
    const winners = values.filter(({ value }) => value === least)
    if (winners.length === 1) marks.set(winners[0]!.key, { ...marks.get(winners[0]!.key), [mark]: true })
  }
  best(
    done.map(({ key, answer }) => ({ key, value: answer.ms ?? 0 })),
    'quickest',
  )
  // Who is cheapest is known once all costs are.
  if (done.every(({ answer }) => answer.cost))
    best(
      done.map(({ key, answer }) => ({ key, value: Number(answer.cost!.nanoUsd) })),
      'cheapest',
    )
  return marks
}

import type { DatasetRowInput, DatasetView } from '#lib/experiments/schema.ts'
import type { Answer } from './call.ts'
import type { Message } from './types.ts'

/** What could become a row: the variables, what was asked and said, and the answer. */
export interface RowSource {
  variables: Readonly<Record<string, string>>
  /** The prompt with its variables filled in. */
  prompt: readonly Message[]
  /** After the prompt, up to the answer. */
  said: readonly Message[]
  answer: string
}

/** An answer as a row expects it: its words, else the calls it asks for, as rows that are made of requests have them. */
export function expectedOf({ state, text, calls }: Pick<Answer, 'state' | 'text' | 'calls'>): string {
  // Calls that were broken off are none.
  if (text !== '' || calls.length === 0 || state !== 'done') return text
  return JSON.stringify(calls.map((call) => ({ name: call.function.name, arguments: call.function.arguments })))
}

type Shape = Pick<DatasetView, 'columns' | 'expectedType'>

/**
 * A row for this dataset, or why one of its values does not fit. With inputs the prompt is left to whoever is compared,
 * and only what was said after it is kept.
 */
export function toRow(
  shape: Shape,
  source: RowSource,
  { inputs: asInputs, expected }: { inputs: boolean; expected: string },
): { row: DatasetRowInput; left: string[] } | { problem: string } {
  const inputs: Record<string, unknown> = {}
  const left: string[] = []
  if (asInputs)
    for (const [name, text] of Object.entries(source.variables)) {
      const column = shape.columns.find((each) => each.name === name)
      if (!column) {
        left.push(name)
        continue
      }
      const value = readAs(column.type, text)
      if (value === undefined) return { problem: `${name}: ${wanted[column.type]}` }
      inputs[name] = value
    }
  const answer = expected.trim() === '' ? null : readAs(shape.expectedType, expected)
  if (answer === undefined) return { problem: `What is expected: ${wanted[shape.expectedType]}` }
  const messages = asInputs ? source.said : [...source.prompt, ...source.said]
  return { row: { inputs, messages: messages as DatasetRowInput['messages'], expected: answer }, left }
}

const wanted = {
  text: 'this is no text.',
  number: 'the dataset holds a number here.',
  boolean: 'the dataset holds true or false here.',
  json: 'the dataset holds JSON here.',
} as const

/** Undefined where it does not read as the type. */
function readAs(type: keyof typeof wanted, text: string): unknown {
  if (type === 'text') return text
  try {
    const value: unknown = JSON.parse(text)
    return type === 'json' || typeof value === type ? value : undefined
  } catch {
    return undefined
  }
}

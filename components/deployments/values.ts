import { readJson } from '#components/prompt/json-text.ts'
import type { Variable } from '#lib/deployments/schema.ts'

type Declared = Pick<Variable, 'type' | 'default'>

export const defaultText = ({ type, default: value }: Declared): string =>
  value === undefined ? '' : type === 'string' && typeof value === 'string' ? value : JSON.stringify(value)

/** What was typed as a default: a value, none where nothing is typed, or why it is none. */
export function readDefault(type: Variable['type'], typed: string): { value: unknown } | { problem: string } {
  return typed === '' ? { value: undefined } : readValue(type, typed)
}

/** What was typed for a variable as its type wants it, or why it cannot be sent. */
export function readValue(type: Variable['type'], typed: string): { value: unknown } | { problem: string } {
  if (type === 'string') return { value: typed }
  const text = typed.trim()
  if (type === 'boolean') {
    if (text === 'true' || text === 'false') return { value: text === 'true' }
    return { problem: 'Write true or false.' }
  }
  if (type === 'number') {
    const value = Number(text.replace(',', '.'))
    return text === '' || !Number.isFinite(value) ? { problem: 'This is no number.' } : { value }
  }
  const read = readJson(text)
  return read.ok ? { value: read.value } : { problem: `This is no JSON: ${read.problem.message}` }
}

/** The values of a form as a call sends them: what is empty is left to the default. What cannot be read is told by name. */
export function readInputs(
  variables: readonly Variable[],
  typed: Readonly<Record<string, string>>,
): { inputs: Record<string, unknown>; problems: Record<string, string> } {
  const inputs: Record<string, unknown> = {}
  const problems: Record<string, string> = {}
  for (const { name, type, required, default: fallback } of variables) {
    const text = typed[name] ?? ''
    if (text.trim() === '') {
      if (required && fallback === undefined) problems[name] = 'Fill this in: it is required.'
      continue
    }
    const read = readValue(type, text)
    if ('value' in read) inputs[name] = read.value
    else problems[name] = read.problem
  }
  return { inputs, problems }
}

const samples = { number: 1, boolean: true, json: {} } as const

/** A value for each variable that a call must give, as code shows it: those with a default are left out. */
export function exampleValues(variables: readonly Variable[]): Record<string, unknown> {
  return Object.fromEntries(
    variables
      .filter(({ required, default: fallback }) => required && fallback === undefined)
      .map(({ name, type }) => [name, type === 'string' ? `A ${name.replaceAll(/[_.-]+/g, ' ')}` : samples[type]]),
  )
}

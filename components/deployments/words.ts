import type { FindingView } from '#lib/deployments/schema.ts'

/** What is wrong with the key of a deployment, as the server would say it; nothing where it can be one. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'Enter a key.'
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(key)) return 'Letters, digits, “-” and “_”; a letter or digit first.'
  return undefined
}

/** What is wrong with the name of an environment. */
export function environmentProblem(name: string): string | undefined {
  if (name === '') return 'Name an environment.'
  if (name === 'draft') return 'This word is taken.'
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) return 'Lower-case letters, digits and “-”; a letter first.'
  return undefined
}

/** What follows from a finding. */
export const severityWords: Readonly<Record<FindingView['severity'], string>> = {
  refused: 'Publishing is refused.',
  warned: 'It can be published.',
  adapted: 'Calls are changed for it.',
}

/** `1 change`, `2 changes`. */
export const counted = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`

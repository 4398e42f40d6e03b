import type { z } from 'zod'

/**
 * What zod found, in words for a person, where the schema has none of its own. For `safeParse(input, { error: plainIssue })`;
 * undefined leaves zod's words.
 */
export function plainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'This is needed.' : `This must be ${kinds[issue.expected] ?? issue.expected}.`
    case 'invalid_value':
      return `Choose ${listed(issue.values.map(String), 'or')}.`
    case 'unrecognized_keys':
      return `There is no ${listed(issue.keys, 'and no')} here.`
    case 'too_small':
      return `At least ${amount(issue.minimum, issue.origin)}.`
    case 'too_big':
      return `At most ${amount(issue.maximum, issue.origin)}.`
    default:
      return undefined
  }
}

const kinds: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const units: Partial<Record<string, string>> = { string: 'character', array: 'item', set: 'item', record: 'entry' }

function amount(count: number | bigint, origin: string): string {
  const unit = units[origin]
  const shown = count.toLocaleString('en-US')
  if (unit === undefined) return shown
  if (Number(count) === 1) return `1 ${unit}`
  return `${shown} ${unit === 'entry' ? 'entries' : `${unit}s`}`
}

/** The first of a long list are enough to see what is meant; names that a caller made up are cut. */
function listed(words: readonly string[], before: string): string {
  const shown = words.slice(0, 20).map((word) => word.slice(0, 60))
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} ${before} ${last}`
}

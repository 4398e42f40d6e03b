import { type OutputUnit, Validator } from '@cfworker/json-schema'
import { readJson } from './json-text.ts'
import type { ResponseFormat } from './types.ts'

export type AnswerCheck = { ok: true; words: string } | { ok: false; problems: string[] }

const problemsMax = 5

// These only say that something inside of them is wrong.
const containers = new Set(
  'properties patternProperties additionalProperties items prefixItems additionalItems allOf $ref $recursiveRef if then else dependentSchemas unevaluatedProperties unevaluatedItems'.split(
    ' ',
  ),
)

/** Whether an answer is what its format asked for. Nothing of the schema is run as code. */
export function checkAnswer(text: string, format: ResponseFormat): AnswerCheck {
  const read = readJson(text)
  if (!read.ok) {
    const { line, column, message } = read.problem
    return { ok: false, problems: [`No JSON. Line ${line}, column ${column}: ${message}`] }
  }
  if (format.type !== 'json_schema') return { ok: true, words: 'Valid JSON' }
  const { schema } = format.json_schema
  if (typeof schema === 'string') return { ok: false, problems: ['The schema is no JSON object.'] }
  const problems = schemaMistakes(schema, read.value)
  return problems.length === 0 ? { ok: true, words: 'Valid JSON, follows the schema' } : { ok: false, problems }
}

/** What in `value` is not as the schema says, in plain words with where; at most five. */
export function schemaMistakes(schema: Record<string, unknown>, value: unknown): string[] {
  try {
    const { valid, errors } = new Validator(schema, '2020-12', false).validate(value)
    if (valid) return []
    const leaves = errors.filter(({ keyword }) => !containers.has(keyword))
    const told = (leaves.length > 0 ? leaves : errors).map(describe)
    return [...new Set(told)].slice(0, problemsMax)
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : 'it is broken').split(/\n| {2}/)
    return [`The schema could not be used: ${why}`]
  }
}

function describe({ instanceLocation, keyword, error }: OutputUnit): string {
  const path = instanceLocation
    .replace(/^#\/?/, '')
    .split('/')
    .filter(Boolean)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
  const said = keyword === 'false' ? 'is not in the schema.' : error.replace(/^Instance /, '')
  return path === '' ? `The answer ${said}` : `${path}: ${said}`
}

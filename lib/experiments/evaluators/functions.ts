import { RE2JS } from 're2js'
import { formatNanoUsd } from '#lib/core/money.ts'
import type { FunctionConfig } from './config.ts'
import { isSameJson, jsonAt, parseJsonPath } from './json-path.ts'
import { compilePattern, compileSchema } from './json-schema.ts'
import { levenshteinCharactersMax, levenshteinSimilarity } from './levenshtein.ts'
import { isWithin, numbersIn } from './numbers.ts'
import { rougeL, rougeWords, rougeWordsMax } from './rouge.ts'
import { failure, measure, type Score, type Subject, short, skip, textOf, verdict } from './score.ts'
import { cosine, parseVectors } from './similarity.ts'

export type Evaluate = (subject: Subject) => Score

/** A field of a configuration that cannot be used, in words for who wrote it. */
export class UnusableConfig extends Error {
  readonly field: string
  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}

type Kind = FunctionConfig['kind']
type Compile = { [Each in Kind]: (config: Extract<FunctionConfig, { kind: Each }>) => Evaluate }

/** Longer answers are not searched. */
const searchedCharactersMax = 200_000

/** Makes a function ready once, for many answers. Pure: the same answer, the same score. Throws `UnusableConfig`. */
export function compileFunction(config: FunctionConfig): Evaluate {
  const compile = compilers[config.kind] as (config: FunctionConfig) => Evaluate
  return compile(config)
}

const compilers: Compile = {
  exact: ({ ignoreCase, trim }) =>
    comparing((text, expected) => {
      const form = (given: string) => cased(trim ? given.trim() : given, ignoreCase)
      const same = form(text) === form(expected)
      return verdict(same, same ? 'The answer is what is expected.' : `Expected: ${expected}`)
    }),

  contains({ mode, values, ignoreCase }) {
    const comparesExpected = values.some((value) => value.includes('{{expected}}'))
    return ({ text, expected }) => {
      if (comparesExpected && expected === null) return nothingExpected
      const searched = cased(text, ignoreCase)
      const filled = values.map((value) => value.replaceAll('{{expected}}', () => textOf(expected)))
      const found = filled.filter((value) => searched.includes(cased(value, ignoreCase)))
      const quoted = (list: string[]) => list.map((value) => `“${value}”`).join(', ')
      if (mode === 'none')
        return verdict(found.length === 0, found.length === 0 ? 'Contains none of them.' : `Contains ${quoted(found)}.`)
      const missing = filled.filter((value) => !found.includes(value))
      const passed = mode === 'any' ? found.length > 0 : missing.length === 0
      return verdict(passed, passed ? `Contains ${quoted(found)}.` : `Does not contain ${quoted(missing)}.`)
    }
  },

  starts_with:
    ({ value, ignoreCase }) =>
    ({ text }) => {
      const passed = cased(text.trimStart(), ignoreCase).startsWith(cased(value, ignoreCase))
      return verdict(passed, `${passed ? 'Starts' : 'Does not start'} with “${value}”.`)
    },

  ends_with:
    ({ value, ignoreCase }) =>
    ({ text }) => {
      const passed = cased(text.trimEnd(), ignoreCase).endsWith(cased(value, ignoreCase))
      return verdict(passed, `${passed ? 'Ends' : 'Does not end'} with “${value}”.`)
    },

  regex({ pattern, ignoreCase, multiline, dotAll, negate }) {
    const flags =
      (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) | (multiline ? RE2JS.MULTILINE : 0) | (dotAll ? RE2JS.DOTALL : 0)
    const compiled = orUnusable('pattern', () => compilePattern(pattern, flags))
    return ({ text }) => {
      if (text.length > searchedCharactersMax) return tooLong
      const found = compiled.test(text)
      return verdict(found !== negate, found ? 'The pattern is found.' : 'The pattern is not found.')
    }
  },

  length:
    ({ unit, min, max }) =>
    ({ text }) => {
      const count = unit === 'characters' ? [...text].length : (text.match(/\S+/g)?.length ?? 0)
      const passed = (min === null || count >= min) && (max === null || count <= max)
      return verdict(passed, `${count.toLocaleString('en')} ${unit}.`)
    },

  valid_json:
    ({ type, fence }) =>
    ({ text }) => {
      const read = readJson(text, fence)
      if ('problem' in read) return verdict(false, read.problem)
      const { value } = read
      const is = Array.isArray(value) ? 'array' : typeof value === 'object' && value !== null ? 'object' : 'value'
      return verdict(type === 'any' || type === is, `Valid JSON: ${is === 'value' ? 'a plain value' : `an ${is}`}.`)
    },

  json_schema({ schema, fence }) {
    const check = orUnusable('schema', () => compileSchema(schema))
    return ({ text }) => {
      const read = readJson(text, fence)
      if ('problem' in read) return verdict(false, read.problem)
      const problem = check(read.value)
      return verdict(problem === null, problem ?? 'Fits the schema.')
    }
  },

  json_path({ path, equals, fence }) {
    const steps = parseJsonPath(path)
    if (!steps) throw new UnusableConfig('path', "This is no path to one place, such as $.items[0]['name'].")
    return ({ text, expected }) => {
      const wanted = equals === null ? expected : equals
      if (wanted === null) return nothingExpected
      const read = readJson(text, fence)
      if ('problem' in read) return verdict(false, read.problem)
      const found = jsonAt(read.value, steps)
      if (found === undefined) return verdict(false, `There is nothing at ${path}.`)
      // What a dataset expects is often the text of a number.
      const same = isSameJson(found, wanted) || (typeof wanted === 'string' && textOf(found) === wanted)
      return verdict(
        same,
        same ? `It is ${textOf(found)}.` : `It is ${short(textOf(found))}, expected: ${textOf(wanted)}`,
      )
    }
  },

  numeric:
    ({ tolerance, relative, number }) =>
    ({ text, expected }) => {
      if (expected === null) return nothingExpected
      const [wanted, more] = typeof expected === 'number' ? [expected] : numbersIn(textOf(expected))
      if (wanted === undefined || more !== undefined) return failure('What is expected is not one number.')
      if (text.length > searchedCharactersMax) return tooLong
      const found = numbersIn(text)
      const value =
        number === 'first' ? found[0] : number === 'last' ? found.at(-1) : found.length === 1 ? found[0] : undefined
      if (value === undefined)
        return verdict(false, found.length === 0 ? 'There is no number.' : `There are ${found.length} numbers.`)
      return verdict(isWithin(value, wanted, tolerance, relative), `${value}, expected: ${wanted}`)
    },

  levenshtein: ({ ignoreCase, passAt }) =>
    comparing((text, expected) => {
      const [one, other] = [[...cased(text, ignoreCase)], [...cased(expected, ignoreCase)]]
      if (Math.max(one.length, other.length) > levenshteinCharactersMax) return tooLong
      const similarity = levenshteinSimilarity(one, other)
      return measure(similarity, passAt, `${(similarity * 100).toFixed(1)} % alike.`)
    }),

  rouge_l: ({ passAt }) =>
    comparing((text, expected) => {
      const [reference, answer] = [rougeWords(expected), rougeWords(text)]
      if (Math.max(reference.length, answer.length) > rougeWordsMax) return tooLong
      const { precision, recall, f } = rougeL(reference, answer)
      return measure(f, passAt, `Precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}.`)
    }),

  cosine:
    ({ passAt }) =>
    ({ text, expected }) => {
      if (expected === null) return nothingExpected
      const [ours, wanted] = [parseVectors(text), parseVectors(expected)]
      if (!ours) return failure('The answer is no vector.')
      if (!wanted) return failure('What is expected is no vector.')
      if (ours.length !== wanted.length)
        return failure(`There are ${ours.length} vectors; ${wanted.length} are expected.`)
      const [one, other] = [ours[0]!.length, wanted[0]!.length]
      if (one !== other)
        return failure(`A vector of ${one} figures and one of ${other} stand in spaces of their own: no angle.`)
      const angles = ours.map((vector, at) => cosine(vector, wanted[at]!))
      const mean = angles.reduce((sum, angle) => sum + angle, 0) / angles.length
      const least = angles.length > 1 ? ` on average, at least ${Math.min(...angles).toFixed(4)}` : ''
      return measure(mean, passAt, `Cosine ${mean.toFixed(4)}${least}.`)
    },

  url: ({ negate }) => present('address of a page', /\bhttps?:\/\/[^\s<>"'`{}|\\^]{1,2000}/i, negate),
  email: ({ negate }) =>
    present('e-mail address', /[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,10}/i, negate),

  latency: ({ maxMs }) => atMost('latencyMs', maxMs, (ms) => `${Math.round(ms).toLocaleString('en')} ms.`),
  cost:
    ({ maxUsd }) =>
    ({ costNanoUsd }) => {
      if (costNanoUsd === null) return skip('The cost is not known.')
      return verdict(Number(costNanoUsd) <= maxUsd * 1e9, `$${formatNanoUsd(costNanoUsd)}`)
    },
  tokens({ of, max }) {
    if (of !== 'total')
      return atMost(of === 'output' ? 'outputTokens' : 'inputTokens', max, (count) => `${count} tokens.`)
    return ({ inputTokens, outputTokens }) => {
      if (inputTokens === null || outputTokens === null) return skip('The tokens are not known.')
      return verdict(inputTokens + outputTokens <= max, `${inputTokens + outputTokens} tokens.`)
    }
  },
}

const nothingExpected = skip('Nothing is expected here.')
const tooLong = failure('The text is too long for this.')

function comparing(compare: (text: string, expected: string) => Score): Evaluate {
  return ({ text, expected }) => (expected === null ? nothingExpected : compare(text, textOf(expected)))
}

function present(what: string, pattern: RegExp, negate: boolean): Evaluate {
  return ({ text }) => {
    if (text.length > searchedCharactersMax) return tooLong
    const found = pattern.exec(text)?.[0]
    return verdict((found !== undefined) !== negate, found ? `It holds ${found}` : `It holds no ${what}.`)
  }
}

function atMost(
  field: 'latencyMs' | 'outputTokens' | 'inputTokens',
  max: number,
  words: (value: number) => string,
): Evaluate {
  return (subject) => {
    const value = subject[field]
    return value === null ? skip('It is not known.') : verdict(value <= max, words(value))
  }
}

function cased(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.toLowerCase() : text
}

/** `fence`: the answer may stand in a fenced code block. */
function readJson(text: string, fence: boolean): { value: unknown } | { problem: string } {
  const inner = fence ? (/^\s*```[\w-]*\r?\n([\s\S]*?)\r?\n?```\s*$/.exec(text)?.[1] ?? text) : text
  try {
    return { value: JSON.parse(inner) }
  } catch (error) {
    return { problem: `Not valid JSON: ${(error as Error).message}` }
  }
}

function orUnusable<Value>(field: string, make: () => Value): Value {
  try {
    return make()
  } catch (error) {
    throw new UnusableConfig(field, short(error instanceof Error ? error.message : String(error)))
  }
}

import { formatNumber } from '#components/ui/format.ts'
import type { EvaluatorConfig, EvaluatorKind } from '#lib/experiments/schema.ts'

interface KindWords {
  label: string
  /** What it does, in a line. */
  about: string
}

/** Every way to judge, in the order in which they are offered. */
export const kindWords: Readonly<Record<EvaluatorKind, KindWords>> = {
  exact: { label: 'Is what is expected', about: 'The answer is, letter by letter, what the row expects.' },
  contains: { label: 'Contains', about: 'The answer holds any, all or none of some texts.' },
  starts_with: { label: 'Starts with', about: 'The answer begins with a text.' },
  ends_with: { label: 'Ends with', about: 'The answer ends with a text.' },
  regex: { label: 'Pattern', about: 'A regular expression finds something in the answer, or nothing.' },
  length: { label: 'Length', about: 'The answer has so many characters or words.' },
  valid_json: { label: 'Valid JSON', about: 'The answer is JSON.' },
  json_schema: { label: 'JSON schema', about: 'The answer is JSON that follows a schema.' },
  json_path: { label: 'JSON value', about: 'One value inside the answer’s JSON is what it should be.' },
  numeric: { label: 'Number', about: 'A number in the answer lies near the expected one.' },
  levenshtein: { label: 'Edit distance', about: 'How few letters would have to change to get what is expected.' },
  rouge_l: { label: 'ROUGE-L', about: 'How many words the answer and what is expected share, in their order.' },
  cosine: {
    label: 'Vector cosine',
    about: 'How near the vectors of an embedding model are to those that are expected.',
  },
  url: { label: 'Web address', about: 'The answer holds a web address, or none.' },
  email: { label: 'E-mail address', about: 'The answer holds an e-mail address, or none.' },
  latency: { label: 'Latency', about: 'The answer came in time.' },
  cost: { label: 'Cost', about: 'The answer cost at most so much.' },
  tokens: { label: 'Tokens', about: 'The answer took at most so many tokens.' },
  similarity: { label: 'Embedding similarity', about: 'How near the answer is in meaning to what is expected.' },
  judge: { label: 'Model as judge', about: 'A model of this workspace judges by a prompt of yours.' },
}

export const evaluatorKinds = Object.keys(kindWords) as EvaluatorKind[]

const number = (value: number) => formatNumber(value)
const quoted = (text: string) => `“${text.length > 60 ? `${text.slice(0, 59)}…` : text}”`
const from = (passAt: number | null) => (passAt === null ? 'measured' : `passes from ${passAt}`)

/** What an evaluator is set to, in a line. */
export function describeConfig(config: EvaluatorConfig): string {
  switch (config.kind) {
    case 'exact':
      return config.ignoreCase ? 'case ignored' : 'letter by letter'
    case 'contains':
      return `${config.mode} of ${config.values.slice(0, 3).map(quoted).join(', ')}${config.values.length > 3 ? ' …' : ''}`
    case 'starts_with':
    case 'ends_with':
      return quoted(config.value)
    case 'regex':
      return `${config.negate ? 'not ' : ''}${config.pattern.slice(0, 80)}`
    case 'length': {
      const { min, max, unit } = config
      if (min !== null && max !== null) return `${number(min)} to ${number(max)} ${unit}`
      return max !== null ? `at most ${number(max)} ${unit}` : `at least ${number(min ?? 0)} ${unit}`
    }
    case 'valid_json':
      return config.type === 'any' ? 'anything that parses' : `an ${config.type}`
    case 'json_schema': {
      const names = Object.keys((config.schema.properties as object | undefined) ?? {})
      return names.length > 0 ? `with ${names.slice(0, 4).join(', ')}` : 'a schema of its own'
    }
    case 'json_path':
      return `${config.path} is ${config.equals === null ? 'what is expected' : quoted(JSON.stringify(config.equals))}`
    case 'numeric':
      return `within ${config.relative ? `${number(config.tolerance * 100)} %` : number(config.tolerance)}`
    case 'levenshtein':
    case 'rouge_l':
    case 'cosine':
    case 'similarity':
      return from(config.passAt)
    case 'url':
    case 'email':
      return config.negate ? 'holds none' : 'holds one'
    case 'latency':
      return `at most ${number(config.maxMs)} ms`
    case 'cost':
      return `at most $${config.maxUsd}`
    case 'tokens':
      return `at most ${number(config.max)} ${config.of === 'total' ? 'tokens' : `${config.of} tokens`}`
    case 'judge': {
      const { answer } = config
      if (answer.type === 'number') return `${answer.min} to ${answer.max}, ${from(answer.passAt)}`
      if (answer.type === 'category') return answer.categories.map(({ name }) => name).join(', ')
      return answer.type === 'boolean' ? 'yes or no' : 'in words'
    }
  }
}

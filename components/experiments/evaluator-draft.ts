import { readJson } from '#components/prompt/json-text.ts'
import { EvaluatorConfig, type EvaluatorKind, type JudgeAnswer } from '#lib/experiments/schema.ts'

/*
 * An evaluator as it is typed: figures and JSON are text until they are read, so that nothing typed is lost.
 */

interface Common {
  name: string
  label: string
  help?: string
}

export type ConfigField =
  | (Common & { kind: 'text'; placeholder?: string; mono?: boolean; rows?: number; charsMax: number })
  | (Common & { kind: 'number'; decimal?: boolean; optional?: boolean; placeholder?: string; prefix?: string })
  | (Common & { kind: 'flag' })
  | (Common & { kind: 'choice'; options: readonly { value: string; label: string }[] })
  | (Common & { kind: 'lines'; placeholder?: string })
  | (Common & { kind: 'json'; optional?: boolean; placeholder?: string; rows: number })
  | (Common & { kind: 'model'; type: 'chat' | 'embedding' })

const ignoreCase: ConfigField = { name: 'ignoreCase', label: 'Ignore upper and lower case', kind: 'flag' }
const fence: ConfigField = {
  name: 'fence',
  label: 'Look inside code blocks',
  help: 'Takes the JSON out of ``` where the answer has it there.',
  kind: 'flag',
}
const passAt: ConfigField = {
  name: 'passAt',
  label: 'Passes from',
  help: '0 to 1. Empty: it is measured, and nothing fails.',
  kind: 'number',
  decimal: true,
  optional: true,
  placeholder: 'measured alone',
}
const negate = (label: string): ConfigField => ({ name: 'negate', label, kind: 'flag' })
const value = (placeholder: string): ConfigField => ({
  name: 'value',
  label: 'Text',
  help: '{{expected}} stands for what the row expects.',
  kind: 'text',
  placeholder,
  charsMax: 2_000,
})

/** What each kind is set by; a judge has its own fields. */
export const configFields: Readonly<Record<Exclude<EvaluatorKind, 'judge'>, readonly ConfigField[]>> = {
  exact: [{ name: 'trim', label: 'Ignore spaces around it', kind: 'flag' }, ignoreCase],
  contains: [
    {
      name: 'mode',
      label: 'Holds',
      kind: 'choice',
      options: [
        { value: 'all', label: 'all of them' },
        { value: 'any', label: 'any of them' },
        { value: 'none', label: 'none of them' },
      ],
    },
    {
      name: 'values',
      label: 'Texts, one a line',
      help: '{{expected}} stands for what the row expects.',
      kind: 'lines',
      placeholder: '{{expected}}',
    },
    ignoreCase,
  ],
  starts_with: [value('Dear'), ignoreCase],
  ends_with: [value('Kind regards'), ignoreCase],
  regex: [
    {
      name: 'pattern',
      label: 'Pattern',
      help: 'RE2’s syntax: no look-around and no back-references, so that no text is slow.',
      kind: 'text',
      mono: true,
      placeholder: '\\b\\d{4}-\\d{2}-\\d{2}\\b',
      charsMax: 1_000,
    },
    ignoreCase,
    { name: 'multiline', label: '^ and $ also at line ends', kind: 'flag' },
    { name: 'dotAll', label: 'A dot also for line ends', kind: 'flag' },
    negate('Passes where nothing is found'),
  ],
  length: [
    {
      name: 'unit',
      label: 'Counted in',
      kind: 'choice',
      options: [
        { value: 'characters', label: 'characters' },
        { value: 'words', label: 'words' },
      ],
    },
    { name: 'min', label: 'At least', kind: 'number', optional: true, placeholder: 'no lower bound' },
    { name: 'max', label: 'At most', kind: 'number', optional: true, placeholder: 'no upper bound' },
  ],
  valid_json: [
    {
      name: 'type',
      label: 'It is',
      kind: 'choice',
      options: [
        { value: 'any', label: 'any JSON' },
        { value: 'object', label: 'an object' },
        { value: 'array', label: 'a list' },
      ],
    },
    fence,
  ],
  json_schema: [{ name: 'schema', label: 'Schema', help: 'Drafts 7 and 2020-12.', kind: 'json', rows: 8 }, fence],
  json_path: [
    {
      name: 'path',
      label: 'Path',
      help: 'Of one value, as RFC 9535 writes it.',
      kind: 'text',
      mono: true,
      placeholder: '$.items[0].name',
      charsMax: 500,
    },
    {
      name: 'equals',
      label: 'Is this JSON',
      help: 'Empty: what the row expects.',
      kind: 'json',
      optional: true,
      placeholder: '"Berlin"',
      rows: 1,
    },
    fence,
  ],
  numeric: [
    { name: 'tolerance', label: 'May differ by', kind: 'number', decimal: true },
    { name: 'relative', label: 'As a share of what is expected', help: '0.05 is 5 %.', kind: 'flag' },
    {
      name: 'number',
      label: 'Which number of the answer counts',
      kind: 'choice',
      options: [
        { value: 'last', label: 'the last' },
        { value: 'first', label: 'the first' },
        { value: 'only', label: 'the only one' },
      ],
    },
  ],
  levenshtein: [passAt, ignoreCase],
  rouge_l: [passAt],
  cosine: [passAt],
  url: [negate('Passes where there is none')],
  email: [negate('Passes where there is none')],
  latency: [{ name: 'maxMs', label: 'At most, in milliseconds', kind: 'number', placeholder: '2000' }],
  cost: [
    { name: 'maxUsd', label: 'At most, in dollars', kind: 'number', decimal: true, placeholder: '0.002', prefix: '$' },
  ],
  tokens: [
    {
      name: 'of',
      label: 'Tokens',
      kind: 'choice',
      options: [
        { value: 'output', label: 'of the answer' },
        { value: 'input', label: 'of the prompt' },
        { value: 'total', label: 'of both' },
      ],
    },
    { name: 'max', label: 'At most', kind: 'number', placeholder: '500' },
  ],
  similarity: [
    { name: 'model', label: 'Embedding model', help: 'Its calls are paid for.', kind: 'model', type: 'embedding' },
    passAt,
  ],
}

const judgeFields: readonly ConfigField[] = [
  { name: 'model', label: 'Judge', kind: 'model', type: 'chat' },
  { name: 'prompt', label: 'Prompt', kind: 'text', charsMax: 20_000 },
  { name: 'temperature', label: 'Temperature', kind: 'number', decimal: true, optional: true },
  { name: 'maxTokens', label: 'Max Tokens', kind: 'number' },
]

export const fieldsOf = (kind: EvaluatorKind): readonly ConfigField[] =>
  kind === 'judge' ? judgeFields : configFields[kind]

export interface AnswerDraft {
  type: JudgeAnswer['type']
  min: string
  max: string
  passAt: string
  categories: { name: string; passes: boolean }[]
}

export interface EvaluatorDraft {
  kind: EvaluatorKind
  values: Readonly<Record<string, string | boolean>>
  answer: AnswerDraft
}

const firstAnswer: AnswerDraft = {
  type: 'boolean',
  min: '1',
  max: '5',
  passAt: '',
  categories: [
    { name: 'good', passes: true },
    { name: 'bad', passes: false },
  ],
}

const firstValues: Partial<Record<EvaluatorKind, Record<string, string | boolean>>> = {
  exact: { trim: true },
  contains: { mode: 'all', values: '{{expected}}', ignoreCase: true },
  length: { unit: 'words' },
  valid_json: { type: 'any', fence: true },
  json_schema: {
    schema: JSON.stringify(
      { type: 'object', properties: { answer: { type: 'string' } }, required: ['answer'] },
      null,
      2,
    ),
    fence: true,
  },
  json_path: { fence: true },
  numeric: { tolerance: '0', number: 'last' },
  tokens: { of: 'output' },
  judge: {
    prompt:
      'Does the answer say the same as what is expected?\n\nQuestion:\n{{input}}\n\nExpected:\n{{expected}}\n\nAnswer:\n{{answer}}',
    temperature: '0',
    maxTokens: '1024',
  },
}

export function newDraft(kind: EvaluatorKind): EvaluatorDraft {
  return { kind, values: firstValues[kind] ?? {}, answer: firstAnswer }
}

/** A saved configuration as it is edited. */
export function toDraft(config: EvaluatorConfig): EvaluatorDraft {
  const values: Record<string, string | boolean> = {}
  for (const field of fieldsOf(config.kind)) {
    const stands = (config as Record<string, unknown>)[field.name]
    values[field.name] = field.kind === 'flag' ? stands === true : textOf(field, stands)
  }
  const answer = config.kind === 'judge' ? toAnswerDraft(config.answer) : firstAnswer
  return { kind: config.kind, values, answer }
}

function textOf(field: ConfigField, stands: unknown): string {
  if (stands === null || stands === undefined) return ''
  if (field.kind === 'json') return JSON.stringify(stands, null, 2)
  return field.kind === 'lines' ? (stands as string[]).join('\n') : String(stands)
}

function toAnswerDraft(answer: JudgeAnswer): AnswerDraft {
  const { type } = answer
  if (type === 'number') {
    const { min, max, passAt: least } = answer
    return { ...firstAnswer, type, min: String(min), max: String(max), passAt: least === null ? '' : String(least) }
  }
  return { ...firstAnswer, type, ...(type === 'category' && { categories: answer.categories }) }
}

export type ReadConfig = { ok: true; config: EvaluatorConfig } | { ok: false; errors: Record<string, string> }

/** What was typed as a configuration, or what is wrong with it by field: `config.pattern`. */
export function readDraft(draft: EvaluatorDraft): ReadConfig {
  const errors: Record<string, string> = {}
  const figure = (text: string, path: string, optional: boolean): number | null | undefined => {
    const trimmed = text.trim().replace(',', '.')
    if (trimmed === '') {
      if (!optional) errors[path] = 'Enter a number.'
      return null
    }
    const read = Number(trimmed)
    if (Number.isFinite(read)) return read
    errors[path] = 'This is not a number.'
    return undefined
  }
  const raw: Record<string, unknown> = { kind: draft.kind }
  for (const field of fieldsOf(draft.kind)) {
    const typed = draft.values[field.name]
    const path = `config.${field.name}`
    const text = typeof typed === 'string' ? typed : ''
    if (field.kind === 'flag') raw[field.name] = typed === true
    else if (field.kind === 'number') raw[field.name] = figure(text, path, field.optional === true)
    else if (field.kind === 'lines') raw[field.name] = text.split('\n').filter((line) => line.trim() !== '')
    else if (field.kind !== 'json') raw[field.name] = text
    else if (text.trim() === '') {
      raw[field.name] = null
      if (!field.optional) errors[path] = 'Enter JSON.'
    } else {
      const read = readJson(text)
      if (read.ok) raw[field.name] = read.value
      else errors[path] = `Line ${read.problem.line}: ${read.problem.message}`
    }
  }
  if (draft.kind === 'judge') raw.answer = rawAnswer(draft.answer, figure)
  const parsed = EvaluatorConfig.safeParse(raw)
  if (!parsed.success)
    for (const issue of parsed.error.issues) errors[['config', ...issue.path].join('.')] ??= issue.message
  return parsed.success && Object.keys(errors).length === 0 ? { ok: true, config: parsed.data } : { ok: false, errors }
}

function rawAnswer(
  { type, min, max, passAt: least, categories }: AnswerDraft,
  figure: (text: string, path: string, optional: boolean) => number | null | undefined,
): Record<string, unknown> {
  if (type === 'category') return { type, categories }
  if (type !== 'number') return { type }
  return {
    type,
    min: figure(min, 'config.answer.min', false),
    max: figure(max, 'config.answer.max', false),
    passAt: figure(least, 'config.answer.passAt', true),
  }
}

/** Names of the fields, for the summary of what is wrong. */
export function fieldLabels(kind: EvaluatorKind): Record<string, string> {
  return {
    name: 'Name',
    description: 'Description',
    ...Object.fromEntries(fieldsOf(kind).map((field) => [`config.${field.name}`, field.label])),
    'config.answer.min': 'Lowest',
    'config.answer.max': 'Highest',
    'config.answer.passAt': 'Passes from',
    'config.answer.categories': 'Categories',
  }
}

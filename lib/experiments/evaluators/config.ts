import { z } from 'zod'
import { variablesIn } from '#lib/deployments/schema.ts'

/*
 * How an answer is judged. One shape for each kind; the schemas bound and shape, `checkConfig` says what does not compile.
 */

const text = (max: number) => z.string().max(max, `At most ${max.toLocaleString('en-US')} characters.`)
const needed = (max: number) => text(max).min(1, 'Enter something.')
const flag = z.boolean().default(false)
/** A share from 0 to 1 from which an answer passes; null: it is measured alone. */
const PassShare = z.number().min(0, 'From 0 to 1.').max(1, 'From 0 to 1.').nullable().default(null)
const most = (max: number) =>
  z
    .number()
    .min(0, 'Not below zero.')
    .max(max, `At most ${max.toLocaleString('en-US')}.`)
/** Takes the answer out of a fenced code block, where it is one. */
const fence = z.boolean().default(true)

export const patternCharactersMax = 1_000

/** The functions: the same answer, the same verdict. */
export const FunctionConfig = z.discriminatedUnion('kind', [
  /** The answer is what is expected. */
  z.strictObject({ kind: z.literal('exact'), ignoreCase: flag, trim: z.boolean().default(true) }),
  z.strictObject({
    kind: z.literal('contains'),
    mode: z.enum(['any', 'all', 'none']).default('all'),
    /** `{{expected}}` stands for what is expected. */
    values: z.array(needed(2_000)).min(1, 'Enter at least one text.').max(50, 'At most 50 texts.'),
    ignoreCase: z.boolean().default(true),
  }),
  z.strictObject({ kind: z.literal('starts_with'), value: needed(2_000), ignoreCase: flag }),
  z.strictObject({ kind: z.literal('ends_with'), value: needed(2_000), ignoreCase: flag }),
  /** RE2's syntax: no look-around, no back-references, and never slower than the text is long. */
  z.strictObject({
    kind: z.literal('regex'),
    pattern: needed(patternCharactersMax),
    ignoreCase: flag,
    /** `^` and `$` also at line ends. */
    multiline: flag,
    /** `.` also for line ends. */
    dotAll: flag,
    /** Passes where nothing is found. */
    negate: flag,
  }),
  z
    .strictObject({
      kind: z.literal('length'),
      unit: z.enum(['characters', 'words']).default('characters'),
      min: z.int().min(0).max(1_000_000).nullable().default(null),
      max: z.int().min(0).max(1_000_000).nullable().default(null),
    })
    .refine(({ min, max }) => min !== null || max !== null, { error: 'Set a lower or an upper bound.', path: ['max'] })
    .refine(({ min, max }) => min === null || max === null || min <= max, {
      error: 'Below the lower bound.',
      path: ['max'],
    }),
  z.strictObject({
    kind: z.literal('valid_json'),
    type: z.enum(['any', 'object', 'array']).default('any'),
    fence: flag,
  }),
  z.strictObject({
    kind: z.literal('json_schema'),
    /** Drafts 7 and 2020-12. */
    schema: z
      .record(z.string().max(256), z.unknown())
      .refine((schema) => JSON.stringify(schema).length <= 65_536, 'A schema holds at most 64 KB.'),
    fence,
  }),
  z.strictObject({
    kind: z.literal('json_path'),
    /** A singular query of RFC 9535: `$.items[0]['name']`. */
    path: needed(500),
    /** Null: what is expected. */
    equals: z.unknown().default(null),
    fence,
  }),
  z.strictObject({
    kind: z.literal('numeric'),
    tolerance: most(1e15).default(0),
    /** Of what is expected. */
    relative: flag,
    /** Which number of the answer counts. */
    number: z.enum(['only', 'first', 'last']).default('last'),
  }),
  z.strictObject({ kind: z.literal('levenshtein'), ignoreCase: flag, passAt: PassShare }),
  z.strictObject({ kind: z.literal('rouge_l'), passAt: PassShare }),
  /** Of an answer that is vectors: the angle to those that are expected. */
  z.strictObject({ kind: z.literal('cosine'), passAt: PassShare }),
  z.strictObject({ kind: z.literal('url'), negate: flag }),
  z.strictObject({ kind: z.literal('email'), negate: flag }),
  z.strictObject({ kind: z.literal('latency'), maxMs: most(3_600_000) }),
  z.strictObject({ kind: z.literal('cost'), maxUsd: most(1_000_000) }),
  z.strictObject({
    kind: z.literal('tokens'),
    of: z.enum(['output', 'input', 'total']).default('output'),
    max: z.int().min(0).max(1_000_000_000),
  }),
])
export type FunctionConfig = z.infer<typeof FunctionConfig>

/** A model by its id, slug or alias; kept by its id. */
const Model = z.string().min(1, 'Choose a model.').max(256)

/** How near the answer is to what is expected, by the angle between their embeddings. */
export const SimilarityConfig = z.strictObject({ kind: z.literal('similarity'), model: Model, passAt: PassShare })
export type SimilarityConfig = z.infer<typeof SimilarityConfig>

const Label = z.string().trim().min(1, 'Enter a name.').max(64)

/** What a judge may answer, and what passes. */
export const JudgeAnswer = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('boolean') }),
  z
    .strictObject({
      type: z.literal('number'),
      min: z.number().min(-1e6).max(1e6).default(1),
      max: z.number().min(-1e6).max(1e6).default(5),
      passAt: z.number().min(-1e6).max(1e6).nullable().default(null),
    })
    .refine(({ min, max }) => min < max, { error: 'Above the lower bound.', path: ['max'] }),
  z
    .strictObject({
      type: z.literal('category'),
      categories: z
        .array(z.strictObject({ name: Label, passes: z.boolean().default(false) }))
        .min(2, 'At least two categories.')
        .max(20, 'At most 20 categories.'),
    })
    .refine(({ categories }) => new Set(categories.map(({ name }) => name)).size === categories.length, {
      error: 'Two categories have one name.',
      path: ['categories'],
    }),
  z.strictObject({ type: z.literal('text') }),
])
export type JudgeAnswer = z.infer<typeof JudgeAnswer>

export const judgePromptMax = 20_000

/** A model of the workspace judges by a prompt. */
export const JudgeConfig = z.strictObject({
  kind: z.literal('judge'),
  model: Model,
  /** With `{{answer}}`, `{{expected}}`, `{{input}}` (the conversation) and the names of columns. */
  prompt: needed(judgePromptMax),
  answer: JudgeAnswer,
  /** Null: not sent. */
  temperature: z.number().min(0).max(2).nullable().default(0),
  maxTokens: z.int().min(16).max(32_768).default(1_024),
})
export type JudgeConfig = z.infer<typeof JudgeConfig>

export const EvaluatorConfig = z.discriminatedUnion('kind', [...FunctionConfig.options, SimilarityConfig, JudgeConfig])
export type EvaluatorConfig = z.infer<typeof EvaluatorConfig>
export type EvaluatorKind = EvaluatorConfig['kind']
export const evaluatorKinds = EvaluatorConfig.options.map((option) => option.shape.kind.value)

/** Kinds that compare with what a row expects. `contains` and `json_path` do where they are told to. */
export const comparing: readonly EvaluatorKind[] = [
  'exact',
  'numeric',
  'levenshtein',
  'rouge_l',
  'cosine',
  'similarity',
]
/** Kinds that look at how an answer came, not at what it says. */
const measuring: readonly EvaluatorKind[] = ['latency', 'cost', 'tokens']

/** True where a score measures how good; else it only passes or not. */
export function isGraded(config: EvaluatorConfig): boolean {
  return 'passAt' in (config.kind === 'judge' ? config.answer : config)
}

/** What is known of a call that is judged where it happens. */
const knownOfCalls: readonly string[] = ['answer', 'input']

/** True where an evaluator can be a guardrail: it judges a text by itself, and says whether it passes. */
export function canGuard(config: EvaluatorConfig): boolean {
  if (comparing.includes(config.kind) || measuring.includes(config.kind)) return false
  if (config.kind === 'contains') return !config.values.some((value) => value.includes('{{expected}}'))
  if (config.kind === 'json_path') return config.equals !== null
  if (config.kind !== 'judge') return true
  const { answer, prompt } = config
  if (variablesIn(prompt).some((name) => !knownOfCalls.includes(name))) return false
  if (answer.type === 'number') return answer.passAt !== null
  return answer.type === 'boolean' || (answer.type === 'category' && answer.categories.some(({ passes }) => passes))
}

import type { ConfigProblem, DraftCheckView, FindingView } from '#lib/deployments/schema.ts'

/** What stands against a draft: mistakes of its own, and what its models make of what is asked of them. */
export interface Marks {
  problems: readonly ConfigProblem[]
  findings: readonly FindingView[]
}

export const noMarks: Marks = { problems: [], findings: [] }

/**
 * The rules are held against what stands in the editor now; what only the server knows (guardrails that are gone,
 * capability cards) is as of its last answer.
 */
export function toMarks(rules: readonly ConfigProblem[], check: DraftCheckView | undefined): Marks {
  const more = check?.problems.filter(({ path }) => /\.guardrails\.\d+\.evaluator$/.test(path)) ?? []
  const problems = [...rules]
  for (const each of more) if (!problems.some(({ path }) => path === each.path)) problems.push(each)
  return { problems, findings: check?.findings ?? [] }
}

const isAt = (path: string, place: string) => path === place || path.startsWith(`${place}.`)

/** What is wrong at a place and below it, in words. */
export const problemsAt = ({ problems }: Marks, ...places: string[]): string[] => [
  ...new Set(problems.filter(({ path }) => places.some((place) => isAt(path, place))).map(({ message }) => message)),
]

/** What one model of a variant makes of it; 0 is its own, from 1 on its fallbacks. */
export const findingsOf = ({ findings }: Marks, variant: number, target: number): FindingView[] =>
  findings.filter((each) => each.variant === variant && each.target === target)

/** Parts of the editor that a need stands in. */
export type Part = 'models' | 'messages' | 'tools' | 'format' | 'parameters'

export function partOf(need: string): Part {
  if (need === 'tools' || need.startsWith('tools_')) return 'tools'
  if (need === 'json_schema' || need === 'json_object') return 'format'
  if (need === 'vision' || need.endsWith('_role')) return 'messages'
  return ['model', 'type', 'state', 'region', 'context', 'profile'].includes(need) ? 'models' : 'parameters'
}

/** The worst of what the models of a variant say to one part, with the words of each. */
export function findingsIn({ findings }: Marks, variant: number, part: Part): FindingView[] {
  return findings.filter((each) => each.variant === variant && partOf(each.need) === part)
}

export type Weight = 'bad' | 'warn' | null

/** How bad it stands around a variant, or one part of it. */
export function weightOf(problems: readonly unknown[], findings: readonly FindingView[]): Weight {
  if (problems.length > 0 || findings.some(({ severity }) => severity === 'refused')) return 'bad'
  return findings.some(({ severity }) => severity === 'warned') ? 'warn' : null
}

export function weightOfVariant(marks: Marks, variant: number): Weight {
  return weightOf(
    problemsAt(marks, `variants.${variant}`),
    marks.findings.filter((each) => each.variant === variant),
  )
}

export interface Reason {
  /** Where it is mended: `variants.0.fallbacks.1.model`. */
  place: string
  message: string
}

/** Everything that keeps it from being published, in the order of the page. */
export function reasonsOf({ problems, findings }: Marks): Reason[] {
  return [
    ...problems.map(({ path, message }) => ({ place: path, message })),
    ...findings
      .filter(({ severity }) => severity === 'refused')
      .map(({ variant, target, message }) => ({ place: placeOfTarget(variant, target), message })),
  ]
}

export const placeOfTarget = (variant: number, target: number) =>
  `variants.${variant}.${target === 0 ? 'model' : `fallbacks.${target - 1}.model`}`

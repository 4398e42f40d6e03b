import { promptVariables } from '#components/prompt/body.ts'
import type { Condition, DeploymentConfig, Message, Operator, Variable, Variant } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'

/* Changes of a configuration as the editor makes them. None of them changes what it is given. */

/** Who answers where no row matches. */
export const defaultVariant = ({ routing, variants }: DeploymentConfig): string =>
  routing.default || (variants[0]?.name ?? '')

/** `short`, `short 2`, `short 3`: the first that no variant has. */
export function freeName(config: DeploymentConfig, wanted: string): string {
  const taken = new Set(config.variants.map(({ name }) => name.toLowerCase()))
  const base = wanted.slice(0, 58)
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base} ${count}`
    if (!taken.has(name.toLowerCase())) return name
  }
}

/** One more variant at the end: a copy of another, or what is given. */
export function addVariant(config: DeploymentConfig, variant: Variant, wanted: string): DeploymentConfig {
  return { ...config, variants: [...config.variants, { ...variant, name: freeName(config, wanted) }] }
}

export function setVariant(config: DeploymentConfig, at: number, change: Partial<Variant>): DeploymentConfig {
  return { ...config, variants: config.variants.map((each, place) => (place === at ? { ...each, ...change } : each)) }
}

/** Another name, also in the routing. */
export function renameVariant(config: DeploymentConfig, at: number, name: string): DeploymentConfig {
  const before = config.variants[at]!.name
  const become = (each: string) => (each === before ? name : each)
  return {
    ...setVariant(config, at, { name }),
    routing: {
      default: become(config.routing.default),
      rows: config.routing.rows.map((row) => ({
        ...row,
        split: row.split.map((share) => ({ ...share, variant: become(share.variant) })),
      })),
    },
  }
}

/** Without a variant: rows that led to it alone go, what it had of a split goes to the others. */
export function removeVariant(config: DeploymentConfig, at: number): DeploymentConfig {
  const { name } = config.variants[at]!
  const variants = config.variants.filter((_, place) => place !== at)
  const rows = config.routing.rows.flatMap((row) => {
    const split = row.split.filter(({ variant }) => variant !== name)
    if (split.length === row.split.length) return [row]
    return split.length === 0 ? [] : [{ ...row, split: evenShares(split.map(({ variant }) => variant)) }]
  })
  const isDefault = defaultVariant(config) === name
  return { ...config, variants, routing: { rows, default: isDefault ? '' : config.routing.default } }
}

export const setDefault = (config: DeploymentConfig, name: string): DeploymentConfig => ({
  ...config,
  routing: { ...config.routing, default: name },
})

/** Parts of 100 with two decimals that add up, the first ones larger where it does not come out even. */
export function evenShares(variants: readonly string[]): { variant: string; percent: number }[] {
  const each = Math.floor(10_000 / variants.length)
  const over = 10_000 - each * variants.length
  return variants.map((variant, at) => ({ variant, percent: (each + (at < over ? 1 : 0)) / 100 }))
}

/** The same list with one item a place further up or down. */
export function moved<Item>(items: readonly Item[], at: number, by: -1 | 1): Item[] {
  const next = [...items]
  const [item] = next.splice(at, 1)
  if (item !== undefined) next.splice(at + by, 0, item)
  return next
}

/** The names that the prompts of all variants hold, each once. */
export function usedVariables(config: DeploymentConfig, type: ModelType): string[] {
  const names = config.variants.flatMap(({ messages, prompt, tools, parameters }) =>
    // The prompt of an embedding is a text like any other here.
    promptVariables({
      type: type === 'embedding' ? 'completion' : type,
      messages,
      prompt,
      inputs: [],
      tools,
      parameters,
    }),
  )
  return [...new Set(names)]
}

/** Those that a prompt holds and nobody has declared. */
export function undeclaredVariables(config: DeploymentConfig, type: ModelType): string[] {
  const declared = new Set(config.variables.map(({ name }) => name))
  return usedVariables(config, type).filter((name) => !declared.has(name))
}

export const newVariable = (name: string): Variable => ({
  name,
  type: 'string',
  required: true,
  pii: false,
  description: '',
})

/** A prompt to begin with: how to answer, and what is asked. */
export const firstMessages: readonly Message[] = [
  { role: 'system', content: '' },
  { role: 'user', content: '' },
]

/** Reads what was typed for a condition as its type wants it; what cannot be read stays a text, and is marked. */
export function readConditionValue(type: Condition['type'], operator: Operator, typed: string): Condition['value'] {
  if (operator === 'exists') return typed !== 'false'
  const one = (text: string): string | number | boolean => {
    if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
    if (type !== 'number') return text
    const figure = Number(text.replace(',', '.'))
    return text.trim() === '' || Number.isNaN(figure) ? text : figure
  }
  if (operator !== 'in') return one(typed)
  return typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(one)
}

export const conditionText = (value: Condition['value']): string =>
  Array.isArray(value) ? value.join('\n') : String(value)

/** The same condition for another type or operator: a value that cannot be taken along begins anew. */
export function withOperator(condition: Condition, change: Partial<Pick<Condition, 'type' | 'operator'>>): Condition {
  const next = { ...condition, ...change }
  const typed =
    next.operator === 'exists'
      ? 'true'
      : typeof condition.value === 'boolean' && next.type !== 'boolean'
        ? ''
        : conditionText(condition.value)
  const start = next.type === 'boolean' && !['true', 'false'].includes(typed) ? 'true' : typed
  return { ...next, value: readConditionValue(next.type, next.operator, start) }
}

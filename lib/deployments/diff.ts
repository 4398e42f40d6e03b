import type { ChangeView, DiffView } from './answers.ts'
import type { DeploymentConfig, Variant } from './config.ts'

type Section = DiffView['sections'][number]

/** What differs from one configuration to another, in the order of the editor; empty where nothing does. */
export function diffConfigs(before: DeploymentConfig, after: DeploymentConfig): Section[] {
  const sections: Section[] = []
  const add = (area: Section['area'], variant: string | null, changes: ChangeView[]) => {
    if (changes.length > 0) sections.push({ area, variant, changes })
  }
  add('variables', null, [
    ...byName(
      before.variables,
      after.variables,
      'variables',
      ({ name }) => name,
      (name) => `{{${name}}}`,
    ),
    ...field('lenient', 'Missing and unknown inputs', before.lenient, after.lenient),
  ])
  const names = (config: DeploymentConfig) => config.variants.map(({ name }) => name)
  add('variants', null, lists(names(before), names(after), 'variants', 'Variant'))
  for (const variant of after.variants) {
    const was = before.variants.find(({ name }) => name === variant.name)
    if (was) diffVariant(was, variant, add)
  }
  add('routing', null, [
    ...lists(before.routing.rows, after.routing.rows, 'routing.rows', 'Row'),
    ...field('routing.default', 'Default variant', before.routing.default, after.routing.default),
  ])
  return sections
}

function diffVariant(
  before: Variant,
  after: Variant,
  add: (area: Section['area'], variant: string, changes: ChangeView[]) => void,
): void {
  const { name } = after
  add('prompt', name, [
    ...lists(before.messages, after.messages, 'messages', 'Message'),
    ...field('prompt', 'Prompt', before.prompt, after.prompt),
  ])
  add('model', name, [
    ...field('model', 'Model', before.model, after.model),
    ...lists(before.fallbacks, after.fallbacks, 'fallbacks', 'Fallback'),
    ...field('region', 'Region demanded', before.region, after.region),
  ])
  add('parameters', name, members(before.parameters, after.parameters, 'parameters'))
  add(
    'tools',
    name,
    byName(
      before.tools,
      after.tools,
      'tools',
      ({ function: tool }) => tool.name,
      (tool) => `Function ${tool}`,
    ),
  )
  add('behaviour', name, [
    ...field('retry', 'Retries', before.retry, after.retry),
    ...members(before.timeouts, after.timeouts, 'timeouts'),
    ...field('cacheSeconds', 'Cache', before.cacheSeconds, after.cacheSeconds),
    ...lists(before.guardrails, after.guardrails, 'guardrails', 'Guardrail'),
  ])
}

function field(path: string, label: string, before: unknown, after: unknown): ChangeView[] {
  return isEqual(before, after) ? [] : [{ path, label, kind: 'changed', before, after }]
}

function members(before: object, after: object, path: string): ChangeView[] {
  const [was, is] = [before as Record<string, unknown>, after as Record<string, unknown>]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((name) =>
    one(`${path}.${name}`, name, was[name], is[name]),
  )
}

function one(path: string, label: string, before: unknown, after: unknown): ChangeView[] {
  if (isEqual(before, after)) return []
  if (before === undefined) return [{ path, label, kind: 'added', before: null, after }]
  if (after === undefined) return [{ path, label, kind: 'removed', before, after: null }]
  return [{ path, label, kind: 'changed', before, after }]
}

function byName<Item>(
  before: readonly Item[],
  after: readonly Item[],
  path: string,
  nameOf: (item: Item) => string,
  labelOf: (name: string) => string,
): ChangeView[] {
  const find = (items: readonly Item[], name: string) => items.find((item) => nameOf(item) === name)
  return [...new Set([...before, ...after].map(nameOf))].flatMap((name) =>
    one(`${path}.${name}`, labelOf(name), find(before, name), find(after, name)),
  )
}

/**
 * Lists whose items have no name: what stayed is found by the longest common run; between two that stayed, an item
 * gone and an item come are one that changed.
 */
function lists<Item>(before: readonly Item[], after: readonly Item[], path: string, label: string): ChangeView[] {
  const changes: ChangeView[] = []
  const stayed = [...commonRun(before, after), [before.length, after.length] as const]
  let [from, to] = [0, 0]
  for (const [upTo, until] of stayed) {
    while (from < upTo || to < until) {
      const index = to < until ? to : from
      const at = { path: `${path}.${index}`, label: `${label} ${index + 1}` }
      if (from < upTo && to < until)
        changes.push({ ...at, kind: 'changed', before: before[from++], after: after[to++] })
      else if (from < upTo) changes.push({ ...at, kind: 'removed', before: before[from++], after: null })
      else changes.push({ ...at, kind: 'added', before: null, after: after[to++] })
    }
    from = upTo + 1
    to = until + 1
  }
  return changes
}

/** Pairs of indexes of equal items, in order, as many as there can be. */
function commonRun<Item>(before: readonly Item[], after: readonly Item[]): [number, number][] {
  const [was, is] = [before.map(textOf), after.map(textOf)]
  const best = Array.from({ length: was.length + 1 }, () => new Uint16Array(is.length + 1))
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      best[i]![j] = was[i] === is[j] ? best[i + 1]![j + 1]! + 1 : Math.max(best[i + 1]![j]!, best[i]![j + 1]!)
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < was.length && j < is.length; ) {
    if (was[i] === is[j]) pairs.push([i++, j++])
    else if (best[i + 1]![j]! >= best[i]![j + 1]!) i++
    else j++
  }
  return pairs
}

function isEqual(one: unknown, other: unknown): boolean {
  return textOf(one) === textOf(other)
}

/** JSON with its names in order: jsonb keeps none. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, member) =>
      typeof member === 'object' && member !== null && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  )
}

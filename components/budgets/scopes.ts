import { readApi, withQuery } from '#components/ui/api.ts'
import type { Suggestion } from '#components/ui/combobox.tsx'
import type { RequestsPage } from '#lib/analytics/schema.ts'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import type { RuleScope } from '#lib/metering/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import type { KeyView } from '#lib/tenancy/schema.ts'
import { apiOf } from './queries.ts'

/** What budgets and limits can be for. */
interface ScopeKind {
  scope: RuleScope
  label: string
  /** Finds what to choose from by name; absent where there is nothing to choose. */
  find?: (workspace: string, name: string) => Promise<Suggestion[]>
  /** Query of the requests that count; absent where they cannot be filtered by it. */
  requests?: (scopeId: string) => Record<string, string | undefined>
}

/** Each identity by itself. */
export const eachIdentity = '*'

/** In the order in which they are offered and listed. */
export const scopeKinds: readonly ScopeKind[] = [
  { scope: 'workspace', label: 'Workspace', requests: () => ({}) },
  { scope: 'key', label: 'API key', find: findKeys, requests: (id) => ({ key: id }) },
  { scope: 'model', label: 'Model', find: findModels, requests: (id) => ({ model: id }) },
  { scope: 'deployment', label: 'Deployment', find: findDeployments },
  {
    scope: 'identity',
    label: 'Identity',
    find: findIdentities,
    requests: (id) => ({ identity: id === eachIdentity ? undefined : id }),
  },
]

const kindOf = new Map(scopeKinds.map((kind) => [kind.scope, kind]))

export const scopeLabel = (scope: RuleScope) => kindOf.get(scope)?.label ?? scope
export const findScope = (scope: RuleScope) => kindOf.get(scope)?.find

interface Ruled {
  scope: RuleScope
  scopeId: string
  scopeLabel: string
}

export const isEach = ({ scope, scopeId }: Pick<Ruled, 'scope' | 'scopeId'>) =>
  scope === 'identity' && scopeId === eachIdentity

/** What a rule is for, in a word: a name, never an id. */
export function ruleName(rule: Ruled): string {
  if (rule.scope === 'workspace') return 'The workspace'
  return isEach(rule) ? 'Each identity' : rule.scopeLabel
}

/** Where what a rule is for has a page of its own. */
export function scopeHref(workspace: string, { scope, scopeLabel: label }: Ruled): string | undefined {
  return scope === 'model' ? `/${workspace}/router/models/${encodeURIComponent(label)}` : undefined
}

/** The place of a budget or limit on its page. */
export const ruleHref = (workspace: string, id: string) => `/${workspace}/analytics/budgets?rule=${id}`

/** The form for a new budget, filled in with what it is for. */
export const newRuleHref = (workspace: string, of: { scope: RuleScope; scopeId: string; name: string }) =>
  withQuery(`/${workspace}/analytics/budgets`, { new: 'budget', scope: of.scope, of: of.scopeId, name: of.name })

/** The requests that count into a rule, since its period began; undefined where they cannot be told from others. */
export function requestsHref(workspace: string, { scope, scopeId }: Ruled, from: string | null): string | undefined {
  const query = kindOf.get(scope)?.requests?.(scopeId)
  return query && withQuery(`/${workspace}/requests`, { ...query, from: from ?? undefined })
}

/** By scope as they are offered, each by name. */
export function inOrder<Rule extends Ruled>(rules: readonly Rule[]): Rule[] {
  const place = (rule: Rule) => scopeKinds.findIndex(({ scope }) => scope === rule.scope)
  return [...rules].sort(
    (one, other) =>
      place(one) - place(other) || one.scopeLabel.localeCompare(other.scopeLabel, 'en', { numeric: true }),
  )
}

/** Whose name holds every word. */
export function matching<Rule extends Ruled>(rules: readonly Rule[], text: string): Rule[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return rules.filter((rule) => {
    const name = `${ruleName(rule)} ${scopeLabel(rule.scope)}`.toLowerCase()
    return words.every((word) => name.includes(word))
  })
}

async function findKeys(workspace: string, search: string): Promise<Suggestion[]> {
  const { items } = await readApi<{ items: KeyView[] }>(withQuery(`${apiOf(workspace)}/keys`, { search, limit: '50' }))
  return items.map(({ id, name, hint }) => ({ value: id, label: name, hint }))
}

async function findModels(workspace: string, search: string): Promise<Suggestion[]> {
  const { items } = await readApi<{ items: ModelView[] }>(
    withQuery(`${apiOf(workspace)}/models`, { search, limit: '50', sort: 'name' }),
  )
  return items.map(({ id, name, slug }) => ({ value: id, label: name, hint: slug }))
}

async function findDeployments(workspace: string, search: string): Promise<Suggestion[]> {
  const { items } = await readApi<{ items: DeploymentView[] }>(
    withQuery(`${apiOf(workspace)}/deployments`, { search, limit: '50' }),
  )
  return items.map(({ id, key }) => ({ value: id, label: key }))
}

/** Those of the latest requests: an identity is whatever callers name. */
async function findIdentities(workspace: string, text: string): Promise<Suggestion[]> {
  const { items } = await readApi<RequestsPage>(withQuery(`${apiOf(workspace)}/requests`, { text, limit: '200' }))
  const names = new Set(items.map(({ identity }) => identity).filter(Boolean))
  return [...names].sort().map((value) => ({ value }))
}

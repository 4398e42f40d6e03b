import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { aliasProblem } from '../form/address.ts'
import { readDraft } from '../form/draft.ts'
import { type Entry, readEntry, type Source } from './litellm-entry.ts'
import { toWeights } from './pick.ts'
import { type Plan, type PlanRow, toRawInput } from './plan.ts'
import { parseYaml } from './yaml.ts'

const entriesMax = 500
const record = z.record(z.string(), z.unknown())

const takenSections = ['model_list', 'router_settings', 'environment_variables', 'credential_list']

/**
 * What a LiteLLM `config.yaml` would become here. `model_name` becomes an alias, several entries with one `model_name` a
 * group with weights, prices per token prices per 1M. Nothing is looked up: a variable of the environment is a question.
 * What cannot be taken over is named. Throws `invalid_input` on `text`.
 */
export function planLiteLlm(text: string): Plan {
  const config = record.safeParse(parseYaml(text))
  const list = config.success ? config.data.model_list : undefined
  if (!config.success || !Array.isArray(list) || list.length === 0) {
    const message = 'This file has no model_list. Paste the config.yaml that LiteLLM’s proxy is started with.'
    throw invalidInput(message, { text: message })
  }
  if (list.length > entriesMax) {
    const message = `The file has ${list.length} entries; at most ${entriesMax} are read at a time.`
    throw invalidInput(message, { text: message })
  }
  const source: Source = {
    variables: textsOf(config.data.environment_variables),
    credentials: credentialsOf(config.data.credential_list),
    asks: new Map(),
  }
  const plan: Plan = { source: 'litellm', rows: [], skipped: [], asks: [], notes: notesOf(config.data) }
  const named = new Map<string, Entry[]>()
  for (const [index, item] of list.entries()) {
    const entry = readEntry(item, source, `e${index + 1}`)
    if ('reason' in entry) plan.skipped.push(entry)
    else named.set(entry.address, [...(named.get(entry.address) ?? []), entry])
  }
  for (const [address, entries] of named) plan.rows.push(...toRows(address, entries))
  addGroupAliases(plan, config.data.router_settings, named)
  plan.asks = [...source.asks.values()]
  for (const row of plan.rows) row.problem = problemOf(row)
  return plan
}

/** One entry is a model with an alias; several of one name are models behind a group. */
function toRows(address: string, entries: readonly Entry[]): PlanRow[] {
  const [first] = entries
  if (!first) return []
  const problem = aliasProblem(address)
  const unusable = problem === null ? [] : [`“${shown(address)}” cannot be an address here: ${problem}`]
  if (entries.length === 1) {
    const { limits } = first
    const unused = Object.entries(limits).map(
      ([name, amount]) => `${name} ${amount} is not taken over: it is a limit of LiteLLM’s.`,
    )
    const row = { ...first.row, name: nameOf(address), aliases: problem === null ? [address] : [] }
    return [{ ...row, notes: [...row.notes, ...unusable, ...unused] }]
  }
  // LiteLLM's own order: the first of these that any entry has decides.
  const metric = (['weight', 'rpm', 'tpm'] as const).find((name) =>
    entries.some((entry) => (entry.limits[name] ?? 0) > 0),
  )
  const weights = toWeights(entries.map((entry) => (metric ? (entry.limits[metric] ?? 0) : 1)))
  return entries.map(({ row, limits }, index) => {
    const notes = [...row.notes, ...unusable]
    if (metric && !(limits[metric] ?? 0))
      notes.push(`It has no ${metric}: LiteLLM would not pick it, here it gets the least weight.`)
    return {
      ...row,
      name: `${nameOf(address).slice(0, 120)} ${index + 1}`,
      groups: problem === null ? [{ address, weight: weights[index] ?? 1 }] : [],
      notes,
    }
  })
}

function nameOf(address: string): string {
  return address.replace(/\s+/g, ' ').trim().slice(0, 128) || 'Model'
}

/** `model_group_alias`: another name for one that stands in the list. */
function addGroupAliases(plan: Plan, settings: unknown, named: ReadonlyMap<string, Entry[]>): void {
  const aliases = record.safeParse(record.safeParse(settings).data?.model_group_alias)
  if (!aliases.success) return
  for (const [alias, value] of Object.entries(aliases.data).slice(0, entriesMax)) {
    const target = typeof value === 'string' ? value : record.safeParse(value).data?.model
    const entries = typeof target === 'string' ? named.get(target) : undefined
    const problem = aliasProblem(alias)
    if (!entries || named.has(alias) || problem) {
      const why = problem ?? (entries ? 'the list has a model of that name.' : 'what it names is not taken over.')
      plan.notes.push(`The alias “${shown(alias)}” is left out: ${why}`)
      continue
    }
    const rows = plan.rows.filter((row) => entries.some((entry) => entry.row.key === row.key))
    const [only] = rows
    if (rows.length === 1 && only) only.aliases.push(alias)
    else for (const row of rows) row.groups.push({ address: alias, weight: row.groups[0]?.weight ?? 1 })
  }
}

/** Read as the form reads it, with something in the place of what is asked for. */
function problemOf(row: PlanRow): string | null {
  const answers = new Proxy({}, { get: () => 'https://placeholder.example/v1' })
  const { issues } = readDraft({ ...toRawInput(row, answers), apiKey: 'placeholder' })
  return issues[0]?.message ?? null
}

function textsOf(value: unknown): Map<string, string> {
  const parsed = record.safeParse(value)
  const entries = parsed.success ? Object.entries(parsed.data) : []
  return new Map(
    entries.flatMap(([name, text]) =>
      (typeof text === 'string' || typeof text === 'number') && !String(text).startsWith('os.environ/')
        ? [[name, String(text)] as const]
        : [],
    ),
  )
}

function credentialsOf(value: unknown): Map<string, Record<string, unknown>> {
  const found = new Map<string, Record<string, unknown>>()
  for (const item of Array.isArray(value) ? value.slice(0, entriesMax) : []) {
    const parsed = z.object({ credential_name: z.string(), credential_values: record }).safeParse(item)
    if (parsed.success) found.set(parsed.data.credential_name, parsed.data.credential_values)
  }
  return found
}

/** What stands beside the list and has no counterpart here. Named, so that nothing is lost in silence. */
function notesOf(config: Record<string, unknown>): string[] {
  const notes: string[] = []
  for (const section of Object.keys(config).filter((name) => !takenSections.includes(name))) {
    const names = Object.keys(record.safeParse(config[section]).data ?? {})
    notes.push(`${shown(section)} is not taken over${names.length > 0 ? `: ${listed(names)}.` : '.'}`)
  }
  const settings = Object.keys(record.safeParse(config.router_settings).data ?? {}).filter(
    (name) => name !== 'model_group_alias',
  )
  if (settings.length > 0) notes.push(`Of router_settings is not taken over: ${listed(settings)}.`)
  return notes
}

function listed(names: readonly string[]): string {
  const few = names.slice(0, 20).map(shown)
  return few.join(', ') + (names.length > few.length ? ` and ${names.length - few.length} more` : '')
}

const shown = (text: string) => (text.length > 64 ? `${text.slice(0, 63)}…` : text)

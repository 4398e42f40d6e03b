import type { Message } from '#components/prompt/types.ts'
import type { Candidate, CandidatePrompt, DatasetView, ExperimentSetup } from '#lib/experiments/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'

export type ModelCandidate = Extract<Candidate, { kind: 'model' }>

/** The colour of a candidate, the same on every tab. */
export const candidateColour = (place: number): string => `var(--chart-${(place % 8) + 1})`

/** A name that no other candidate has. */
export function freeName(wanted: string, candidates: readonly Candidate[]): string {
  const taken = new Set(candidates.map(({ name }) => name.toLowerCase()))
  const base = wanted.slice(0, 54).trim() || 'Candidate'
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base} ${count}`
    if (!taken.has(name.toLowerCase())) return name
  }
}

function freeKey(candidates: readonly Candidate[]): string {
  const taken = new Set(candidates.map(({ key }) => key))
  for (let at = 0; ; at++) {
    const key = at < 26 ? String.fromCharCode(97 + at) : `c${at}`
    if (!taken.has(key)) return key
  }
}

const emptyPrompt: CandidatePrompt = { messages: [], prompt: '', parameters: {}, tools: [] }

/** What a first prompt asks: the dataset's first column, or what its rows say themselves. */
function firstPrompt(type: ModelView['type'], dataset: DatasetView | undefined): CandidatePrompt {
  const [column] = dataset?.columns ?? []
  const text = column ? `{{${column.name}}}` : ''
  if (type !== 'chat') return { ...emptyPrompt, prompt: text }
  const messages: Message[] = column ? [{ role: 'user', content: text }] : []
  return { ...emptyPrompt, messages: messages as CandidatePrompt['messages'] }
}

/** Another model, asked what the one before it is asked: they are to be compared. */
export function addModel(
  setup: ExperimentSetup,
  model: ModelView,
  types: Readonly<Record<string, ModelView['type'] | undefined>>,
  dataset: DatasetView | undefined,
): ExperimentSetup {
  const { candidates } = setup
  const alike = candidates.findLast(
    (each): each is ModelCandidate => each.kind === 'model' && (types[each.model] ?? model.type) === model.type,
  )
  const candidate: Candidate = {
    key: freeKey(candidates),
    name: freeName(model.name, candidates),
    kind: 'model',
    model: model.id,
    prompt: alike ? structuredClone(alike.prompt) : firstPrompt(model.type, dataset),
  }
  return { ...setup, candidates: [...candidates, candidate] }
}

export function addDeployment(
  setup: ExperimentSetup,
  deployment: { id: string; key: string; version: string },
): ExperimentSetup {
  const { candidates } = setup
  const { id, key, version } = deployment
  const name = freeName(`${key} ${version}`, candidates)
  const candidate: Candidate = { key: freeKey(candidates), name, kind: 'deployment', deployment: id, version }
  return { ...setup, candidates: [...candidates, candidate] }
}

export function addRecorded(setup: ExperimentSetup, column: string | null): ExperimentSetup {
  const { candidates } = setup
  const name = freeName(column === null ? 'What is expected' : column, candidates)
  return { ...setup, candidates: [...candidates, { key: freeKey(candidates), name, kind: 'recorded', column }] }
}

export function duplicate(setup: ExperimentSetup, place: number): ExperimentSetup {
  const { candidates } = setup
  const source = candidates[place]!
  const copy = { ...structuredClone(source), key: freeKey(candidates), name: freeName(source.name, candidates) }
  return { ...setup, candidates: candidates.toSpliced(place + 1, 0, copy) }
}

/** Everybody is asked the same. */
export function copyPrompt(setup: ExperimentSetup, place: number): ExperimentSetup {
  const source = setup.candidates[place]
  if (source?.kind !== 'model') return setup
  return {
    ...setup,
    candidates: setup.candidates.map((each, at) =>
      each.kind === 'model' && at !== place ? { ...each, prompt: structuredClone(source.prompt) } : each,
    ),
  }
}

/** What is in the way of a run, or to be known, by the candidate it is about; what is about none under −1. */
export function byCandidate<Problem extends { path: string }>(problems: readonly Problem[]): Map<number, Problem[]> {
  return Map.groupBy(problems, ({ path }) => Number(/^candidates\.(\d+)/.exec(path)?.[1] ?? -1))
}

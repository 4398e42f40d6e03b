import {
  checkTarget,
  type DeploymentConfig,
  problemsOf,
  type Variable,
  Variant,
  variablesIn,
} from '#lib/deployments/schema.ts'
import { findModelFacts } from '#lib/models/index.ts'
import type { ModelFacts, ModelType } from '#lib/models/schema.ts'
import { type Dataset, Prisma } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { Caller } from '../caller.ts'
import type { ColumnType } from '../datasets/columns.ts'
import type { RowShape } from '../datasets/row-content.ts'
import { standing } from '../datasets/write-rows.ts'
import { comparing } from '../evaluators/config.ts'
import { requireEvaluator } from '../evaluators/rows.ts'
import type { ProblemView } from './answers.ts'
import type { Candidate, CandidatePrompt, ExperimentSetup, PinnedCandidate, PinnedSetup } from './setup.ts'

/** A version of a deployment as far as a candidate needs it; null: there is none. */
export type FindVersion = (deployment: string, version: string) => FoundVersion | null
export interface FoundVersion {
  id: string
  key: string
  config: DeploymentConfig
  type: ModelType
}

/** Of the rows that a run would take. */
export interface RowFacts {
  rows: number
  withoutMessages: number
  withoutExpected: number
}

export interface Pinned {
  problems: ProblemView[]
  warnings: ProblemView[]
  /** Whole only where there is no problem. */
  setup: PinnedSetup
}

/** Counts the rows of a snapshot, or of the dataset as it stands. */
export async function readRowFacts(
  tx: Tx,
  { workspaceId }: Scope,
  dataset: Dataset,
  { snapshot, rows }: { snapshot?: number; rows?: number | null },
): Promise<RowFacts> {
  const limit = rows ? Prisma.sql`ORDER BY position LIMIT ${rows}` : Prisma.empty
  const [facts] = await tx.$queryRaw<[RowFacts]>`
    SELECT count(*)::integer AS rows, (count(*) FILTER (WHERE messages = '[]'))::integer AS "withoutMessages", (count(*) FILTER (WHERE expected IS NULL))::integer AS "withoutExpected"
      FROM (SELECT messages, expected FROM dataset_rows WHERE workspace_id = ${workspaceId} AND dataset_id = ${dataset.id} AND position > 0 AND ${standing(snapshot)} ${limit}) r`
  return facts
}

/** Holds a setup against what there is, and pins it: models and evaluators by their ids, evaluators by their versions. */
export async function pinSetup(
  tx: Tx,
  scope: Scope,
  caller: Caller,
  given: { setup: ExperimentSetup; shape: RowShape; facts: RowFacts; findVersion: FindVersion },
): Promise<Pinned> {
  const { setup, shape, facts } = given
  const problems: ProblemView[] = []
  const warnings: ProblemView[] = []
  if (facts.rows === 0) problems.push({ path: 'datasetId', message: 'The dataset has no rows.' })
  if (setup.candidates.length === 0) problems.push({ path: 'candidates', message: 'Add at least one candidate.' })
  const names = setup.candidates.flatMap((each) => (each.kind === 'model' ? [each.model] : []))
  const models = await findModelFacts(tx, scope, names)
  const candidates: PinnedCandidate[] = []
  for (const [index, candidate] of setup.candidates.entries()) {
    const tell = (list: ProblemView[], path: string, message: string) =>
      list.push({ path: `candidates.${index}.${path}`, message })
    const context: Context = {
      shape,
      facts,
      problem: (path, message) => tell(problems, path, message),
      warning: (path, message) => tell(warnings, path, message),
    }
    if (candidate.kind === 'model') pinModel(candidate, models.get(candidate.model), caller, context, candidates)
    else if (candidate.kind === 'deployment') pinDeployment(candidate, given.findVersion, context, candidates)
    else {
      const { column } = candidate
      if (column !== null && !shape.columns.some(({ name }) => name === column))
        context.problem('column', `The dataset has no column “${column}”.`)
      candidates.push(candidate)
    }
  }
  const evaluators = await pinEvaluators(tx, scope, setup, { shape, facts, problems, warnings })
  const baseline = setup.candidates.findIndex(({ key }) => key === setup.baseline)
  if (setup.baseline !== '' && baseline < 0)
    problems.push({ path: 'baseline', message: 'The candidate to compare with is gone.' })
  return { problems, warnings, setup: { candidates, evaluators, baseline: Math.max(0, baseline) } }
}

interface Context {
  shape: RowShape
  facts: RowFacts
  problem(path: string, message: string): void
  warning(path: string, message: string): void
}

const variableTypes: Record<ColumnType, Variable['type']> = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
  json: 'json',
}

function pinModel(
  candidate: Extract<Candidate, { kind: 'model' }>,
  facts: ModelFacts | undefined,
  caller: Caller,
  { shape, facts: rows, problem, warning }: Context,
  pinned: PinnedCandidate[],
): void {
  if (!facts) {
    problem('model', 'This model does not exist any more.')
    return
  }
  const { type } = facts
  if (caller.modelIds.length > 0 && !caller.modelIds.includes(facts.id))
    problem('model', 'This key may not call the model.')
  const { prompt } = candidate
  const variant = Variant.parse({ name: 'prompt', model: facts.id, ...prompt })
  const variables = shape.columns.map(({ name, type: column }) => ({
    name,
    type: variableTypes[column],
    required: false,
    pii: false,
    description: '',
  }))
  const config = { variables, lenient: false, variants: [variant], routing: { rows: [], default: '' } }
  for (const { path, message } of problemsOf(config as DeploymentConfig, type))
    if (path.startsWith('variants.0.'))
      problem(
        `prompt.${path.slice('variants.0.'.length)}`,
        message.replace(/ is not declared\..*/, ' is no column of the dataset.'),
      )
  if (type !== 'chat' && prompt.prompt.trim() === '') problem('prompt.prompt', 'Write a prompt.')
  if (type === 'chat' && prompt.messages.length === 0 && rows.withoutMessages > 0)
    problem('prompt.messages', `Write a message: ${counted(rows.withoutMessages)} of the dataset hold none.`)
  for (const { need, severity, message } of checkTarget(variant, null, type, facts))
    if (severity === 'refused') problem(need === 'state' ? 'model' : 'prompt', message)
    else warning(need === 'state' ? 'model' : 'prompt', message)
  pinned.push({ ...candidate, prompt: seen(prompt, facts), model: facts.id, type, slug: facts.slug })
}

/** Pictures come as data from a model that can: those that stand elsewhere are not fetched, so nobody would see them. */
function seen(prompt: CandidatePrompt, { type, capabilities, profile }: ModelFacts): CandidatePrompt {
  const asData = type === 'image' && capabilities.checks.image_b64?.verdict === 'yes'
  if (!asData || prompt.parameters.image_format || profile.drop.includes('response_format')) return prompt
  return { ...prompt, parameters: { ...prompt.parameters, image_format: 'b64_json' } }
}

function pinDeployment(
  candidate: Extract<Candidate, { kind: 'deployment' }>,
  findVersion: FindVersion,
  { shape, problem }: Context,
  pinned: PinnedCandidate[],
): void {
  const found = findVersion(candidate.deployment, candidate.version)
  if (!found) {
    problem('version', `There is no version ${candidate.version} of this deployment.`)
    return
  }
  if (found.type === 'embedding') problem('deployment', 'A deployment of embeddings cannot be compared; its model can.')
  const columns = new Set(shape.columns.map(({ name }) => name))
  const { variables, lenient } = found.config
  for (const { name, required, default: otherwise } of variables)
    if (required && otherwise === undefined && !columns.has(name))
      problem('version', `It needs the variable “${name}”; the dataset has no such column.`)
  if (!lenient)
    for (const name of columns)
      if (!variables.some((variable) => variable.name === name))
        problem('version', `It takes no variable “${name}”, which is a column of the dataset.`)
  pinned.push({ ...candidate, deployment: found.id, deploymentKey: found.key, type: found.type })
}

async function pinEvaluators(
  tx: Tx,
  scope: Scope,
  setup: ExperimentSetup,
  { shape, facts, problems, warnings }: Omit<Context, 'problem' | 'warning'> & Pick<Pinned, 'problems' | 'warnings'>,
): Promise<PinnedSetup['evaluators']> {
  const pinned: PinnedSetup['evaluators'] = []
  const known = new Set([...shape.columns.map(({ name }) => name), 'answer', 'expected', 'input'])
  for (const [index, id] of setup.evaluators.entries()) {
    const path = `evaluators.${index}`
    const found = await requireEvaluator(tx, scope, { id }).catch(() => null)
    if (!found) {
      problems.push({ path, message: 'This evaluator does not exist any more.' })
      continue
    }
    const { row, version, config } = found
    pinned.push({ id, version, name: row.name, config })
    const compares = comparing.includes(config.kind)
    if (compares && facts.withoutExpected > 0)
      warnings.push({
        path,
        message: `“${row.name}” does not judge ${counted(facts.withoutExpected)} without an expectation.`,
      })
    const unknown = config.kind === 'judge' ? variablesIn(config.prompt).filter((name) => !known.has(name)) : []
    if (unknown.length > 0)
      warnings.push({
        path,
        message: `“${row.name}” asks for {{${unknown[0]}}}, which is no column: it will be empty.`,
      })
  }
  return pinned
}

function counted(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`
}

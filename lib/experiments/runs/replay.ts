import { AppError, invalidInput } from '#lib/core/errors.ts'
import type { DeploymentView, Variant } from '#lib/deployments/schema.ts'
import { parseInput, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { createDataset, deleteDataset } from '../datasets/datasets.ts'
import { addRequestRows, askedColumns, findKeptRequests, type KeptRequest } from '../datasets/from-requests.ts'
import { createEvaluator } from '../evaluators/commands.ts'
import type { EvaluatorConfig } from '../evaluators/config.ts'
import { listEvaluators } from '../evaluators/queries.ts'
import type { ReplayView } from './answers.ts'
import { createExperiment } from './experiments.ts'
import type { House } from './house.ts'
import { ReplayInput } from './input.ts'

/**
 * The newest recorded requests of a deployment, to be answered by another model and held against what was answered: an
 * experiment that is set up and not run yet. Its rows are the conversations, prompts or texts as the model got them;
 * recorded answers are its baseline, with the latency and cost that the ledger has for them. The other model gets the
 * parameters and tools of the version and variant that answered the newest of them. Words are compared as words,
 * vectors by their angle, pictures by whoever looks at them. Developers and above. Throws `nothing_recorded`.
 */
export async function replayRequests(
  { deployments, payloads }: House,
  scope: Scope,
  input: ReplayInput,
): Promise<ReplayView> {
  requireRole(scope, 'developer')
  const { deployment: named, last, model, similarityModel } = parseInput(ReplayInput, input)
  const deployment = await deployments.getDeployment(scope, { id: named })
  const { type } = deployment
  const isText = type === 'chat' || type === 'completion'
  if (similarityModel && !isText) {
    const message = 'An embedding model compares answers in words; this deployment gives none.'
    throw invalidInput(message, { similarityModel: message })
  }
  const requests = await findKeptRequests(scope, deployment.id, last)
  if (requests.length === 0)
    throw nothing(
      'No answered request of this deployment has its prompt kept. Keep prompts and answers under Settings, Data.',
    )
  const name = `Replay of ${deployment.key}`.slice(0, 80)
  const dataset = await createDataset(scope, {
    name,
    description: `Its newest ${requests.length} requests.`,
    columns: [...askedColumns[type]],
    ...(type === 'embedding' && { expectedType: 'json' }),
  })
  const requestIds = requests.map(({ id }) => id).reverse()
  const { rowIds, left } = await addRequestRows(payloads, scope, { id: dataset.id, requestIds })
  if (rowIds.length === 0) {
    await deleteDataset(scope, { id: dataset.id })
    throw nothing(`None of its requests can be asked again. ${left[0]?.why ?? ''}`.trim())
  }
  const newest = requests.find(({ id }) => !left.some(({ requestId }) => requestId === id))!
  const variant = await variantOf(deployments, scope, deployment, newest)
  const format = variant ? variant.parameters.response_format : undefined
  const wanted: [name: string, config: EvaluatorConfig][] = []
  if (isText) wanted.push(['Like the recorded answer, in words', { kind: 'rouge_l', passAt: null }])
  if (type === 'embedding') wanted.push(['Like the recorded vectors', { kind: 'cosine', passAt: null }])
  if (similarityModel)
    wanted.push(['Like the recorded answer, in meaning', { kind: 'similarity', model: similarityModel, passAt: null }])
  if (format?.type === 'json_schema' && typeof format.json_schema.schema === 'object')
    wanted.push([
      `Follows the schema of ${deployment.key}`.slice(0, 80),
      { kind: 'json_schema', schema: format.json_schema.schema, fence: true },
    ])
  const evaluators: string[] = []
  for (const [label, config] of wanted) evaluators.push(await evaluatorLike(scope, label, config))
  const experiment = await createExperiment(scope, {
    name,
    description: `What another model makes of the newest ${rowIds.length} requests.`,
    datasetId: dataset.id,
    setup: {
      candidates: [
        { key: 'recorded', name: 'As it was answered', kind: 'recorded', column: null },
        {
          ...{ key: 'candidate', name: 'Another model', kind: 'model', model },
          // The prompt stands in each row already.
          prompt: {
            prompt: askedColumns[type].map((column) => `{{${column.name}}}`).join(''),
            parameters: variant ? variant.parameters : {},
            tools: variant ? variant.tools : [],
          },
        },
      ],
      evaluators,
      baseline: 'recorded',
      replayOf: deployment.id,
    },
  })
  return { experiment, rows: rowIds.length, left }
}

/** The variant that answered a request. Where its version is gone: of the newest one the variant of that name, or the first. */
async function variantOf(
  deployments: House['deployments'],
  scope: Scope,
  { id, latest }: Pick<DeploymentView, 'id' | 'latest'>,
  request: KeptRequest,
): Promise<Variant | undefined> {
  for (const version of [request.version, latest]) {
    if (!version) continue
    try {
      const { variants } = (await deployments.getVersion(scope, { id, version })).config
      return variants.find(({ name }) => name === request.variant) ?? variants[0]
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== 'not_found') throw error
    }
  }
  return undefined
}

/** One that judges exactly so stands already, or is made. */
async function evaluatorLike(scope: Scope, name: string, config: EvaluatorConfig): Promise<string> {
  const { items } = await listEvaluators(scope, { kind: config.kind, limit: 200 })
  const same = items.find((each) => JSON.stringify(each.config) === JSON.stringify(config))
  return same?.id ?? (await createEvaluator(scope, { name, config })).id
}

function nothing(message: string): AppError {
  return new AppError({ kind: 'conflict', code: 'nothing_recorded', message })
}

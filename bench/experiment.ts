/**
 * `npm run bench -- experiment`: how long a run takes beside what its models need for it: the cells of the slowest one,
 * each after 200 ms, ten at a time. 1,000 rows, three candidates, three functions and a judge, on the worker as it is
 * shipped. Ends with 1 where it takes over 1.1 times that, or a total is not what the ledger has.
 */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newId } from '#lib/core/ids.ts'
import type { Runtime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { upstreamKey, withHouse } from './house.ts'
import { startProcess } from './processes.ts'
import { withSlowProvider } from './slow-provider.ts'

const { values: options } = parseArgs({
  options: { rows: { type: 'string', default: '1000' }, runs: { type: 'string', default: '3' } },
})
const rowCount = Number(options.rows)
const answerAfterMs = 200
const concurrency = 10
const bar = 1.1
const candidates = ['a', 'b', 'c']
const functions = [{ kind: 'length', max: 5_000 }, { kind: 'levenshtein' }, { kind: 'rouge_l' }]
/** The judge judges every candidate's answers: no other model has as many cells. */
const neededMs = (rowCount * candidates.length * answerAfterMs) / concurrency

await withSlowProvider(answerAfterMs, (port) =>
  withHouse(async (house) => {
    house.variables.PATCHBAY_ALLOWED_ENDPOINTS = `127.0.0.1:${port}`
    startProcess(process.execPath, [join(import.meta.dirname, '..', 'server', 'worker.ts')], house.variables)
    const apiKey = house.headers.authorization!.replace(/^Bearer /, '')
    await house.withRuntime((runtime) => measure(runtime, apiKey, `http://127.0.0.1:${port}/v1`))
  }),
)

async function measure(runtime: Runtime, apiKey: string, baseUrl: string): Promise<void> {
  const { tenancy, experiments, database, ledger } = runtime
  const scope = await tenancy.scopeForKey(apiKey, 'bench', { id: newId('req'), address: '127.0.0.1' })
  const id = await setUp(runtime, scope, baseUrl)
  console.log(
    `${rowCount} rows x ${candidates.length} candidates x (${functions.length} functions + 1 judge): the judge needs ${(neededMs / 1000).toFixed(0)} s.\n`,
  )
  for (let turn = 0; turn < Number(options.runs); turn++) {
    const beganMs = performance.now()
    const { id: runId } = await experiments.startRun(scope, { id, concurrency })
    let run = await experiments.getRun(scope, { id: runId })
    while (!['completed', 'failed', 'cancelled', 'paused'].includes(run.state)) {
      await delay(50)
      run = await experiments.getRun(scope, { id: runId })
    }
    const tookMs = performance.now() - beganMs
    const done = rowCount * candidates.length
    if (run.state !== 'completed' || run.done !== done)
      throw new Error(`the run ended as ${run.state} with ${run.done} of ${done} cells done`)
    await ledger.flush()
    const { rows } = await database.pool.query<{ calls: number; cost: string }>(
      'select count(*)::integer as calls, sum(cost_nano_usd)::text as cost from ledger.records where workspace_id = $1 and thread = $2',
      [scope.workspaceId, runId],
    )
    const isEqual = rows[0]!.calls === done * 2 && rows[0]!.cost === run.cost?.nanoUsd
    const ratio = tookMs / neededMs
    if (ratio > bar || !isEqual) process.exitCode = 1
    console.log(
      `  ${(tookMs / 1000).toFixed(1)} s, ${ratio.toFixed(3)} x (at most ${bar} x: ${ratio <= bar ? 'met' : 'MISSED'}); ${rows[0]!.calls} calls, ${isEqual ? 'the ledger has the same cost' : `the ledger has ${rows[0]!.cost}, the run ${run.cost?.nanoUsd}`}`,
    )
  }
}

/** Models, rows, evaluators and the experiment of them. Returns its id. */
async function setUp({ models, datasets, evaluators, experiments, feed }: Runtime, scope: Scope, baseUrl: string) {
  const add = async (name: string) =>
    models.addModel(scope, {
      draft: {
        ...{ type: 'chat', baseUrl, apiKey: upstreamKey, name, modelId: 'practice-chat', region: 'own' },
        ...{ inputPrice: '0.15', outputPrice: '0.6' },
      },
    })
  const asked = []
  for (const key of candidates) asked.push({ key, model: await add(key) })
  const judge = await add('judge')
  await feed.refresh()
  const { id: datasetId } = await datasets.createDataset(scope, { name: 'Rows', columns: [{ name: 'question' }] })
  const rows = Array.from({ length: rowCount }, (_, at) => ({
    inputs: { question: `What is ${at} plus ${at}?` },
    expected: String(at * 2),
  }))
  for (let from = 0; from < rowCount; from += 500)
    await datasets.addRows(scope, { id: datasetId, rows: rows.slice(from, from + 500) })
  const judged = { kind: 'judge', model: judge.id, prompt: 'Is {{answer}} right?', answer: { type: 'boolean' } }
  const used = []
  for (const config of [...functions, judged])
    used.push((await evaluators.createEvaluator(scope, { name: config.kind, config: config as never })).id)
  const { id } = await experiments.createExperiment(scope, {
    name: 'Bench',
    datasetId,
    setup: {
      candidates: asked.map(({ key, model }) => ({
        ...{ key, name: key, kind: 'model' as const, model: model.id },
        prompt: { messages: [{ role: 'user' as const, content: '{{question}}' }], parameters: { max_tokens: 60 } },
      })),
      evaluators: used,
    },
  })
  return id
}

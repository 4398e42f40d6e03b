import { AppError } from '#lib/core/errors.ts'
import type { CreateExperimentInput } from '#lib/experiments/schema.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { triagePrompts } from './deployments.ts'
import { type DemoHouse, daysAgo } from './house.ts'
import type { DemoModelIds } from './models.ts'
import { mailRows, noteRows } from './rows.ts'

export interface DemoEvaluators {
  category: string
  cheap: string
  quick: string
  plain: string
  near: string
  rouge: string
  brief: string
  noAddress: string
}

/** How the answers of the demo's experiments are judged; one of them guards a deployment. */
export async function addDemoEvaluators(house: DemoHouse, scope: Scope, models: DemoModelIds): Promise<DemoEvaluators> {
  const { evaluators } = house
  const then = daysAgo(scope, house.nowMs(), 29)
  type Config = Parameters<typeof evaluators.createEvaluator>[1]['config']
  const add = async (name: string, description: string, config: Config) =>
    (await evaluators.createEvaluator(then, { name, description, config })).id
  return {
    category: await add('Right tray', 'The tray that a person chose.', { kind: 'exact', ignoreCase: true }),
    cheap: await add('Cheap', 'There are many mails: a hundredth of a cent at most.', { kind: 'cost', maxUsd: 0.0001 }),
    quick: await add('Quick', 'Within 200 ms.', { kind: 'latency', maxMs: 200 }),
    plain: await add('Plain', 'A model of our own judges.', {
      kind: 'judge',
      model: models.support.id,
      prompt: 'A summary of a phone call:\n{{answer}}\n\nSay whether it is plain.',
      answer: { type: 'boolean' },
    }),
    near: await add('Near', 'The angle between embeddings.', {
      kind: 'similarity',
      model: models.vectors.id,
      passAt: 0.6,
    }),
    rouge: await add('Wording', 'ROUGE-L against a summary by hand.', { kind: 'rouge_l', passAt: 0.4 }),
    brief: await add('Brief', 'At most 25 words.', { kind: 'length', unit: 'words', max: 25 }),
    noAddress: await add('No e-mail address', 'Guards the trays: an address never leaves.', {
      kind: 'email',
      negate: true,
    }),
  }
}

export interface DemoRun {
  experimentId: string
  runId: string
}

/** Datasets, and experiments on them that are started: the first is the one to look at. */
export async function startDemoExperiments(
  house: DemoHouse,
  scope: Scope,
  { models, evaluators: judge }: { models: DemoModelIds; evaluators: DemoEvaluators },
): Promise<DemoRun[]> {
  const { experiments } = house
  const mails = await addDataset(house, scope, {
    ...{ name: 'Mails of a week', description: 'Sorted by hand.', column: 'mail', rows: mailRows() },
  })
  const notes = await addDataset(house, scope, {
    ...{ name: 'Notes of phone calls', description: 'With a summary by hand.', column: 'notes', rows: noteRows() },
  })
  const prompt = (system: string, user: string, max_tokens: number) => ({
    messages: [
      ...(system === '' ? [] : [{ role: 'system' as const, content: system }]),
      { role: 'user' as const, content: user },
    ],
    parameters: { temperature: 0, max_tokens },
  })
  const asked = (key: string, name: string, model: keyof DemoModelIds, words: ReturnType<typeof prompt>) => ({
    ...{ key, name, kind: 'model' as const, model: models[model].id, prompt: words },
  })
  const served = (key: string, version: string) => ({
    ...{ key, name: `triage-mail ${version}`, kind: 'deployment' as const, deployment: 'triage-mail', version },
  })
  const sorting: CreateExperimentInput = {
    ...{ name: 'Which prompt sorts mail best', description: 'Before the fifth tray is served to everybody.' },
    datasetId: mails,
    setup: {
      candidates: [
        served('four', '1.0'),
        served('five', '2.0'),
        asked(
          'mini',
          'Trays in another order',
          'quick',
          prompt('Answer with one of: returns, praise, billing, delivery, repairs', '{{mail}}', 20),
        ),
        asked(
          'think',
          'Careful thinker',
          'thinker',
          prompt(
            'Sort the mail of a customer. Answer with one of: praise, delivery, returns, repairs, billing',
            '{{mail}}',
            400,
          ),
        ),
      ],
      evaluators: [judge.category, judge.cheap, judge.quick],
      baseline: 'four',
    },
  }
  const shortening: CreateExperimentInput = {
    ...{ name: 'Shorter summaries of calls', description: 'What a colleague reads before calling back.' },
    datasetId: notes,
    setup: {
      candidates: [
        asked('chat', 'Support chat', 'support', prompt('', 'Summarise: {{notes}}', 120)),
        asked('quick', 'Small and quick', 'quick', prompt('', 'Summarise: {{notes}}', 12)),
        asked(
          'tell',
          'Tells at length',
          'thinker',
          prompt('', 'Describe in 40 words what this call was about: {{notes}}', 400),
        ),
      ],
      evaluators: [judge.near, judge.rouge, judge.brief, judge.plain],
      baseline: 'chat',
    },
  }
  await experiments.createExperiment(daysAgo(scope, house.nowMs(), 3), {
    ...{ name: 'Own server for the help centre', description: 'Still being set up.', datasetId: mails },
    setup: {
      candidates: [asked('own', 'Own server', 'own', prompt(triagePrompts.second, '{{mail}}', 40))],
      evaluators: [],
    },
  })
  const runs: DemoRun[] = []
  for (const input of [sorting, shortening]) {
    const { id } = await experiments.createExperiment(daysAgo(scope, house.nowMs(), 2), input)
    const run = await experiments.startRun(scope, { id, capUsd: '5', concurrency: 8 })
    runs.push({ experimentId: id, runId: run.id })
  }
  return runs
}

async function addDataset(
  { datasets, nowMs }: DemoHouse,
  scope: Scope,
  given: {
    name: string
    description: string
    column: string
    rows: readonly (readonly [text: string, expected: string])[]
  },
): Promise<string> {
  const { name, description, column, rows } = given
  const then = daysAgo(scope, nowMs(), 10)
  const { id } = await datasets.createDataset(then, { name, description, columns: [{ name: column }] })
  const toRow = ([text, expected]: readonly [string, string]) => ({ inputs: { [column]: text }, expected })
  await datasets.addRows(then, { id, rows: rows.slice(0, -8).map(toRow) })
  await datasets.createSnapshot(then, { id, label: 'Before the new ones' })
  await datasets.addRows(scope, { id, rows: rows.slice(-8).map(toRow) })
  return id
}

/** Works the runs off, or waits for the worker that does; then a person's word on some answers. */
export async function finishDemoRuns(
  house: DemoHouse,
  scope: Scope,
  runs: readonly DemoRun[],
  signal: AbortSignal,
): Promise<void> {
  const { experiments } = house
  await Promise.all(
    runs.map(async ({ runId }) => {
      for (;;) {
        await experiments.executeRun(scope, { workspaceId: scope.workspaceId, runId }, signal)
        const { state, reason } = await experiments.getRun(scope, { id: runId })
        if (state === 'completed') return
        if (signal.aborted || (state !== 'running' && state !== 'queued'))
          throw new AppError({
            kind: 'internal',
            code: 'demo_run',
            message: `A run of the demo is ${state}${reason ? `: ${JSON.stringify(reason)}` : ''}.`,
          })
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    }),
  )
  const { items } = await experiments.listCells(scope, { id: runs[0]!.runId, limit: 12 })
  const said = [
    { rating: 5, category: 'right', comment: '' },
    { rating: 2, category: 'wrong tray', comment: 'Two things in one mail: the first one counts.' },
    { rating: 4, category: 'right', comment: 'Could be either.' },
  ]
  for (const [index, { id: rowId }] of items.slice(0, 6).entries())
    await experiments.reviewCell(scope, {
      id: runs[0]!.runId,
      rowId,
      candidate: index % 3,
      ...said[index % said.length]!,
    })
}

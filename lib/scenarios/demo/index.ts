import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { seedTraffic } from '../traffic.ts'
import { makeDemoCalls } from './calls.ts'
import { addDemoDeployments } from './deployments.ts'
import { addDemoEvaluators, finishDemoRuns, startDemoExperiments } from './experiments.ts'
import type { DemoHouse } from './house.ts'
import { addDemoModels } from './models.ts'
import { addDemoBudgets, addDemoFeedback } from './money.ts'
import { addDemoKeys, demoCast, readPrices } from './traffic.ts'

export interface DemoOptions {
  records?: number
  days?: number
  /** Told of each step before it is taken. */
  onStep?: (what: string) => void
  signal: AbortSignal
}

export interface Demo {
  slug: string
  /** It stood already. */
  existed: boolean
}

/**
 * A second workspace, marked Demo, full of examples that work: models of every Type on the practice provider, keys,
 * deployments, datasets, experiments with answers, budgets and thirty days of traffic. The operators own it. Where one
 * stands, that one is told. Made whole or not at all: what a failure leaves is deleted, what a
 * killed run left by the next one. Throws `unclaimed` where nobody could look at it, `demo_busy` beside another run.
 */
export async function makeDemo(house: DemoHouse, options: DemoOptions): Promise<Demo> {
  const { pool, tenancy } = house
  const holder = await pool.connect()
  try {
    const { rows: held } = await holder.query<{ free: boolean }>(`select pg_try_advisory_lock(${lock}) as free`)
    if (!held[0]!.free)
      throw new AppError({ kind: 'conflict', code: 'demo_busy', message: 'The demo is being made right now.' })
    const { rows } = await pool.query<{ slug: string; name: string }>(
      'select slug, name from workspaces where demo and deleted_at is null',
    )
    if (rows[0] && rows[0].name !== unfinished) return { slug: rows[0].slug, existed: true }
    const remove = () => tenancy.removeDemoByCommand({ id: newId('req'), address: '' })
    // Of a run that was killed.
    if (rows[0]) await remove()
    const { id, slug } = await addWorkspace(house)
    try {
      await fill(house, id, options)
    } catch (error) {
      await remove()
      throw error
    }
    await pool.query(`update workspaces set name = 'Demo' where id = $1`, [id])
    return { slug, existed: false }
  } finally {
    await holder.query(`select pg_advisory_unlock(${lock})`).catch(() => undefined)
    holder.release()
  }
}

/** One at a time: the lock ends with its connection. */
const lock = `hashtext('patchbay.demo')`
/** Its name until it is whole. */
const unfinished = 'Demo, not finished yet'

async function addWorkspace({ pool }: DemoHouse): Promise<{ id: string; slug: string }> {
  const operators = await pool.query<{ time_zone: string }>(
    'select time_zone from users where operator order by created_at, id',
  )
  if (operators.rowCount === 0)
    throw new AppError({
      kind: 'precondition_failed',
      code: 'unclaimed',
      message:
        'Nobody could look at it yet: set Patchbay up in the browser, by the link that it prints, or by `patchbay -- init` first.',
    })
  const id = newId('wsp')
  const { rows } = await pool.query<{ slug: string }>(
    `with free as (select case when n = 1 then 'demo' else 'demo-' || n end as slug from generate_series(1, 1000) n
       where not exists (select from workspaces w where w.slug = case when n = 1 then 'demo' else 'demo-' || n end) order by n limit 1),
     w as (insert into workspaces (id, slug, name, time_zone, payload_days, demo) select $1, slug, $3, $2, 30, true from free returning id, slug),
     m as (insert into members (workspace_id, user_id, role) select w.id, u.id, 'owner' from w cross join users u where u.operator)
     select slug from w`,
    [id, operators.rows[0]!.time_zone, unfinished],
  )
  return { id, slug: rows[0]!.slug }
}

async function fill(house: DemoHouse, workspaceId: string, options: DemoOptions): Promise<void> {
  const { records = 45_000, days = 30, onStep = () => undefined, signal } = options
  const { pool, tenancy, nowMs, catchUp } = house
  const scope = await tenancy.jobScope(workspaceId, 'demo')
  onStep('models, each with its checks')
  const models = await addDemoModels(house, scope, days)
  const keys = await addDemoKeys(house, scope, days)
  onStep('deployments and evaluators')
  const evaluators = await addDemoEvaluators(house, scope, models)
  await catchUp()
  const { noAddress: guardrail, brief: rating } = evaluators
  const deployments = await addDemoDeployments(house, scope, { models, guardrail, rating })
  await catchUp()
  onStep('datasets and experiments')
  const runs = await startDemoExperiments(house, scope, { models, evaluators })
  await finishDemoRuns(house, scope, runs, signal)
  onStep(`${records.toLocaleString('en')} calls of ${days} days`)
  const prices = await readPrices(pool, workspaceId)
  const cast = () => Promise.resolve(demoCast({ models, keys, deployments }, prices))
  for await (const _ of seedTraffic(pool, { workspaceId, records, days, seed: 11, untilMs: nowMs(), cast }))
    signal.throwIfAborted()
  await addDemoFeedback(house, scope, { deploymentId: deployments['support-answer'].id, evaluatorId: rating })
  onStep('budgets, and some calls of this minute')
  await addDemoBudgets(house, scope, { models, keys, days })
  await catchUp()
  await makeDemoCalls(house, scope, { models, keys })
}

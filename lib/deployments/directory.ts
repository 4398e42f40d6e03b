import type { Pool } from 'pg'
import type {
  DeploymentAsk,
  DeploymentDirectory,
  DeploymentEntry,
  LoadedDeployment,
  Plan,
  PlanCheck,
  PlanTarget,
} from '#lib/gateway/schema.ts'
import type { ModelEntry, ModelType } from '#lib/models/schema.ts'
import { type CompiledVariant, type CompiledVersion, compileVersion } from './compile.ts'
import { placeOf } from './hash.ts'
import { problemsOf } from './problems.ts'
import { routeContext } from './routing.ts'
import { readConfig } from './rows.ts'
import { canarySalt, contextOf, variantSalt } from './try-context.ts'
import { defaultEnvironment } from './vocabulary.ts'

interface Deps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  feed: { register(load: () => Promise<void>): Promise<void> }
  /** A living model by its id, with the price of this moment. */
  findModel(workspaceId: string, id: string): ModelEntry | undefined
  /** The check of an evaluator; undefined where there is none: then the call is refused. */
  guardrail(workspaceId: string, evaluator: string, on: 'input' | 'output'): PlanCheck | undefined
  logger: { error(details: object, message: string): void }
  random?: () => number
}

interface Pointer {
  version: string
  canary: { version: string; share: number } | null
}

interface Held {
  id: string
  workspaceId: string
  key: string
  type: ModelType
  environments: Map<string, Pointer>
  entry: DeploymentEntry
}

/** The deployments of one workspace, by their keys; a former key leads there where no present one does. */
interface House {
  byKey: Map<string, Held>
  sorted: Held[]
}

/** Versions that are called by number and serve nothing; more are read again when they are called. */
const lentMax = 500

/** Holds what every environment serves, compiled. Resolves once the first snapshot is loaded. */
export async function createDeploymentDirectory(deps: Deps): Promise<DeploymentDirectory> {
  const { pool, feed, logger, random = Math.random } = deps
  let houses = new Map<string, House>()
  /** A version never changes: what was compiled once stays true. */
  let served = new Map<string, CompiledVersion>()
  const lent = new Map<string, CompiledVersion>()

  async function load(): Promise<void> {
    const [deployments, environments] = await Promise.all([
      pool.query<DeploymentRow>(deploymentsSql),
      pool.query<EnvironmentRow>(environmentsSql),
    ])
    const next = new Map<string, House>()
    const byId = new Map<string, Held>()
    for (const row of deployments.rows) {
      const held = toHeld(row)
      byId.set(row.id, held)
      const house: House = next.get(row.workspace_id) ?? { byKey: new Map(), sorted: [] }
      next.set(row.workspace_id, house)
      house.byKey.set(row.key, held)
      house.sorted.push(held)
    }
    for (const row of deployments.rows) {
      const { byKey } = next.get(row.workspace_id)!
      for (const key of row.former_keys) if (!byKey.has(key)) byKey.set(key, byId.get(row.id)!)
    }
    const wanted = new Map<string, EnvironmentRow>()
    for (const row of environments.rows) {
      const held = byId.get(row.deployment_id)
      if (!held) continue
      held.environments.set(row.name, toPointer(row))
      for (const version of [row.version, row.canary]) if (version) wanted.set(`${row.deployment_id} ${version}`, row)
    }
    const compiled = new Map<string, CompiledVersion>()
    const missing: string[] = []
    for (const name of wanted.keys()) {
      const known = served.get(name) ?? lent.get(name)
      if (known) compiled.set(name, known)
      else missing.push(name)
    }
    if (missing.length > 0) {
      const { rows } = await pool.query<VersionRow>(versionsSql, [missing])
      for (const row of rows) {
        const held = byId.get(row.deployment_id)
        const one = held && compileRow(row, held.type)
        if (one) compiled.set(row.name, one)
      }
    }
    for (const held of byId.values())
      held.entry.environments = Object.fromEntries([...held.environments].map(([name, { version }]) => [name, version]))
    houses = next
    served = compiled
  }

  /** One version that cannot be read costs its own calls, not everybody's. */
  function compileRow(row: VersionRow, type: ModelType): CompiledVersion | null {
    try {
      return compileVersion(readConfig(row.config), type)
    } catch (error) {
      logger.error({ err: error, version: row.name }, 'deployments: a version cannot be read and is left out')
      return null
    }
  }

  function find(workspaceId: string, ask: DeploymentAsk): LoadedDeployment | Promise<LoadedDeployment> {
    const at = ask.name.indexOf('@')
    const key = at < 0 ? ask.name : ask.name.slice(0, at)
    const pointer = at < 0 ? null : ask.name.slice(at + 1)
    const held = houses.get(workspaceId)?.byKey.get(key)
    if (!held) return unknown(`The deployment “${shown(key)}” does not exist, or this key may not call it.`)
    if (pointer === 'draft' && ask.mayCallDraft) return findDraft(held, ask)
    if (pointer !== null && /^\d/.test(pointer)) return findVersion(held, pointer, environmentIn(ask) ?? '', ask)
    const environment = pointer ?? environmentIn(ask) ?? defaultEnvironment
    const serves = held.environments.get(environment)
    if (!serves) {
      const names = [...held.environments.keys()].sort()
      const others = names.length === 0 ? 'Nothing is published yet.' : `Published: ${names.join(', ')}.`
      return unknown(`The deployment “${held.key}” has no version in “${shown(environment)}”. ${others}`, held.id)
    }
    const { canary } = serves
    const isCanary = canary && placeOf(`${canarySalt(held.id, environment)} ${ask.unit}`) < canary.share
    return findVersion(held, isCanary ? canary.version : serves.version, environment, ask)
  }

  /** What an environment serves is in memory; another version is read and kept. */
  function findVersion(
    held: Held,
    version: string,
    environment: string,
    ask: DeploymentAsk,
  ): LoadedDeployment | Promise<LoadedDeployment> {
    const name = `${held.id} ${version}`
    const known = served.get(name) ?? lent.get(name)
    return known ? toPlan(held, known, version, environment, ask) : lend(held, version, environment, ask)
  }

  async function lend(held: Held, version: string, environment: string, ask: DeploymentAsk): Promise<LoadedDeployment> {
    const name = `${held.id} ${version}`
    const { rows } = await pool.query<VersionRow>(versionsSql, [[name]])
    const compiled = rows[0] ? compileRow(rows[0], held.type) : null
    if (!compiled) return unknown(`The deployment “${held.key}” has no version ${shown(version)}.`, held.id)
    if (lent.size >= lentMax) lent.delete(lent.keys().next().value!)
    lent.set(name, compiled)
    return toPlan(held, compiled, version, environment, ask)
  }

  /** What is being worked on is read anew for every call: it changes with every keystroke, and only people call it. */
  async function findDraft(held: Held, ask: DeploymentAsk): Promise<LoadedDeployment> {
    const { rows } = await pool.query<{ config: unknown }>(draftSql, [held.workspaceId, held.id])
    const config = readConfig(rows[0]?.config)
    const [problem] = problemsOf(config, held.type)
    if (problem)
      return {
        ok: false,
        code: 'invalid_request',
        message: `The draft cannot be called: ${problem.message}`,
        deploymentId: held.id,
      }
    return toPlan(held, compileVersion(config, held.type), 'draft', environmentIn(ask) ?? '', ask)
  }

  function toPlan(
    held: Held,
    version: CompiledVersion,
    name: string,
    environment: string,
    ask: DeploymentAsk,
  ): LoadedDeployment {
    const context = contextOf({ context: ask.context, environment: environment || null })
    const chosen = ask.variant ?? routeContext(version.routing, context, ask.unit, variantSalt(held.id)).variant
    const variant = version.variants.get(chosen)
    if (!variant) {
      const message = `Version ${name} of “${held.key}” has no variant “${shown(chosen)}”.`
      return { ok: false, code: 'invalid_request', message, deploymentId: held.id }
    }
    const plan = planOf(held, variant)
    if (!('targets' in plan)) return { ok: false, ...plan, deploymentId: held.id }
    const { prompt, timeouts, cacheSeconds } = variant
    const { id, key, type } = held
    return {
      ok: true,
      deployment: {
        id,
        key,
        version: name,
        variant: variant.name,
        environment,
        type,
        plan,
        prompt,
        timeouts,
        cacheSeconds,
      },
    }
  }

  /** Who of the variant's models may answer now. One that is gone, disabled or elsewhere is passed over and told. */
  function planOf(
    held: Held,
    variant: CompiledVariant,
  ): Plan | { code: 'model_not_found' | 'model_disabled' | 'unavailable'; message: string } {
    const targets: PlanTarget[] = []
    const skipped: { address: string; code: string }[] = []
    let why: { code: 'model_not_found' | 'model_disabled'; message: string } | null = null
    for (const { modelId, members } of variant.targets) {
      const entry = deps.findModel(held.workspaceId, modelId)
      const refused = refusalOf(entry, variant, held)
      if (!refused) {
        targets.push({ entry: entry!, members })
        continue
      }
      why ??= refused
      skipped.push({ address: entry?.slug ?? modelId, code: refused.code })
    }
    const checks = checksOf(held, variant)
    if (!checks)
      return {
        code: 'unavailable',
        message: `A guardrail of the variant “${variant.name}” of “${held.key}” is gone.`,
      }
    const [first, ...others] = targets
    if (!first) return why!
    return {
      targets: [first, ...others],
      ...(skipped.length > 0 && { skipped }),
      retry: variant.retry ?? { count: 0, onCodes: null },
      ...(checks.input.length + checks.output.length + checks.later.length > 0 && { checks }),
    }
  }

  function checksOf(held: Held, { guardrails }: CompiledVariant): NonNullable<Plan['checks']> | null {
    const checks = { input: [] as PlanCheck[], output: [] as PlanCheck[], later: [] as PlanCheck[] }
    for (const { evaluator, on, act, sample, stream } of guardrails) {
      const check = deps.guardrail(held.workspaceId, evaluator, on)
      // What refuses nothing keeps no call away by being gone.
      if (!check && act === 'rate') continue
      if (!check) return null
      if (sample < 100 && random() * 100 >= sample) continue
      if (act === 'rate') checks.later.push(check)
      else checks[on].push(on === 'output' && stream === 'after' ? { ...check, isAfter: true } : check)
    }
    return checks
  }

  await feed.register(load)
  return {
    load: find,
    list: (workspaceId) => (houses.get(workspaceId)?.sorted ?? []).map(({ entry }) => entry),
  }
}

function refusalOf(
  entry: ModelEntry | undefined,
  { name, region }: CompiledVariant,
  { key, type }: Held,
): { code: 'model_not_found' | 'model_disabled'; message: string } | null {
  const where = `the variant “${name}” of “${key}”`
  if (!entry) return { code: 'model_not_found', message: `The model of ${where} does not exist any more.` }
  if (entry.state !== 'active')
    return { code: 'model_disabled', message: `The model “${entry.slug}” of ${where} is disabled.` }
  if (entry.type !== type)
    return { code: 'model_not_found', message: `The model “${entry.slug}” of ${where} is of another Type by now.` }
  if (region !== null && entry.region !== region)
    return {
      code: 'model_disabled',
      message: `The model “${entry.slug}” of ${where} is not in the region that the variant demands.`,
    }
  return null
}

/** The environment that a call asks for by its context. */
function environmentIn({ context }: DeploymentAsk): string | null {
  return typeof context.environment === 'string' && context.environment !== '' ? context.environment : null
}

function unknown(message: string, deploymentId?: string): LoadedDeployment {
  return { ok: false, code: 'model_not_found', message, ...(deploymentId !== undefined && { deploymentId }) }
}

function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}

interface DeploymentRow {
  id: string
  workspace_id: string
  key: string
  former_keys: string[]
  type: string
  description: string
  created_at: Date
}

const deploymentsSql = `
  SELECT id, workspace_id, key, former_keys, type, description, created_at FROM deployments WHERE deleted_at IS NULL ORDER BY key, id`

interface EnvironmentRow {
  deployment_id: string
  name: string
  version: string
  canary: string | null
  canary_share: number
}

const environmentsSql = `
  SELECT e.deployment_id, e.name, e.major || '.' || e.minor AS version, e.canary_major || '.' || e.canary_minor AS canary, e.canary_share
    FROM deployment_environments e JOIN deployments d ON d.workspace_id = e.workspace_id AND d.id = e.deployment_id
   WHERE e.major IS NOT NULL AND d.deleted_at IS NULL`

interface VersionRow {
  name: string
  deployment_id: string
  config: unknown
}

/** By `<deployment> <version>`. */
const versionsSql = `
  SELECT w.name, v.deployment_id, v.config
    FROM unnest($1::text[]) AS w(name)
    JOIN deployments d ON d.id = split_part(w.name, ' ', 1)
    JOIN deployment_versions v ON v.workspace_id = d.workspace_id AND v.deployment_id = d.id
     AND v.major || '.' || v.minor = split_part(w.name, ' ', 2)`

const draftSql = 'SELECT config FROM deployment_drafts WHERE workspace_id = $1 AND deployment_id = $2'

function toHeld(row: DeploymentRow): Held {
  const { id, key, description } = row
  const type = row.type as ModelType
  const entry = { id, key, type, description, createdAt: row.created_at.getTime(), environments: {} }
  return { id, workspaceId: row.workspace_id, key, type, environments: new Map(), entry }
}

function toPointer({ version, canary, canary_share: share }: EnvironmentRow): Pointer {
  return { version, canary: canary === null ? null : { version: canary, share } }
}

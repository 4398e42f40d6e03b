import { join } from 'node:path'
import { type Alerts, createAlerts } from '#lib/alerts/index.ts'
import type { Clock } from '#lib/core/clock.ts'
import { invalidInput } from '#lib/core/errors.ts'
import { Leave } from '#lib/core/leave.ts'
import { createDeploymentDirectory, createDeployments, type Deployments } from '#lib/deployments/index.ts'
import {
  createEvaluators,
  createExperiments,
  createGuardrails,
  datasets,
  type Evaluators,
  type Experiments,
  repointEvaluator,
  repointExperiment,
} from '#lib/experiments/index.ts'
import { createAnswerCache, createGateway, type Gateway } from '#lib/gateway/index.ts'
import {
  type Budgets,
  budgets,
  createAdmission,
  createFeedback,
  createLedger,
  createMeter,
  createPayloadKeeper,
  createPayloads,
  type Ledger,
  type PayloadKeeper,
  type Payloads,
  payloadTidying,
  tellBudgets,
} from '#lib/metering/index.ts'
import { createModelDirectory, createModels, createVerifier, type Models, type Verify } from '#lib/models/index.ts'
import { createUpstream, type Upstream } from '#lib/openai/upstream.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { type Database, openDatabase, waitUntilReachable } from '#lib/platform/database.ts'
import { createEgress } from '#lib/platform/egress.ts'
import { type AllowedEntry, parseAllowedEntries } from '#lib/platform/egress-entries.ts'
import type { Env } from '#lib/platform/env.ts'
import { createIdempotency, type Idempotency } from '#lib/platform/idempotency.ts'
import { createLogger, type Logger, warnOncePerBurst } from '#lib/platform/logger.ts'
import { createMail, type Mail, type MailSettings } from '#lib/platform/mail.ts'
import { answer } from '#lib/platform/process-channel.ts'
import { createQueue, type Queue } from '#lib/platform/queue.ts'
import { canaryStore, checkCanary, createSecretBox } from '#lib/platform/secret-box.ts'
import { createSnapshotFeed, type SnapshotFeed } from '#lib/platform/snapshot.ts'
import { createProcessMetrics, createTelemetry, type ModelPlace, readRecords } from '#lib/telemetry/index.ts'
import {
  createKeyring,
  createTenancy,
  deletedWorkspaces,
  exportWorkspace,
  type Scope,
  type Tenancy,
} from '#lib/tenancy/index.ts'

/** Everything a process is made of, wired once. */
export interface Runtime {
  readonly env: Env
  readonly clock: Clock
  readonly logger: Logger
  readonly database: Database
  readonly feed: SnapshotFeed
  /** Puts jobs in; the worker has one of its own to take them out. */
  readonly queue: Queue
  readonly upstream: Upstream
  readonly ledger: Ledger
  readonly tenancy: Tenancy
  readonly models: Models
  readonly deployments: Deployments
  readonly budgets: Budgets
  readonly keeper: PayloadKeeper
  readonly payloads: Payloads
  /** Everything of a workspace, without secrets, as a compressed tar archive. */
  exportWorkspace(scope: Scope): AsyncGenerator<Uint8Array>
  readonly gateway: Gateway
  readonly idempotency: Idempotency
  readonly datasets: typeof datasets
  readonly evaluators: Evaluators
  readonly experiments: Experiments
  readonly alerts: Alerts
  /** Aborted when the process begins to stop: streams without an end of their own are over. */
  readonly stopping: Leave
  /** Finishes what runs, writes what is spooled, lets go of the database. */
  stop(): Promise<void>
}

/** For a Postgres that is started again, as the supervisor does within seconds. */
const reachableMs = 60_000

/**
 * The composition root: the only place where real implementations meet. Throws where the master keys do not open this
 * database or the first snapshot cannot be read.
 */
export async function createRuntime(
  env: Env,
  process: 'studio' | 'gateway' | 'worker' | 'command',
  logger: Logger = createLogger({ process, level: env.logLevel }),
  clock: Clock = systemClock,
): Promise<Runtime> {
  const database = openDatabase({
    url: env.databaseUrl,
    applicationName: process,
    onError: warnOncePerBurst(logger, 'a database connection broke'),
  })
  const secrets = createSecretBox(env.masterKeys)
  // Who types a command is told at once.
  if (process !== 'command')
    await waitUntilReachable(database.pool, reachableMs, (error) =>
      logger.warn({ error }, 'Postgres cannot be reached yet; this process waits for it.'),
    )
  await checkCanary(
    secrets,
    canaryStore((sql, values) => database.pool.query(sql, values)),
  )
  const feed = createSnapshotFeed({ pool: database.pool, listen: database.listen, clock, logger })

  const fixed = [
    ...parseAllowedEntries(env.allowedEndpoints),
    // The practice provider beside us, this exact address only.
    ...(env.practice ? parseAllowedEntries(new URL(env.practice.url).host) : []),
  ]
  let allowed: readonly AllowedEntry[] = fixed
  await feed.register(async () => {
    const { rows } = await database.pool.query<{ entry: string }>('select entry from allowed_endpoints order by entry')
    allowed = [...fixed, ...rows.flatMap(({ entry }) => parseAllowedEntries(entry))]
  })
  const egress = createEgress({ allowed: () => allowed, selfAddresses: () => selfAddresses(env), clock })
  const upstream = createUpstream({ egress, clock, logger })

  const collector = env.telemetry && openCollector(env, env.telemetry.endpoint, clock, logger)
  const telemetry =
    env.telemetry &&
    collector &&
    createTelemetry({
      ...{ ...env.telemetry, process, find: findPlace, upstream: collector, clock, logger },
      content: env.telemetry.content ? { keeps: (workspaceId) => keeper.plan(workspaceId) !== '' } : undefined,
    })
  const metrics =
    env.metrics &&
    createProcessMetrics({
      process,
      nameOf: (workspaceId, id) => directory.find(workspaceId, id)?.modelId,
      gauges() {
        const { records, bytes, rejected } = ledger.depth()
        return { inFlight: gateway.inFlight(), spoolRecords: records, spoolBytes: bytes, rejectedRecords: rejected }
      },
    })
  const ledger: Ledger = createLedger({
    ...{ pool: database.pool, dir: join(env.dataDir, 'spool'), process, clock, logger },
    ...((telemetry || metrics) && {
      onWritten(frames) {
        const records = readRecords(frames)
        telemetry?.take(records)
        metrics?.take(records)
      },
    }),
  })
  const admission = await createAdmission({
    pool: database.pool,
    feed,
    listen: database.listen,
    ledger,
    clock,
    logger,
    onExceeded(full) {
      tellBudgets({ pool: database.pool, system: database.system, clock }, full).catch((error: unknown) =>
        logger.warn({ error }, 'The notice of a budget could not be written; the worker tries again.'),
      )
    },
  })
  const meter = createMeter({ clock, spool: ledger.spool, logger, reserve: admission.reserve })

  const keeper = await createPayloadKeeper({
    ...{ pool: database.pool, feed, secrets, clock, logger },
    onKept: env.telemetry?.content ? telemetry?.keep : undefined,
  })

  async function tidy(name: string): Promise<void> {
    try {
      await database.system.$transaction((tx) => queue.enqueue(tx, { queue: name, data: {}, key: 'now' }))
    } catch (error) {
      logger.warn({ error }, 'What is not kept any more is taken away by the clock.')
    }
  }

  const rooms = createTenancy({
    database,
    secrets,
    clock,
    pepper: env.keyPepper,
    claimCode: env.claimCode ?? null,
    fixedEndpoints: parseAllowedEntries(env.allowedEndpoints).map((entry) => entry.text),
    parseEntry: (text) => {
      const [entry, second] = parseAllowedEntries(text)
      if (!entry || second)
        throw invalidInput('Write one address, for example 127.0.0.1:11434.', { entry: 'Write one address.' })
      return entry.text
    },
  })
  const tenancy: Tenancy = {
    ...rooms,
    // Whoever allowed an address validates with it at once, in this process.
    async addAllowedEndpoint(scope, input) {
      const view = await rooms.addAllowedEndpoint(scope, input)
      await feed.refresh()
      return view
    },
    async updateWorkspace(scope, input) {
      const view = await rooms.updateWorkspace(scope, input)
      if (input.payloadDays !== undefined) await tidy(payloadTidying)
      return view
    },
    async deleteWorkspace(scope, input) {
      await rooms.deleteWorkspace(scope, input)
      await tidy(deletedWorkspaces)
    },
    async removeDemo(scope) {
      await rooms.removeDemo(scope)
      await tidy(deletedWorkspaces)
    },
  }
  const keyring = await createKeyring({ pool: database.pool, feed, pepper: env.keyPepper, clock })
  const directory = await createModelDirectory({ pool: database.pool, feed, secrets, clock, upstream, logger })
  function findPlace(workspaceId: string, id: string): ModelPlace | undefined {
    const entry = directory.find(workspaceId, id)
    if (!entry) return undefined
    const { hostname, port, protocol } = new URL(entry.baseUrl)
    return { modelId: entry.modelId, host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
  }
  const queue = await createQueue({
    database,
    onError: warnOncePerBurst(logger, 'the queue reports an error'),
  })
  // Judges call by the gateway, which asks them where they are guardrails.
  const asked = {
    gateway: { handleAs: (...call: Parameters<Gateway['handleAs']>) => gateway.handleAs(...call) },
    findModel: directory.find,
    catchUp: feed.catchUp,
    clock,
  }
  const guardrails = await createGuardrails({ pool: database.pool, feed, ports: asked, logger })
  const deployments = createDeployments({ guardrails })
  const models = createModels({
    upstream,
    meter,
    secrets,
    clock,
    logger,
    queue,
    practice: env.practice ?? null,
    repoint: { deployment: deployments.repoint, evaluator: repointEvaluator, experiment: repointExperiment },
  })
  const deploymentDirectory = await createDeploymentDirectory({
    pool: database.pool,
    feed,
    findModel: directory.find,
    guardrail: guardrails.find,
    logger,
  })
  const idempotency = createIdempotency({ pool: database.pool, secrets, holder: ledger.holderId })
  const gateway = createGateway({
    authenticate: keyring.authenticate,
    loadPlan: directory.resolve,
    listModels: directory.list,
    listGroups: directory.groups,
    openTarget: directory.open,
    deployments: deploymentDirectory,
    catchUp: feed.catchUp,
    async reportKey(report) {
      await models.reportKey(await tenancy.jobScope(report.workspaceId, 'key-watch'), report)
      await feed.catchUp()
    },
    async reportBreaker(report) {
      metrics?.breaker({ ...report, isOpen: report.openForMs > 0 })
      await models.reportBreaker(await tenancy.jobScope(report.workspaceId, 'breaker'), report)
    },
    meter,
    idempotency,
    feedback: createFeedback({ pool: database.pool, nowMs: clock.nowMs }),
    payloads: keeper,
    cache: createAnswerCache({ pool: database.pool, secrets }),
    upstream,
    clock,
    logger,
  })
  const payloads = createPayloads({ secrets })
  const experiments = createExperiments({ ...asked, queue, deployments, payloads, logger })
  const alerts = createAlerts({
    modelHealth: models.modelHealth,
    queue,
    secrets,
    upstream,
    checkUrl: egress.checkUrl,
    mail: env.mail ? openMail(env, env.mail, clock) : null,
    studioUrl: (env.publicUrl ?? new URL(`http://localhost:${env.port}`)).origin,
  })
  ledger.start()
  if (metrics) answer('metrics', metrics.read)

  let stopped: Promise<void> | undefined
  async function stop(): Promise<void> {
    await experiments.close()
    await gateway.drain()
    await models.close()
    await queue.stop(1_000)
    await Promise.all([admission.close(), keeper.close()])
    await ledger.stop()
    await telemetry?.close()
    await collector?.close()
    await feed.close()
    directory.close()
    await upstream.close()
    await database.close()
  }

  return {
    env,
    clock,
    logger,
    database,
    feed,
    queue,
    upstream,
    ledger,
    tenancy,
    models,
    deployments,
    budgets,
    keeper,
    payloads,
    exportWorkspace: (scope) => exportWorkspace(payloads, scope),
    gateway,
    idempotency,
    datasets,
    evaluators: createEvaluators(asked),
    experiments,
    alerts,
    stopping: new Leave(),
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/**
 * The validator by itself, for the command line: no workspace, no database, no ledger. `hostPort`: the one address that
 * may be called even where it is private. A cloud's metadata address stays refused.
 */
export function openVerifier(hostPort: string): { verify: Verify; close(): Promise<void> } {
  const clock = systemClock
  const logger = createLogger({ process: 'command', level: 'error' })
  const allowed = parseAllowedEntries(hostPort)
  const egress = createEgress({ allowed: () => allowed, selfAddresses: () => [], clock })
  const upstream = createUpstream({ egress, clock, logger })
  return { verify: createVerifier({ upstream, clock }), close: () => upstream.close() }
}

/** A way to the operator's collector and to nothing else: models cannot be pointed at it by its being allowed here. */
function openCollector(env: Env, { hostname, port, protocol }: URL, clock: Clock, logger: Logger): Upstream {
  const allowed = parseAllowedEntries(`${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`)
  const egress = createEgress({ allowed: () => allowed, selfAddresses: () => selfAddresses(env), clock })
  return createUpstream({ egress, clock, logger, poolsMax: 1, socketsMax: 2 })
}

/** A way to the operator's mail server and to nothing else. */
function openMail(env: Env, settings: MailSettings, clock: Clock): Mail {
  const { host, port } = settings
  const allowed = parseAllowedEntries(`${host.includes(':') ? `[${host}]` : host}:${port}`)
  return createMail({
    settings,
    egress: createEgress({ allowed: () => allowed, selfAddresses: () => selfAddresses(env), clock }),
    clock,
  })
}

function selfAddresses(env: Env): { host: string; port: number }[] {
  const publicHosts = [env.publicUrl, env.publicGatewayUrl].flatMap((url) =>
    url ? [{ host: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) }] : [],
  )
  return [{ host: env.host, port: env.port }, { host: env.host, port: env.gatewayPort }, ...publicHosts]
}

// Next makes a module once for each page and route bundle: only what hangs on globalThis is one in a process.
const place = Symbol.for('patchbay.runtime')

/** The runtime of this process. Throws before it stands. */
export function getRuntime(): Runtime {
  const runtime = (globalThis as { [place]?: Runtime })[place]
  if (!runtime) throw new Error('The runtime of this process is not started yet.')
  return runtime
}

/** Makes `runtime` the one of this process. */
export function setRuntime(runtime: Runtime): void {
  ;(globalThis as { [place]?: Runtime })[place] = runtime
}

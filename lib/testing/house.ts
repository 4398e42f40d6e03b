import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { type BreakerReport, createAnswerCache, createGateway, type Gateway } from '#lib/gateway/index.ts'
import type { Plan } from '#lib/gateway/schema.ts'
import {
  createFeedback,
  createLedger,
  createMeter,
  createPayloadKeeper,
  createPayloads,
  type Ledger,
  type PayloadKeeper,
  type Payloads,
} from '#lib/metering/index.ts'
import type { Price } from '#lib/metering/schema.ts'
import { CapabilityCard, type ModelEntry, type ModelType, WireProfile } from '#lib/models/schema.ts'
import { createUpstream, type Upstream } from '#lib/openai/upstream.ts'
import { systemClock } from '#lib/platform/clock.ts'
import type { Database } from '#lib/platform/database.ts'
import { createEgress } from '#lib/platform/egress.ts'
import { parseAllowedEntries } from '#lib/platform/egress-entries.ts'
import { createIdempotency } from '#lib/platform/idempotency.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { createSnapshotFeed } from '#lib/platform/snapshot.ts'
import { createKeyring, type Scope } from '#lib/tenancy/index.ts'
import { silentLogger, spoolFolder } from './ledger.ts'
import { testTenancy } from './tenancy.ts'

const pepper = 'pepper of a test'
const secrets = createSecretBox([{ id: 'test', key: randomBytes(32) }])
/** Of the practice provider, so that it takes them. */
const upstreamKey = 'sk-practice-house0000001'

export type HouseModel = Partial<Omit<ModelEntry, 'profile'>> & { profile?: Partial<WireProfile> }

/** The gateway with real keys, till, ledger and way out over a test database; its models are given by the test. */
export interface TestHouse {
  gateway: Gateway
  ledger: Ledger
  keeper: PayloadKeeper
  payloads: Payloads
  upstream: Upstream
  scope: Scope
  /** A key of the workspace that may call everything. */
  key: string
  upstreamKey: string
  createKey(input: { scopes?: ('inference' | 'read' | 'manage')[]; modelIds?: string[] }): Promise<string>
  revokeKey(secret: string): Promise<void>
  /** A key of another workspace. */
  foreignKey(): Promise<string>
  /** Adds a model of the workspace, called by its slug. */
  model(slug: string, baseUrl: string, changes?: HouseModel): ModelEntry
  /** Gives a model, by its slug, more of a plan than itself. */
  plan(slug: string, more: Partial<Plan>): void
  /** Breakers that opened and closed. */
  breakers: BreakerReport[]
  /** The record of a request, once it is in Postgres. */
  record(requestId: string): Promise<Record<string, unknown> | undefined>
}

/** `random`: what spreads retries and weighted traffic. `reserve`: what lets calls in. `onWritten`: told of records; `onKept`: of words. */
export async function testHouse(
  database: Database,
  {
    random,
    reserve,
    onWritten,
    onKept,
  }: {
    random?: () => number
    reserve?: Parameters<typeof createMeter>[0]['reserve']
    onWritten?: (records: readonly Buffer[]) => void
    onKept?: Parameters<typeof createPayloadKeeper>[0]['onKept']
  } = {},
): Promise<TestHouse> {
  const { tenancy, workspace } = testTenancy(database, { clock: systemClock, pepper })
  const { scope } = await workspace()
  const feed = createSnapshotFeed({
    pool: database.pool,
    listen: database.listen,
    clock: systemClock,
    logger: silentLogger,
  })
  const keyring = await createKeyring({ pool: database.pool, feed, pepper, clock: systemClock })
  const ledger = createLedger({
    pool: database.pool,
    dir: spoolFolder(),
    process: 'gateway',
    clock: systemClock,
    logger: silentLogger,
    recoverEveryMs: 0,
    ...(onWritten && { onWritten }),
  })
  ledger.start()
  const keeper = await createPayloadKeeper({
    pool: database.pool,
    feed,
    secrets,
    clock: systemClock,
    logger: silentLogger,
    onKept,
  })
  const allowed = new Map<string, ReturnType<typeof parseAllowedEntries>>()
  let entries: ReturnType<typeof parseAllowedEntries> = []
  const egress = createEgress({ allowed: () => entries, selfAddresses: () => [], clock: systemClock })
  const upstream = createUpstream({ egress, clock: systemClock, logger: silentLogger })
  const models = new Map<string, ModelEntry>()
  const plans = new Map<string, Partial<Plan>>()
  const breakers: BreakerReport[] = []
  const gateway = createGateway({
    authenticate: keyring.authenticate,
    loadPlan(workspaceId, address, type) {
      const entry = models.get(address)
      if (!entry || entry.workspaceId !== workspaceId)
        return {
          ok: false,
          code: 'model_not_found',
          message: `The model ${JSON.stringify(address)} does not exist, or this key cannot see it.`,
        }
      if (entry.state === 'disabled') return { ok: false, code: 'model_disabled', message: 'This model is disabled.' }
      if (type !== null && entry.type !== type)
        return { ok: false, code: 'unsupported_for_model', message: `${entry.name} does not answer here.` }
      return { ok: true, plan: { targets: [{ entry }], ...plans.get(address) } }
    },
    listGroups: () => [],
    listModels: (workspaceId) => [...models.values()].filter((entry) => entry.workspaceId === workspaceId),
    openTarget: memoise((entry) => ({
      id: `${entry.id}.${entry.version}`,
      baseUrl: entry.baseUrl,
      headers: { authorization: `Bearer ${upstreamKey}` },
      timeouts: entry.timeouts,
      secrets: [upstreamKey],
    })),
    catchUp: feed.catchUp,
    reportKey: () => new Promise(() => undefined),
    async reportBreaker(report) {
      breakers.push(report)
    },
    meter: createMeter({ clock: systemClock, spool: ledger.spool, logger: silentLogger, reserve }),
    idempotency: createIdempotency({ pool: database.pool, secrets, holder: ledger.holderId }),
    feedback: createFeedback({ pool: database.pool, nowMs: systemClock.nowMs }),
    payloads: keeper,
    cache: createAnswerCache({ pool: database.pool, secrets }),
    upstream,
    clock: systemClock,
    logger: silentLogger,
    ...(random && { random }),
  })
  const ids = new Map<string, string>()
  const house: TestHouse = {
    gateway,
    ledger,
    keeper,
    payloads: createPayloads({ secrets }),
    upstream,
    scope,
    key: '',
    upstreamKey,
    async createKey(input) {
      const { key, secret } = await tenancy.createKey(scope, { name: `key ${ids.size}`, ...input })
      ids.set(secret, key.id)
      await feed.refresh()
      return secret
    },
    async revokeKey(secret) {
      await tenancy.revokeKey(scope, { id: ids.get(secret)! })
      await feed.refresh()
    },
    async foreignKey() {
      const other = await workspace()
      const { secret } = await tenancy.createKey(other.scope, { name: 'foreign' })
      await feed.refresh()
      return secret
    },
    model(slug, baseUrl, changes = {}) {
      const { host } = new URL(baseUrl)
      if (!allowed.has(host)) {
        allowed.set(host, parseAllowedEntries(host))
        entries = [...allowed.values()].flat()
      }
      const entry = someModel({ workspaceId: scope.workspaceId, slug, name: slug, modelId: slug, baseUrl, ...changes })
      models.set(slug, entry)
      return entry
    },
    plan: (slug, more) => void plans.set(slug, more),
    breakers,
    async record(requestId) {
      await ledger.flush()
      const { rows } = await database.pool.query('select * from ledger.records where id = $1', [requestId])
      if (rows.length > 1) throw new Error(`${requestId} has ${rows.length} records`)
      return rows[0]
    },
  }
  afterAll(async () => {
    await upstream.close()
    await keeper.close()
    await ledger.stop()
    await feed.close()
  })
  house.key = await house.createKey({})
  return house
}

/** Prices of the practice provider's own model of that type, so that both bills can be compared. */
export const practicePrices: Record<ModelType, Omit<Price, 'id'>> = {
  chat: price(150_000n, 75_000n, 600_000n),
  completion: price(500_000n, 500_000n, 1_500_000n),
  embedding: price(20_000n, 20_000n, 0n),
  image: { ...price(0n, 0n, 0n), imageNanoUsd: 40_000_000n },
}

function price(input: bigint, cached: bigint, output: bigint): Omit<Price, 'id'> {
  return {
    inputPicoUsdPerToken: input,
    cachedInputPicoUsdPerToken: cached,
    outputPicoUsdPerToken: output,
    imageNanoUsd: null,
  }
}

function someModel(changes: HouseModel): ModelEntry {
  const type = changes.type ?? 'chat'
  return {
    id: newId('mdl'),
    workspaceId: '',
    version: 1,
    type,
    name: '',
    slug: '',
    modelId: '',
    region: 'own',
    baseUrl: '',
    // Each with a key of its own: what one server refuses concerns no other.
    credential: { group: changes.slug ?? '', refused: false },
    state: 'active',
    maxTokens: null,
    temperature: null,
    contextTokens: null,
    paths: {},
    timeouts: { connectMs: 2000, firstByteMs: 5000, idleMs: 5000, totalMs: 20_000 },
    capabilities: CapabilityCard.parse({}),
    price: { id: newId('prc'), ...practicePrices[type] },
    createdAt: Date.UTC(2026, 0, 1),
    ...changes,
    profile: WireProfile.parse(changes.profile ?? {}),
  }
}

function memoise<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>()
  return (key) => {
    let value = made.get(key)
    if (value === undefined) {
      value = make(key)
      made.set(key, value)
    }
    return value
  }
}

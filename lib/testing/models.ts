import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import { createLedger, createMeter, type Ledger } from '#lib/metering/index.ts'
import {
  createModelDirectory,
  createModels,
  type ModelDirectory,
  type Models,
  type ModelsDeps,
} from '#lib/models/index.ts'
import type { RawModelInput } from '#lib/models/schema.ts'
import { createUpstream, type Upstream } from '#lib/openai/upstream.ts'
import { systemClock } from '#lib/platform/clock.ts'
import type { Database } from '#lib/platform/database.ts'
import { createEgress } from '#lib/platform/egress.ts'
import { type AllowedEntry, parseAllowedEntries } from '#lib/platform/egress-entries.ts'
import { createQueue } from '#lib/platform/queue.ts'
import { createSecretBox, type MasterKey, type SecretBox } from '#lib/platform/secret-box.ts'
import { createSnapshotFeed, type SnapshotFeed } from '#lib/platform/snapshot.ts'
import { type Practice, start } from '#lib/practice/index.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { silentLogger, spoolFolder } from './ledger.ts'
import { type TestTenancy, testTenancy } from './tenancy.ts'

/** The room of private models on real parts: database, till, way out, practice provider, directory. */
export interface TestModels extends TestTenancy {
  models: Models
  directory: ModelDirectory
  feed: SnapshotFeed
  ledger: Ledger
  upstream: Upstream
  secrets: SecretBox
  practice: Practice
  /** A workspace's owner, who is not the operator. */
  scope: Scope
  /** A filled form for the practice provider, with prices as it charges. A key of its own every time. */
  form(changes?: Partial<RawModelInput>): RawModelInput
  /** The practice provider below a path prefix that changes its manners: `any-key`. */
  below(prefix: string): string
  /** Opens an address beside the practice provider's. */
  allow(entry: string): void
}

let keys = 0

export async function testModels(
  database: Database,
  given: { repoint?: ModelsDeps['repoint']; masterKey?: MasterKey } = {},
): Promise<TestModels> {
  const practice = await start({ port: 0, latencyScale: 0 })
  const people = testTenancy(database, { clock: systemClock })
  // The first person claims the installation and is its operator.
  await people.person()
  const { scope } = await people.workspace()
  const secrets = createSecretBox([given.masterKey ?? { id: 'test', key: randomBytes(32) }])
  const feed = createSnapshotFeed({
    pool: database.pool,
    listen: database.listen,
    clock: systemClock,
    logger: silentLogger,
  })
  let allowed: AllowedEntry[] = parseAllowedEntries(new URL(practice.url).host)
  const egress = createEgress({
    allowed: () => allowed,
    selfAddresses: () => [],
    clock: systemClock,
    nameRefusalMs: 50,
  })
  const upstream = createUpstream({ egress, clock: systemClock, logger: silentLogger })
  const ledger = createLedger({
    pool: database.pool,
    dir: spoolFolder(),
    process: 'test',
    clock: systemClock,
    logger: silentLogger,
    recoverEveryMs: 0,
  })
  ledger.start()
  const meter = createMeter({ clock: systemClock, spool: ledger.spool, logger: silentLogger })
  const queue = await createQueue({
    database,
    onError: (error) => {
      throw error
    },
  })
  const models = createModels({
    upstream,
    meter,
    secrets,
    clock: systemClock,
    logger: silentLogger,
    queue,
    practice: null,
    repoint: given.repoint ?? {},
  })
  const directory = await createModelDirectory({
    pool: database.pool,
    feed,
    secrets,
    upstream,
    clock: systemClock,
    logger: silentLogger,
  })
  afterAll(async () => {
    await models.close()
    await queue.stop(1_000)
    directory.close()
    await upstream.close()
    await ledger.stop()
    await feed.close()
    await practice.close()
  })
  return {
    ...people,
    models,
    directory,
    feed,
    ledger,
    upstream,
    secrets,
    practice,
    scope,
    form: (changes = {}) => ({
      type: 'chat',
      baseUrl: practice.url,
      apiKey: `sk-practice-models${String(++keys).padStart(8, '0')}`,
      name: `Practice ${keys}`,
      modelId: 'practice-chat',
      region: 'own',
      inputPrice: '0.15',
      outputPrice: '0.6',
      cachedInputPrice: '0.075',
      ...changes,
    }),
    below: (prefix) => practice.url.replace(/\/v1$/, `/${prefix}/v1`),
    allow(entry) {
      allowed = [...allowed, ...parseAllowedEntries(entry)]
    },
  }
}

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newId } from '#lib/core/ids.ts'
import { readEnv } from '#lib/platform/env.ts'
import { migrate } from '#lib/platform/migrate.ts'
import { startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { createRuntime, type Runtime } from '#lib/runtime.ts'
import { gatewayArgs } from '../server/supervisor/children.ts'
import { startProcess, stopAll, waitFor } from './processes.ts'
import { startUpstream } from './upstream.ts'

/** The address of the one model. */
export const slug = 'bench'
/** Of the one that streams, where a bench has one. */
export const streamSlug = 'bench-streams'
/** Of the practice provider, which takes no call without one. */
export const upstreamKey = 'sk-practice-bench0000001'

/** An installation for a bench: Postgres, an upstream, a workspace with a key and a priced model. */
export interface BenchHouse {
  folder: string
  upstreamUrl: string
  /** Of every process; the ports are of the bench. */
  variables: NodeJS.ProcessEnv
  workspaceId: string
  /** Headers of a call. */
  headers: Record<string, string>
  /** Works on the database as a process does. */
  withRuntime<Result>(work: (runtime: Runtime) => Promise<Result>): Promise<Result>
  /** Postgres is not there while `work` runs; it comes back on the same port. */
  withoutPostgres(work: () => Promise<unknown>): Promise<void>
}

/** Gives a house to `work` and clears it away, also on Ctrl-C. */
export async function withHouse(work: (house: BenchHouse) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-bench-'))
  chmodSync(folder, 0o711)
  // As `npm start` makes it, which may then take the folder over.
  const { postgresPassword: password } = readSecretsFile(folder)
  const place = { dataDir: folder, password, elsewhereDir: tmpdir() }
  let postgres = await startEmbeddedPostgres(place)
  const cleanUp = async () => {
    await stopAll()
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().finally(() => process.exit(130)))
  try {
    await migrate({ url: postgres.url })
    const upstreamUrl = await startUpstream(folder)
    const variables: NodeJS.ProcessEnv = {
      ...process.env,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      GATEWAY_WORKERS: '1',
      DATABASE_URL: postgres.url,
      PATCHBAY_DATA_DIR: folder,
      PATCHBAY_ALLOWED_ENDPOINTS: new URL(upstreamUrl).host,
      PATCHBAY_MASTER_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      NEXTAUTH_SECRET: randomBytes(36).toString('base64'),
      PATCHBAY_KEY_PEPPER: randomBytes(36).toString('base64'),
      PATCHBAY_LOG_LEVEL: 'warn',
    }
    async function withRuntime<Result>(use: (runtime: Runtime) => Promise<Result>): Promise<Result> {
      const runtime = await createRuntime(readEnv(variables), 'command')
      try {
        return await use(runtime)
      } finally {
        await runtime.stop()
      }
    }
    const { apiKey, workspaceId } = await withRuntime((runtime) => setUp(runtime, upstreamUrl))
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` }
    async function withoutPostgres(wait: () => Promise<unknown>): Promise<void> {
      const { port, url } = postgres
      await postgres.stop()
      await wait()
      postgres = await startEmbeddedPostgres({ ...place, preferredPort: port })
      if (postgres.url !== url) throw new Error('another program took the port of Postgres meanwhile')
    }
    await work({ folder, upstreamUrl, variables, workspaceId, headers, withRuntime, withoutPostgres })
  } finally {
    await cleanUp()
  }
}

/** Of a process that writes a CPU profile into `folder` when it ends. */
export const profiling = (folder: string | undefined) =>
  folder === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', folder]

/** Starts a gateway on `port`; resolves when it serves. */
export async function startGateway(variables: NodeJS.ProcessEnv, port: number, nodeArgs: readonly string[] = []) {
  const child = startProcess(process.execPath, [...nodeArgs, ...gatewayArgs], {
    ...variables,
    GATEWAY_PORT: String(port),
  })
  await waitFor(`http://127.0.0.1:${port}/health/ready`)
  return child
}

async function setUp(runtime: Runtime, upstreamUrl: string): Promise<{ apiKey: string; workspaceId: string }> {
  const { tenancy, database } = runtime
  const { apiKey, workspace } = await tenancy.initialise(
    { email: 'bench@patchbay.example', password: randomBytes(12).toString('hex'), workspace: 'bench' },
    { id: newId('req'), address: '127.0.0.1' },
  )
  const { rows } = await database.pool.query<{ id: string }>('select id from workspaces where slug = $1', [workspace])
  const workspaceId = rows[0]!.id
  await storeModel(runtime, workspaceId, slug, upstreamUrl)
  return { apiKey, workspaceId }
}

/** A priced chat model, written as it stands once it was added. */
export async function storeModel(
  { env, database: { pool } }: Runtime,
  workspaceId: string,
  slug: string,
  upstreamUrl: string,
): Promise<void> {
  const modelId = newId('mdl')
  const place = { purpose: 'provider-key', workspaceId, table: 'models', row: modelId, field: 'sealed_key' }
  const sealedKey = createSecretBox(env.masterKeys).seal(upstreamKey, place)
  await pool.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host, key_header, sealed_key)
     values ($1, $2, 'chat', $3, $3, 'practice-instant', 'own', $4, $5, 'authorization', $6)`,
    [modelId, workspaceId, slug, upstreamUrl, new URL(upstreamUrl).host, sealedKey],
  )
  await pool.query(`insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug')`, [
    workspaceId,
    slug,
    modelId,
  ])
  await pool.query(
    `insert into model_prices (id, workspace_id, model_id, effective_from, input_pico_usd_per_token, output_pico_usd_per_token)
     values ($1, $2, $3, '2020-01-01', 150000, 600000)`,
    [newId('prc'), workspaceId, modelId],
  )
}

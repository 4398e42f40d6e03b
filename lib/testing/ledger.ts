import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { afterAll } from 'vitest'
import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import type { CallEnd, Meter, Ticket } from '#lib/metering/index.ts'
import type { CallToAdmit, Price } from '#lib/metering/schema.ts'
import type { Usage } from '#lib/openai/wire/usage.ts'
import type { Database } from '#lib/platform/database.ts'
import { createLogger } from '#lib/platform/logger.ts'
import { createScopes, type Scope, type ScopeParts } from '#lib/tenancy/scope.ts'

export const silentLogger = createLogger({ process: 'test', level: 'silent' })

const folders: string[] = []
// Not where a folder is made: what a test registers while it runs never runs.
afterAll(() => {
  for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** A folder for spools, removed after the file. */
export function spoolFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'patchbay-spool-'))
  folders.push(dir)
  return dir
}

/** An empty workspace; returns its id. */
export async function addWorkspace(pool: Pool, timeZone = 'UTC'): Promise<string> {
  const id = newId('wsp')
  await pool.query('insert into workspaces (id, slug, name, time_zone) values ($1, $1, $1, $2)', [id, timeZone])
  return id
}

/** A model with a price row; returns both ids. */
export async function addModel(
  pool: Pool,
  workspaceId: string,
  over: { name?: string; practice?: boolean; price?: Price | null } = {},
): Promise<{ modelId: string; price: Price }> {
  const modelId = newId('mdl')
  const price = over.price ?? somePrice({ id: newId('prc') })
  await pool.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host, practice)
     values ($1, $2, 'chat', $3, $1, 'some-model', 'eu', 'https://server.example/v1', 'server.example', $4)`,
    [modelId, workspaceId, over.name ?? modelId, over.practice ?? false],
  )
  await pool.query(
    `insert into model_prices (id, workspace_id, model_id, effective_from, input_pico_usd_per_token, output_pico_usd_per_token, cached_input_pico_usd_per_token, image_nano_usd)
     values ($1, $2, $3, '2020-01-01', $4, $5, $6, $7)`,
    [
      price.id,
      workspaceId,
      modelId,
      price.inputPicoUsdPerToken,
      price.outputPicoUsdPerToken,
      price.cachedInputPicoUsdPerToken,
      price.imageNanoUsd,
    ],
  )
  return { modelId, price }
}

export function somePrice(over: Partial<Price> = {}): Price {
  return {
    id: 'prc_000000000000000000000000',
    inputPicoUsdPerToken: 590_000n,
    outputPicoUsdPerToken: 790_001n,
    cachedInputPicoUsdPerToken: null,
    imageNanoUsd: null,
    ...over,
  }
}

export function someUsage(over: Partial<Usage> = {}): Usage {
  return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, images: 0, flags: [], ...over }
}

/** A call through the gateway with a key. `atMs`: when. */
export function someCall(workspaceId: string, over: Partial<CallToAdmit> & { atMs?: number } = {}): CallToAdmit {
  const { atMs, ...rest } = over
  return {
    requestId: newId('req', atMs),
    workspaceId,
    source: 'gateway',
    actorKind: 'key',
    actorId: 'key_1',
    keyId: 'key_1',
    modelId: 'mdl_1',
    address: 'some-model',
    endpoint: 'chat/completions',
    stream: false,
    price: somePrice(),
    inputEstimateTokens: 10,
    boundNanoUsd: 0n,
    ...rest,
  }
}

/** Lets a call in that needs no query for it. */
export function admitNow(meter: Meter, call: CallToAdmit): Ticket {
  const admission = meter.admit(call)
  if (admission instanceof Promise || !admission.ok) throw new Error('not admitted')
  return admission.ticket
}

/** A good answer: 100 tokens in, 20 out. */
export function someEnd(over: Partial<CallEnd> = {}): CallEnd {
  return {
    outcome: 'ok',
    status: 200,
    usage: someUsage({ inputTokens: 100, outputTokens: 20 }),
    attempts: [],
    latencyMs: 250,
    firstByteMs: 100,
    gatewayUs: 90,
    ...over,
  }
}

/** A scope of a person of the workspace, without the people: for verbs that only read. */
export async function scopeOf(
  database: Database,
  clock: Clock,
  workspaceId: string,
  over: Partial<ScopeParts> = {},
): Promise<Scope> {
  const { rows } = await database.pool.query('select slug, name, time_zone, demo from workspaces where id = $1', [
    workspaceId,
  ])
  return createScopes({ app: database.app, clock })({
    workspaceId,
    workspace: { slug: rows[0].slug, name: rows[0].name, timeZone: rows[0].time_zone, demo: rows[0].demo },
    actor: { kind: 'user', id: 'usr_1', label: 'someone@example.test' },
    role: 'viewer',
    keyScopes: [],
    operator: false,
    request: { id: newId('req'), address: '127.0.0.1' },
    ...over,
  })
}

import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import type { Price } from '#lib/metering/schema.ts'
import type { Target, Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { SnapshotFeed } from '#lib/platform/snapshot.ts'
import { addressesSql, modelsSql, type PriceRow, pricesSql, type Row, toEntry, toPrice } from './directory-rows.ts'
import { openConnection } from './stored.ts'
import { toTarget } from './target.ts'
import type { ModelEntry, ModelType } from './vocabulary.ts'

/** What an address leads to, or why to nothing. A foreign address is one that does not exist. */
export type Resolved =
  | { ok: true; plan: { targets: readonly [{ entry: ModelEntry }] } }
  | {
      ok: false
      code: 'model_not_found' | 'ambiguous_model' | 'model_disabled' | 'unsupported_for_model'
      message: string
    }

/** The models of all workspaces as gateways hold them: in memory, no query and no secret in it. */
export interface ModelDirectory {
  /** The plan of one model: a single target. `type` null: whatever the address names. */
  resolve(workspaceId: string, address: string, type: ModelType | null): Resolved
  /** Every active model of the workspace, by slug. */
  list(workspaceId: string): readonly ModelEntry[]
  find(workspaceId: string, id: string): ModelEntry | undefined
  /** How to reach a model, credential opened on first use. Throws `sealed_value_unreadable`. */
  open(entry: ModelEntry): Target
  /** Forgets opened credentials that nobody used for ten minutes, or whose model changed. Happens by itself, too. */
  tidy(): void
  close(): void
}

interface Deps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  feed: Pick<SnapshotFeed, 'register'>
  secrets: Pick<SecretBox, 'open'>
  /** Connections of a credential that is gone are let go with it. */
  upstream: Pick<Upstream, 'dropPool'>
  clock: Clock
  logger: Pick<Logger, 'error'>
}

/** A model with what must not be enumerable on its entry. */
interface Held {
  entry: ModelEntry
  row: Row
  plan: { targets: readonly [{ entry: ModelEntry }] }
  /** By the moment they begin; the last one that has begun is in force. */
  prices: { fromMs: number; price: Price }[]
}

interface House {
  slug: string
  byAddress: Map<string, Held>
  byModelId: Map<string, Held[]>
  byId: Map<string, Held>
  /** Active ones, by slug. */
  sorted: Held[]
}

const idleMs = 10 * 60_000
const tidyMs = 60_000

/** Resolves once the first snapshot is loaded; rejects where it cannot be read. */
export async function createModelDirectory({
  pool,
  feed,
  secrets,
  upstream,
  clock,
  logger,
}: Deps): Promise<ModelDirectory> {
  let houses = new Map<string, House>()
  const opened = new Map<string, { version: number; target: Target; usedMs: number }>()

  async function load(): Promise<void> {
    const [models, addresses, prices] = await Promise.all([
      pool.query<Row>(modelsSql),
      pool.query<{ workspace_id: string; address: string; model_id: string }>(addressesSql),
      pool.query<PriceRow>(pricesSql, [new Date(clock.nowMs())]),
    ])
    const next = new Map<string, House>()
    const held = new Map<string, Held>()
    for (const row of models.rows) {
      const house = next.get(row.workspace_id) ?? {
        slug: row.workspace_slug,
        byAddress: new Map(),
        byModelId: new Map(),
        byId: new Map(),
        sorted: [],
      }
      next.set(row.workspace_id, house)
      const entry = readEntry(row)
      if (!entry) continue
      const one: Held = { entry, row, plan: { targets: [{ entry }] }, prices: [] }
      held.set(row.id, one)
      house.byId.set(row.id, one)
      house.byModelId.set(row.model_id, [...(house.byModelId.get(row.model_id) ?? []), one])
    }
    for (const { workspace_id, address, model_id } of addresses.rows) {
      const one = held.get(model_id)
      if (one) next.get(workspace_id)?.byAddress.set(address, one)
    }
    for (const row of prices.rows)
      held.get(row.model_id)?.prices.push({ fromMs: row.effective_from.getTime(), price: toPrice(row) })
    for (const house of next.values()) {
      house.sorted = [...house.byId.values()]
        .filter(({ entry }) => entry.state === 'active')
        .sort((a, b) => (a.entry.slug < b.entry.slug ? -1 : 1))
    }
    houses = next
    tidy()
  }

  /** One row that cannot be read costs its own model, not everybody's. */
  function readEntry(row: Row): ModelEntry | null {
    try {
      return toEntry(row)
    } catch (error) {
      logger.error({ err: error, model: row.id }, 'directory: a model cannot be read and is left out')
      return null
    }
  }

  /** The entry with the price of this moment. A price that begins needs no reload. */
  function priced(one: Held): ModelEntry {
    const { prices, entry } = one
    if (prices.length === 0) return entry
    const now = clock.nowMs()
    while (prices.length > 1 && prices[1]!.fromMs <= now) prices.shift()
    entry.price = prices[0]!.fromMs <= now ? prices[0]!.price : null
    return entry
  }

  function resolve(workspaceId: string, address: string, type: ModelType | null): Resolved {
    const house = houses.get(workspaceId)
    const direct = house?.byAddress.get(address)
    if (direct) return admit(direct, address, type)
    const marker = house ? `${house.slug}@openai-compatible/` : ''
    if (!house || !address.startsWith(marker)) return unknown(address)
    const all = house.byModelId.get(address.slice(marker.length)) ?? []
    const fitting = all.filter(({ entry }) => type === null || entry.type === type)
    const active = fitting.filter(({ entry }) => entry.state === 'active')
    if (active.length === 1) return admit(active[0]!, address, type)
    if (active.length > 1) {
      const slugs = active.map(({ entry }) => entry.slug).sort()
      return {
        ok: false,
        code: 'ambiguous_model',
        message: `“${shown(address)}” names ${slugs.length} models. Use one of ${slugs.join(', ')}.`,
      }
    }
    // None answers here: what is said must not depend on the order in which Postgres gave the rows.
    const nearest = fitting[0] ?? all.find(({ entry }) => entry.state === 'active') ?? all[0]
    return nearest ? admit(nearest, address, type) : unknown(address)
  }

  function admit(one: Held, address: string, type: ModelType | null): Resolved {
    const { entry } = one
    if (entry.state !== 'active')
      return { ok: false, code: 'model_disabled', message: `The model “${shown(address)}” is disabled.` }
    if (type !== null && entry.type !== type) {
      return {
        ok: false,
        code: 'unsupported_for_model',
        message: `The model “${shown(address)}” is for ${typeWords[entry.type]}, not for ${typeWords[type]}.`,
      }
    }
    priced(one)
    return { ok: true, plan: one.plan }
  }

  function open(entry: ModelEntry): Target {
    const known = opened.get(entry.id)
    if (known && known.version === entry.version) {
      known.usedMs = clock.monotonicMs()
      return known.target
    }
    const one = houses.get(entry.workspaceId)?.byId.get(entry.id)
    if (!one) throw new Error('a model that is not in the directory cannot be opened')
    const { row } = one
    const connection = openConnection(secrets, {
      id: row.id,
      workspaceId: row.workspace_id,
      baseUrl: row.base_url,
      keyHeader: row.key_header,
      sealedKey: row.sealed_key,
      sealedHeaders: row.sealed_headers,
      sealedQuery: row.sealed_query,
      ca: row.ca,
    })
    const target = toTarget(`${row.id}:${row.version}`, connection, one.entry.timeouts)
    opened.set(row.id, { version: row.version, target, usedMs: clock.monotonicMs() })
    return target
  }

  function tidy(): void {
    const now = clock.monotonicMs()
    for (const [id, { version, usedMs, target }] of opened) {
      const one = [...houses.values()].find((house) => house.byId.has(id))?.byId.get(id)
      if (!one || one.entry.version !== version || one.entry.state !== 'active' || now - usedMs >= idleMs) {
        opened.delete(id)
        upstream.dropPool(target.id)
      }
    }
  }

  await feed.register(load)
  const timer = setInterval(tidy, tidyMs)
  timer.unref()

  return {
    resolve,
    list: (workspaceId) => (houses.get(workspaceId)?.sorted ?? []).map(priced),
    find: (workspaceId, id) => {
      const one = houses.get(workspaceId)?.byId.get(id)
      return one && priced(one)
    },
    open,
    tidy,
    close: () => clearInterval(timer),
  }
}

const typeWords: Readonly<Record<ModelType, string>> = {
  chat: 'chat completions',
  completion: 'completions',
  embedding: 'embeddings',
  image: 'images',
}

function unknown(address: string): Resolved {
  return {
    ok: false,
    code: 'model_not_found',
    message: `The model “${shown(address)}” does not exist, or this key may not call it.`,
  }
}

function shown(address: string): string {
  return address.length > 100 ? `${address.slice(0, 99)}…` : address
}

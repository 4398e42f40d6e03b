import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import type { Price } from '#lib/metering/schema.ts'
import type { Target, Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { SnapshotFeed } from '#lib/platform/snapshot.ts'
import {
  addressesSql,
  type GroupRow,
  groupsSql,
  modelsSql,
  type PriceRow,
  pricesSql,
  type Row,
  toEntry,
  toPrice,
} from './directory-rows.ts'
import { StoredRouting } from './routing.ts'
import { openConnection } from './stored.ts'
import { toTarget } from './target.ts'
import type { GroupEntry, ModelEntry, ModelType } from './vocabulary.ts'
import { orderWeighted } from './ways-in/pick.ts'

/** Who answers: one model, or the members of a group in the order of their turn; then the fallbacks. */
export interface DirectoryPlan {
  targets: readonly [{ entry: ModelEntry }, ...{ entry: ModelEntry }[]]
  fallbacks?: readonly { entry: ModelEntry }[]
  retry?: { count: number; onCodes: ReadonlySet<number> | null }
}

/** What an address leads to, or why to nothing. A foreign address is one that does not exist. */
export type Resolved =
  | { ok: true; plan: DirectoryPlan }
  | {
      ok: false
      code: 'model_not_found' | 'ambiguous_model' | 'model_disabled' | 'unsupported_for_model'
      message: string
    }

/** The models of all workspaces as gateways hold them: in memory, no query and no secret in it. */
export interface ModelDirectory {
  /**
   * The plan of one model, compiled when it was saved. `type` null: whatever the address names. Of a group the active models
   * that fit the Type, and that are among `allowed` where that is not empty, as their weights have it.
   */
  resolve(workspaceId: string, address: string, type: ModelType | null, allowed?: readonly string[]): Resolved
  /** Every active model of the workspace, by slug. */
  list(workspaceId: string): readonly ModelEntry[]
  /** The workspace's groups, by address; disabled members left out. */
  groups(workspaceId: string): readonly GroupEntry[]
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
  /** A number from 0 up to, and not, 1: which model of a group answers. */
  random?: () => number
}

/** A model with what must not be enumerable on its entry. */
interface Held {
  entry: ModelEntry
  row: Row
  plan: DirectoryPlan
  /** The models of its fallbacks. */
  others: readonly Held[]
  /** By the moment they begin; the last one that has begun is in force. */
  prices: { fromMs: number; price: Price }[]
}

interface House {
  slug: string
  byAddress: Map<string, Held>
  byGroup: Map<string, { createdAt: number; members: { held: Held; weight: number }[] }>
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
  random = Math.random,
}: Deps): Promise<ModelDirectory> {
  let houses = new Map<string, House>()
  /** Versions of rows of which it was said that they cannot be read. */
  const unreadable = new Map<string, number>()
  const opened = new Map<string, { version: number; target: Target; usedMs: number }>()

  async function load(): Promise<void> {
    const [models, addresses, groups, prices] = await Promise.all([
      pool.query<Row>(modelsSql),
      pool.query<{ workspace_id: string; address: string; model_id: string }>(addressesSql),
      pool.query<GroupRow>(groupsSql),
      pool.query<PriceRow>(pricesSql, [new Date(clock.nowMs())]),
    ])
    const next = new Map<string, House>()
    const held = new Map<string, Held>()
    for (const row of models.rows) {
      const house = next.get(row.workspace_id) ?? {
        slug: row.workspace_slug,
        byAddress: new Map(),
        byGroup: new Map(),
        byModelId: new Map(),
        byId: new Map(),
        sorted: [],
      }
      next.set(row.workspace_id, house)
      const entry = readEntry(row)
      if (!entry) continue
      const one: Held = { entry, row, plan: { targets: [{ entry }] }, others: [], prices: [] }
      held.set(row.id, one)
      house.byId.set(row.id, one)
      house.byModelId.set(row.model_id, [...(house.byModelId.get(row.model_id) ?? []), one])
    }
    for (const one of held.values()) compile(one, held)
    for (const { workspace_id, address, model_id } of addresses.rows) {
      const one = held.get(model_id)
      if (one) next.get(workspace_id)?.byAddress.set(address, one)
    }
    for (const row of groups.rows) {
      const house = next.get(row.workspace_id)
      const one = held.get(row.model_id)
      if (!house || !one) continue
      const group = house.byGroup.get(row.address) ?? { createdAt: row.created_at.getTime(), members: [] }
      group.members.push({ held: one, weight: row.weight })
      house.byGroup.set(row.address, group)
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

  /** What a model's admins say of calls that fail. A fallback that is disabled, or of another Type by now, takes no part. */
  function compile(one: Held, held: ReadonlyMap<string, Held>): void {
    const { entry, row } = one
    const read = StoredRouting.safeParse(row.routing)
    if (!read.success) return
    const { retry, fallbacks } = read.data
    one.others = fallbacks.flatMap((id) => {
      const other = held.get(id)
      const fits = other?.entry.workspaceId === entry.workspaceId && other.entry.type === entry.type
      return other && fits && other.entry.state === 'active' ? [other] : []
    })
    one.plan = {
      targets: [{ entry }],
      ...(one.others.length > 0 && { fallbacks: one.others.map(({ entry }) => ({ entry })) }),
      ...(retry && { retry: { count: retry.count, onCodes: retry.onCodes && new Set(retry.onCodes) } }),
    }
  }

  /** One row that cannot be read costs its own model, not everybody's. */
  function readEntry(row: Row): ModelEntry | null {
    try {
      const entry = toEntry(row)
      unreadable.delete(row.id)
      return entry
    } catch (error) {
      // Said once, not with every reload.
      if (unreadable.get(row.id) !== row.version)
        logger.error(
          { err: error, workspaceId: row.workspace_id, modelId: row.id },
          'directory: a model cannot be read and is left out',
        )
      unreadable.set(row.id, row.version)
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

  function resolve(
    workspaceId: string,
    address: string,
    type: ModelType | null,
    allowed: readonly string[] = [],
  ): Resolved {
    const house = houses.get(workspaceId)
    const direct = house?.byAddress.get(address)
    if (direct) return admit(direct, address, type)
    const [first, ...others] = orderOf(house?.byGroup.get(address)?.members, type, allowed)
    if (first) return admit(first, address, type, others)
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

  /** One whose key is refused is passed over. Where no member can answer, the nearest one tells why. */
  function orderOf(
    members: readonly { held: Held; weight: number }[] | undefined,
    type: ModelType | null,
    allowed: readonly string[],
  ): Held[] {
    if (!members) return []
    const active = members.filter(({ held }) => held.entry.state === 'active')
    const fitting = active.filter(({ held }) => type === null || held.entry.type === type)
    const permitted = fitting.filter(({ held }) => allowed.length === 0 || allowed.includes(held.entry.id))
    const accepted = permitted.filter(({ held }) => !held.entry.credential.refused)
    const ordered = orderWeighted(accepted, random)
    const nearest = permitted[0] ?? fitting[0] ?? active[0] ?? members[0]
    return (ordered.length > 0 ? ordered : nearest ? [nearest] : []).map(({ held }) => held)
  }

  /** `peers`: the other members of its group. */
  function admit(one: Held, address: string, type: ModelType | null, peers: readonly Held[] = []): Resolved {
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
    for (const other of one.others) priced(other)
    if (peers.length === 0) return { ok: true, plan: one.plan }
    const targets: DirectoryPlan['targets'] = [{ entry }, ...peers.map((peer) => ({ entry: priced(peer) }))]
    return { ok: true, plan: { ...one.plan, targets } }
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
    groups: (workspaceId) =>
      [...(houses.get(workspaceId)?.byGroup ?? [])].map(([address, { createdAt, members }]) => ({
        address,
        createdAt,
        members: members
          .filter(({ held }) => held.entry.state === 'active')
          .map(({ held, weight }) => ({ entry: priced(held), weight })),
      })),
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

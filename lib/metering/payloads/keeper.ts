import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Clock } from '#lib/core/clock.ts'
import { newId, timeOfId } from '#lib/core/ids.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { DataKey, SecretBox } from '#lib/platform/secret-box.ts'
import { isOfTheData } from '../insert.ts'
import type { PayloadPlan } from '../schema.ts'
import { insertPacks, type SealedPack } from './insert.ts'
import { type Payload, pack, packBytesMax, packCallsMax, partBytesMax } from './pack.ts'
import { boundTo, keyPlace } from './place.ts'

export interface KeeperDeps {
  /** As `patchbay_system`. */
  pool: Pool
  feed: { register(load: () => Promise<void>): Promise<void> }
  secrets: Pick<SecretBox, 'newDataKey'>
  clock: Clock
  logger: Logger
  /** Told of each call whose words are kept. */
  onKept?: ((workspaceId: string, payload: Payload) => void) | undefined
  /** A payload waits at most so long for others; 200 ms. */
  everyMs?: number
  /** Of calls under way and of what is not in Postgres yet; beyond it nothing is kept. */
  bytesMax?: number
}

export interface KeptCall {
  workspaceId: string
  requestId: string
  /** The body as the caller sent it. */
  request: Uint8Array
}

/** What the caller gets, while he gets it. */
export interface PayloadDraft {
  answer(bytes: Uint8Array): void
  /** Once, after the last byte. */
  end(kind: 'whole' | 'stream'): void
}

/**
 * Keeps prompts and answers where a workspace wants it, beside the calls: nothing here is waited for or fails a call.
 * They are collected in memory, packed and sealed a few times a second, and written to Postgres. What a process has not
 * written yet is lost when it is killed: up to a second's, or what came since Postgres went away, up to `bytesMax`.
 */
export interface PayloadKeeper {
  /** What becomes of the words of a call that comes in now. */
  plan(workspaceId: string): Exclude<PayloadPlan, 'no_store'>
  open(call: KeptCall): PayloadDraft
  /** Resolves once everything that ended before is in Postgres, or is given up. */
  flush(): Promise<void>
  /** Writes what is there, for at most `timeoutMs`. */
  close(timeoutMs?: number): Promise<void>
}

interface WorkspaceKey {
  id: string
  sealed: string
  epoch: number
  key: DataKey
  madeMs: number
}

const keyMaxMs = 24 * 60 * 60_000
/** Of one statement. */
const writeBytesMax = 4 * 1024 * 1024
const backOffMs = [100, 250, 500, 1_000, 2_000, 5_000]

/** Resolves once it is known which workspaces keep their payloads. */
export async function createPayloadKeeper(deps: KeeperDeps): Promise<PayloadKeeper> {
  const { pool, feed, secrets, clock, logger, everyMs = 200, bytesMax = 64 * 1024 * 1024 } = deps
  /** Those that keep payloads, and how often they began anew. */
  let epochs = new Map<string, number>()
  const keys = new Map<string, WorkspaceKey>()
  let ended = new Map<string, Payload[]>()
  const sealed: SealedPack[] = []
  /** Bytes of drafts, of what has ended and of what is sealed. */
  let held = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let warned = false
  const stopping = new AbortController()

  await feed.register(async () => {
    const { rows } = await pool.query<{ id: string; epoch: number }>(
      'select id, payload_epoch as epoch from workspaces where payload_days > 0',
    )
    epochs = new Map(rows.map(({ id, epoch }) => [id, epoch]))
    for (const id of keys.keys()) if (!epochs.has(id)) keys.delete(id)
  })

  function warn(): void {
    if (!warned) logger.warn({ bytes: held }, 'Prompts and answers are not kept: too many of them wait for Postgres.')
    warned = true
  }

  class Draft implements PayloadDraft {
    readonly #call: KeptCall
    readonly #request: Uint8Array
    readonly #parts: Uint8Array[] = []
    #kept = 0
    #bytes = 0
    #held = 0
    #dropped = false
    #over = false

    constructor(call: KeptCall) {
      this.#call = call
      this.#request = first(call.request, partBytesMax)
      this.#hold(this.#request.length)
    }

    answer(bytes: Uint8Array): void {
      this.#bytes += bytes.length
      const part = first(bytes, partBytesMax - this.#kept)
      if (part.length === 0 || !this.#hold(part.length)) return
      this.#kept += part.length
      this.#parts.push(part)
    }

    end(kind: 'whole' | 'stream'): void {
      if (this.#over) return
      this.#over = true
      if (this.#dropped) return
      const { workspaceId, requestId, request } = this.#call
      const list = ended.get(workspaceId) ?? []
      ended.set(workspaceId, list)
      const payload = {
        requestId,
        request: { kept: this.#request, bytes: request.length },
        answer: this.#bytes === 0 ? null : { kept: join(this.#parts), bytes: this.#bytes },
        stream: kind === 'stream',
      }
      list.push(payload)
      if (epochs.has(workspaceId)) deps.onKept?.(workspaceId, payload)
      schedule()
    }

    #hold(bytes: number): boolean {
      if (this.#dropped || this.#over) return false
      if (held + bytes > bytesMax) {
        this.#dropped = true
        this.#parts.length = 0
        held -= this.#held
        warn()
        return false
      }
      held += bytes
      this.#held += bytes
      return true
    }
  }

  function keyOf(workspaceId: string, epoch: number): WorkspaceKey {
    const known = keys.get(workspaceId)
    if (known?.epoch === epoch && clock.monotonicMs() - known.madeMs < keyMaxMs) return known
    const id = newId('pky')
    const { key, envelope } = secrets.newDataKey(keyPlace(workspaceId, id))
    const made = { id, sealed: envelope, epoch, key, madeMs: clock.monotonicMs() }
    keys.set(workspaceId, made)
    return made
  }

  async function seal(workspaceId: string, payloads: readonly Payload[]): Promise<void> {
    const epoch = epochs.get(workspaceId)
    const bytes = payloads.reduce((sum, payload) => sum + bytesOf(payload), 0)
    try {
      // Turned off meanwhile.
      if (epoch === undefined) return
      const packed = await pack(payloads)
      const key = keyOf(workspaceId, epoch)
      const id = newId('pay')
      const requestIds = payloads.map(({ requestId }) => requestId).sort()
      const one = {
        ...{ id, workspaceId, key, requestIds, newestAtMs: timeOfId(requestIds.at(-1)!) },
        sealed: key.key.seal(packed, boundTo(workspaceId, id, requestIds)),
      }
      sealed.push(one)
      held += one.sealed.length
    } finally {
      held -= bytes
    }
  }

  async function sealEnded(): Promise<void> {
    const groups = ended
    ended = new Map()
    for (const [workspaceId, payloads] of groups) {
      for (const group of inPacks(payloads)) {
        await seal(workspaceId, group).catch((error: unknown) =>
          logger.error({ error, count: group.length }, 'Prompts and answers could not be sealed and are lost.'),
        )
      }
    }
  }

  async function writeSealed(): Promise<void> {
    for (let failures = 0; sealed.length > 0 && !stopping.signal.aborted; ) {
      const packs = nextWrite(sealed)
      try {
        await insertEach(packs)
        sealed.splice(0, packs.length)
        for (const { sealed } of packs) held -= sealed.length
        if (failures > 0) logger.info({}, 'Prompts and answers reach Postgres again.')
        failures = 0
        warned = false
      } catch (error) {
        if (failures === 0) logger.warn({ error }, 'Prompts and answers cannot be written to Postgres; they wait.')
        const waitMs = backOffMs[Math.min(failures++, backOffMs.length - 1)]!
        await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined)
        // What ended meanwhile is packed: it takes a fraction of the room.
        await sealEnded()
      }
    }
  }

  /** One that Postgres refuses never holds up the others. */
  async function insertEach(packs: readonly SealedPack[]): Promise<void> {
    try {
      await insertPacks(pool, packs)
    } catch (error) {
      if (!isOfTheData(error)) throw error
      if (packs.length > 1) for (const one of packs) await insertEach([one])
      else logger.error({ error, count: packs[0]?.requestIds.length }, 'Postgres refused prompts and answers.')
    }
  }

  function schedule(): void {
    if (!running) timer ??= setTimeout(() => void run(), everyMs)
  }

  function run(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    running ??= sealEnded()
      .then(writeSealed)
      .finally(() => {
        running = undefined
        if (ended.size > 0 && !stopping.signal.aborted) schedule()
      })
    return running
  }

  async function flush(): Promise<void> {
    while ((ended.size > 0 || sealed.length > 0 || running) && !stopping.signal.aborted) await run()
  }

  return {
    plan: (workspaceId) => (!epochs.has(workspaceId) ? '' : held < bytesMax ? 'kept' : 'full'),
    open: (call) => new Draft(call),
    flush,
    async close(timeoutMs = 5_000) {
      const late = new AbortController()
      await Promise.race([flush(), delay(timeoutMs, undefined, { signal: late.signal }).catch(() => undefined)])
      late.abort()
      stopping.abort()
      clearTimeout(timer)
      await running
    },
  }
}

/** At most `max` bytes, a copy where the rest is left out: it is not to be held by a few. */
function first(bytes: Uint8Array, max: number): Uint8Array {
  return bytes.length <= max ? bytes : Buffer.from(bytes.subarray(0, Math.max(0, max)))
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

function bytesOf({ request, answer }: Payload): number {
  return request.kept.length + (answer?.kept.length ?? 0)
}

function* inPacks(payloads: readonly Payload[]): Generator<Payload[]> {
  let group: Payload[] = []
  let bytes = 0
  for (const payload of payloads) {
    const size = bytesOf(payload)
    if (group.length > 0 && (bytes + size > packBytesMax || group.length === packCallsMax)) {
      yield group
      group = []
      bytes = 0
    }
    group.push(payload)
    bytes += size
  }
  if (group.length > 0) yield group
}

function nextWrite(packs: readonly SealedPack[]): SealedPack[] {
  let bytes = 0
  const upTo = packs.findIndex(({ sealed }, index) => {
    bytes += sealed.length
    return index > 0 && bytes > writeBytesMax
  })
  return packs.slice(0, upTo < 0 ? packs.length : upTo)
}

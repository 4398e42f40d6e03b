import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Pool, PoolClient } from 'pg'
import { isId } from '#lib/core/ids.ts'
import type { Logger } from '#lib/platform/logger.ts'
import { frameEnd, idOfFrame } from './frame.ts'
import { type HolderCard, holderState, readHolder } from './holder.ts'
import { forgetHolder } from './holders.ts'
import { createInserter, type Inserter } from './insert.ts'
import { createSegmentReader, listSegments, type SpoolPosition } from './segments.ts'

export interface RecoveryOptions {
  pool: Pool
  /** The folder of all holders' folders. */
  dir: string
  /** The caller's own holder. */
  self: string
  logger: Logger
  /** A holder of which nothing can be known but its silence is taken for dead after so long, in database time. */
  silenceMs?: number
  /** Told of what was written for a dead process. Must not throw. */
  onWritten?: ((records: readonly Buffer[]) => void) | undefined
}

const silenceMsDefault = 150_000
const recordsMax = 1_000

/**
 * Adopts what dead processes left behind: their end frames go to the tables (those that are there already are skipped),
 * begins without an end become records `lost`, then the folder goes. Several processes may try at once: one gets it.
 * Returns how many folders were adopted; throws where Postgres cannot be reached.
 */
export async function recoverSpools({
  pool,
  dir,
  self,
  logger,
  silenceMs = silenceMsDefault,
  onWritten = () => undefined,
}: RecoveryOptions): Promise<number> {
  let adopted = 0
  for (const name of readdirSync(dir)) {
    if (!isId('hld', name) || name === self) continue
    const folder = join(dir, name)
    const card = readHolder(folder)
    const state = card ? holderState(card) : 'unknown'
    if (state === 'alive') continue
    const client = await pool.connect()
    try {
      const isDead = state === 'dead' || (await isSilent(client, name, folder, silenceMs))
      if (isDead && (await adopt(client, { dir, holder: name, card, logger, onWritten }))) adopted++
      client.release()
    } catch (error) {
      // The lock is the connection's: it goes with it.
      client.release(true)
      throw error
    }
  }
  await forgetEmptyHolders(pool, dir)
  return adopted
}

async function adopt(
  client: PoolClient,
  {
    dir,
    holder,
    card,
    logger,
    onWritten,
  }: {
    dir: string
    holder: string
    card: HolderCard | null
    logger: Logger
    onWritten(records: readonly Buffer[]): void
  },
): Promise<boolean> {
  const folder = join(dir, holder)
  const lock = await client.query<{ got: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as got', [
    holder,
  ])
  if (!lock.rows[0]?.got) return false
  try {
    if (!existsSync(folder)) return false
    const inserter = createInserter(client, { holder, rejectedFile: join(dir, `${holder}.rejected`), logger })
    const { replayed, lost } = await replay(client, folder, holder, inserter, onWritten)
    // In this order: killed in between, the folder is adopted again, which writes nothing twice. A row without a folder
    // would keep what it leased for a minute more.
    await forgetHolder(client, holder)
    rmSync(folder, { recursive: true, force: true })
    logger.info(
      { holder, kind: card?.process, count: replayed },
      `The spool of a dead process was adopted: ${replayed} records replayed, ${lost} lost.`,
    )
    return true
  } finally {
    await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [holder])
  }
}

async function replay(
  client: PoolClient,
  folder: string,
  holder: string,
  inserter: Inserter,
  onWritten: (records: readonly Buffer[]) => void,
): Promise<{ replayed: number; lost: number }> {
  const stored = await client.query<{ segment: string; byte: string }>(
    'select segment, byte from ledger.spool_position where holder = $1',
    [holder],
  )
  const done: SpoolPosition = { segment: Number(stored.rows[0]?.segment ?? 0), byte: Number(stored.rows[0]?.byte ?? 0) }
  const open = new Map<string, Buffer>()
  const reader = createSegmentReader(folder)
  let replayed = 0
  let at: SpoolPosition = { segment: 0, byte: 0 }
  try {
    for (const segment of listSegments(folder)) {
      at = { segment, byte: 0 }
      for (;;) {
        const { frames, nextByte } = reader.read(at, recordsMax)
        // What follows the last whole frame was being written when the process died: it is cut off.
        if (frames.length === 0) break
        const isNew = segment > done.segment || (segment === done.segment && nextByte > done.byte)
        const ends: Buffer[] = []
        for (const { kind, json } of frames) {
          // The reader's buffer is used again, so what is kept is copied.
          if (kind !== frameEnd) open.set(idOfFrame(json), Buffer.from(json))
          else {
            open.delete(idOfFrame(json))
            if (isNew) ends.push(json)
          }
        }
        at = { segment, byte: nextByte }
        if (ends.length === 0) continue
        const written = await inserter.insert(ends, at)
        replayed += written
        // Of what the dead process had written in part, nobody knows which.
        if (written === ends.length) onWritten(ends)
      }
    }
  } finally {
    reader.close()
  }
  const lost = [...open.values()]
  for (let from = 0; from < lost.length; from += recordsMax)
    await inserter.insert(lost.slice(from, from + recordsMax), at)
  onWritten(lost)
  return { replayed, lost: lost.length }
}

/** Unheard of for `silenceMs` of database time, in which Postgres could be reached. */
async function isSilent(client: PoolClient, holder: string, folder: string, silenceMs: number): Promise<boolean> {
  const { rows } = await client.query<{ silent: boolean }>(
    `select greatest(seen_at, pg_postmaster_start_time()) < now() - $2 * interval '1 millisecond' as silent from ledger.holders where id = $1`,
    [holder, silenceMs],
  )
  if (rows[0]) return rows[0].silent
  // It never reached Postgres, or was forgotten: its folder tells when it wrote last.
  const wroteMs = newestWriteMs(folder)
  return wroteMs !== null && Date.now() - wroteMs > silenceMs
}

/** Null where the folder is gone: somebody else adopted it. */
function newestWriteMs(folder: string): number | null {
  try {
    return Math.max(0, ...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Rows of holders of this host whose folder is gone: their process died between removing the one and the other. */
async function forgetEmptyHolders(pool: Pool, dir: string): Promise<void> {
  const { rows } = await pool.query<{ id: string; spool: string }>(
    `select id, spool from ledger.holders where host = $1 and seen_at < now() - interval '1 minute'`,
    [hostname()],
  )
  const gone = rows.filter(({ id, spool }) => spool === join(dir, id) && !existsSync(spool))
  for (const { id } of gone) await forgetHolder(pool, id)
}

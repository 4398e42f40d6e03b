import { appendFileSync } from 'node:fs'
import type { Logger } from '#lib/platform/logger.ts'
import { idOfFrame } from './frame.ts'
import type { SpoolPosition } from './segments.ts'
import { writeStatement } from './statement.ts'

/** What of `pg` is needed: a pool or one of its connections. */
export interface Queryable {
  query(config: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>
}

export interface InserterOptions {
  holder: string
  /** Where records go that Postgres refuses, one JSON object a line. */
  rejectedFile: string
  logger: Logger
}

export interface Inserter {
  /**
   * Writes end frames and moves the holder's position. Returns how many were new. Throws where Postgres cannot be
   * reached or has a trouble that is not the records'; then nothing, or a part that a repetition skips, is written.
   */
  insert(records: readonly Buffer[], position: SpoolPosition): Promise<number>
  /** Records set aside since the start. */
  rejected(): number
}

const collisionsMax = 20
const open = Buffer.from('[')
const comma = Buffer.from(',')
const close = Buffer.from(']')

/** One record that Postgres refuses is set aside; it never holds up the others. */
export function createInserter(db: Queryable, { holder, rejectedFile, logger }: InserterOptions): Inserter {
  let rejected = 0

  async function write(records: readonly Buffer[], position: SpoolPosition): Promise<number> {
    // Bytes as they stand in the spool: they are not decoded on the way.
    const parts = records.flatMap((record, index) => (index === 0 ? [record] : [comma, record]))
    const values = [Buffer.concat([open, ...parts, close]), holder, position.segment, position.byte]
    for (let collisions = 0; ; collisions++) {
      try {
        const { rows } = await db.query({ name: 'ledger_write', text: writeStatement, values })
        return (rows[0] as { inserted: number }).inserted
      } catch (error) {
        if (collisions >= collisionsMax || !isCollision(error)) throw error
      }
    }
  }

  async function insert(records: readonly Buffer[], position: SpoolPosition): Promise<number> {
    try {
      return await write(records, position)
    } catch (error) {
      if (!isOfTheData(error)) throw error
      if (records.length > 1) {
        const middle = records.length >> 1
        // The position moves only with the last part, whatever becomes of it.
        const first = await insert(records.slice(0, middle), { segment: 0, byte: 0 })
        return first + (await insert(records.slice(middle), position))
      }
      const [record] = records
      if (record) setAside(record, error)
      return write([], position)
    }
  }

  function setAside(record: Buffer, error: unknown): void {
    rejected++
    const reason = error instanceof Error ? error.message : String(error)
    appendFileSync(rejectedFile, `${JSON.stringify({ reason, record: record.toString() })}\n`, { mode: 0o600 })
    logger.error({ requestId: idOfFrame(record), holder, error }, 'A record was refused by Postgres and set aside.')
  }

  return { insert, rejected: () => rejected }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** Two writers met: deadlock or serialization failure. */
function isCollision(error: unknown): boolean {
  return ['40P01', '40001'].includes(codeOf(error))
}

/** Data exception, integrity violation, a limit exceeded: another record may well pass. */
export function isOfTheData(error: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(error)) && codeOf(error).length === 5
}

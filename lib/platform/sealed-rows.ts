import type { Pool } from 'pg'
import type { SealedPlace, SecretBox } from './secret-box.ts'

/** A column of envelopes, and what of its row they are bound to. */
export interface SealedColumn {
  /** `schema.name`. */
  table: string
  column: string
  /** The primary key, of text. */
  key: readonly string[]
  place(row: Readonly<Record<string, string>>): SealedPlace
}

export interface Rewrapped {
  rewrapped: number
  /** Under a master key that is not here, or changed: left as they were. */
  unreadable: number
}

const batch = 500

/**
 * Puts every envelope of a column under the active master key, a batch at a time. What is sealed anew meanwhile by
 * somebody else is left alone, and what an earlier run did is skipped.
 */
export async function rewrapColumn(
  pool: Pool,
  secrets: Pick<SecretBox, 'rewrap' | 'activeKeyId'>,
  { table, column, key, place }: SealedColumn,
): Promise<Rewrapped> {
  const done: Rewrapped = { rewrapped: 0, unreadable: 0 }
  const names = key.join(', ')
  let after = key.map(() => '')
  for (;;) {
    const { rows } = await pool.query<Record<string, string>>(
      `select ${names}, ${column} as envelope from ${table} where (${names}) > (${key.map((_, index) => `$${index + 2}`).join(', ')})
       and ${column} is not null and split_part(${column}, '.', 2) <> $1 order by ${names} limit ${batch}`,
      [secrets.activeKeyId, ...after],
    )
    for (const row of rows) {
      const envelope = row.envelope!
      const fresh = orNull(() => secrets.rewrap(envelope, place(row)))
      if (fresh === null) {
        done.unreadable++
        continue
      }
      const { rowCount } = await pool.query(
        `update ${table} set ${column} = $1 where ${column} = $2 and ${key.map((name, index) => `${name} = $${index + 3}`).join(' and ')}`,
        [fresh, envelope, ...key.map((name) => row[name])],
      )
      done.rewrapped += rowCount ?? 0
    }
    if (rows.length < batch) return done
    after = key.map((name) => rows.at(-1)![name]!)
  }
}

function orNull<Value>(work: () => Value): Value | null {
  try {
    return work()
  } catch {
    return null
  }
}

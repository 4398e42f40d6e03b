import type { Pool } from 'pg'
import type { Rule } from './rules.ts'

export interface GrantRequest {
  rule: Pick<Rule, 'id' | 'workspaceId'>
  subject: string
  /** The id that the lease gets where there is none yet. */
  lease: string
  atMs: number
  least: bigint
  want: bigint
  spread: bigint
  /** Asks others to give back where there is not enough. */
  recall: boolean
}

/** What `ledger.grant_lease` answers: the lease and its period after the grant. */
export interface Granted {
  state: 'granted' | 'full' | 'gone' | 'unknown_holder'
  lease: string
  granted: bigint
  /** Units of the lease, those of calls under way and of calls not yet settled included. */
  held: bigint
  cap: bigint
  spent: bigint
  /** Of all holders. */
  leased: bigint
  startMs: number
  endMs: number
}

/** The leases of one holder in Postgres. Throws where Postgres cannot be asked. */
export interface LeaseStore {
  grant(request: GrantRequest): Promise<Granted>
  giveBack(lease: string, units: bigint): Promise<void>
}

interface Row {
  state: Granted['state']
  lease_id: string | null
  granted: string | null
  held: string | null
  cap: string | null
  spent: string | null
  leased: string | null
  period_start: Date | null
  period_end: Date | null
}

/** `beat`: makes the holder known again where Postgres has forgotten it. */
export function createLeaseStore(pool: Pool, holder: string, beat: () => Promise<void>): LeaseStore {
  async function ask(request: GrantRequest): Promise<Granted> {
    const { rule, subject, lease, atMs, least, want, spread, recall } = request
    const { rows } = await pool.query<Row>({
      name: 'lease_grant',
      text: 'select * from ledger.grant_lease($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
      values: [rule.workspaceId, rule.id, subject, holder, lease, new Date(atMs), least, want, spread, recall],
    })
    return toGranted(rows[0]!)
  }

  return {
    async grant(request) {
      const row = await ask(request)
      if (row.state !== 'unknown_holder') return row
      await beat()
      return ask(request)
    },
    async giveBack(lease, units) {
      await pool.query({
        name: 'lease_return',
        text: 'select ledger.return_lease($1, $2)',
        values: [lease, units],
      })
    },
  }
}

function toGranted(row: Row): Granted {
  const whole = (text: string | null) => BigInt(text ?? '0')
  return {
    state: row.state,
    lease: row.lease_id ?? '',
    granted: whole(row.granted),
    held: whole(row.held),
    cap: whole(row.cap),
    spent: whole(row.spent),
    leased: whole(row.leased),
    startMs: row.period_start?.getTime() ?? 0,
    endMs: row.period_end?.getTime() ?? 0,
  }
}

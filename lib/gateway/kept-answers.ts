import type { Pool } from 'pg'

/** Rows of one statement. */
const rowsMax = 1_000
/** Of cached answers of one workspace; the oldest go first. */
const workspaceBytesMax = 1024 * 1024 * 1024

/** Takes away answers that are kept no longer, and cached ones of which there are too many. Returns how many went. */
export async function forgetKeptAnswers(
  pool: Pick<Pool, 'query'>,
  { bytesMax = workspaceBytesMax }: { bytesMax?: number } = {},
): Promise<number> {
  const expired = (table: string) =>
    `delete from ledger.${table} where ctid = any(array(select ctid from ledger.${table} where expires_at <= now() limit ${rowsMax}))`
  const tooMany = `delete from ledger.cached_answers where (workspace_id, digest) in (select workspace_id, digest from (
      select workspace_id, digest, sum(bytes) over (partition by workspace_id order by made_at desc, digest) as newer from ledger.cached_answers) c
    where newer > ${bytesMax} limit ${rowsMax})`
  let gone = 0
  for (const sql of [expired('idempotency'), expired('cached_answers'), tooMany]) {
    for (;;) {
      const { rowCount } = await pool.query(sql)
      gone += rowCount ?? 0
      if ((rowCount ?? 0) < rowsMax) break
    }
  }
  return gone
}

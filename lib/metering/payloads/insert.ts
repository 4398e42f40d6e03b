import type { Queryable } from '../insert.ts'

/** Calls of one workspace, packed and sealed. */
export interface SealedPack {
  id: string
  workspaceId: string
  key: { id: string; sealed: string; epoch: number }
  requestIds: readonly string[]
  newestAtMs: number
  sealed: Buffer
}

/**
 * $1: the sealed bytes of all packs, one after the other. $2: what they are. A workspace that keeps nothing any more, or
 * has begun anew since, gets none of them.
 */
const insertStatement = `with r as (select r.* from json_to_recordset($2::json) as r (id text, workspace_id text, key_id text, key_sealed text, epoch integer, newest_at timestamptz, at integer, size integer, requests json)
  join public.workspaces w on w.id = r.workspace_id and w.payload_days > 0 and w.payload_epoch = r.epoch),
k as (insert into ledger.payload_keys (id, workspace_id, epoch, sealed) select distinct key_id, workspace_id, epoch, key_sealed from r on conflict do nothing),
p as (insert into ledger.payloads (id, workspace_id, key_id, epoch, newest_at, sealed)
  select id, workspace_id, key_id, epoch, newest_at, substring($1::bytea from at + 1 for size) from r on conflict do nothing)
insert into ledger.payload_places (workspace_id, request_id, payload_id)
  select r.workspace_id, q.id, r.id from r cross join lateral json_array_elements_text(r.requests) q (id) on conflict do nothing`

/** All or nothing; what is there already stays as it is. */
export async function insertPacks(db: Queryable, packs: readonly SealedPack[]): Promise<void> {
  let at = 0
  const rows = packs.map(({ id, workspaceId, key, requestIds, newestAtMs, sealed }) => {
    const row = {
      id,
      workspace_id: workspaceId,
      key_id: key.id,
      key_sealed: key.sealed,
      epoch: key.epoch,
      newest_at: new Date(newestAtMs).toISOString(),
      at,
      size: sealed.length,
      requests: requestIds,
    }
    at += sealed.length
    return row
  })
  const values = [Buffer.concat(packs.map(({ sealed }) => sealed)), JSON.stringify(rows)]
  await db.query({ name: 'payload_write', text: insertStatement, values })
}

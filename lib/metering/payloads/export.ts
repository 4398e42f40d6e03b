import { timeOfId } from '#lib/core/ids.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { toText, unpackAll } from './pack.ts'
import { boundTo, keyPlace } from './place.ts'

const dayMs = 24 * 60 * 60_000

interface Row {
  days: number
  id: string
  key_id: string
  key_sealed: string
  sealed: Buffer
  request_ids: string[]
}

/**
 * Every prompt and answer that a workspace keeps, a JSON object a line: `requestId`, `request`, `answer`. One pack of them
 * is in memory at a time. What was sealed under a master key that is gone has `unreadable: true` in their place. Whoever
 * calls has seen to it that they may be read.
 */
export async function* exportPayloads(
  { secrets }: { secrets: Pick<SecretBox, 'openDataKey'> },
  scope: Scope,
): AsyncGenerator<string> {
  const { workspaceId } = scope
  for (let after = ''; ; ) {
    const [row] = await scope.tx(
      (tx) => tx.$queryRaw<Row[]>`
        SELECT w.payload_days AS days, p.id, p.key_id, k.sealed AS key_sealed, p.sealed,
               array(SELECT o.request_id FROM ledger.payload_places o WHERE o.workspace_id = p.workspace_id AND o.payload_id = p.id ORDER BY o.request_id COLLATE "C") AS request_ids
          FROM workspaces w JOIN ledger.payloads p ON p.workspace_id = w.id AND p.epoch = w.payload_epoch JOIN ledger.payload_keys k ON k.id = p.key_id
         WHERE w.id = ${workspaceId} AND p.id > ${after} ORDER BY p.id LIMIT 1`,
    )
    if (!row) return
    after = row.id
    const isKept = (id: string) => timeOfId(id) + row.days * dayMs > scope.now().getTime()
    let packed: Buffer
    try {
      packed = secrets
        .openDataKey(row.key_sealed, keyPlace(workspaceId, row.key_id))
        .open(Buffer.from(row.sealed), boundTo(workspaceId, row.id, row.request_ids))
    } catch {
      for (const requestId of row.request_ids.filter(isKept)) yield JSON.stringify({ requestId, unreadable: true })
      continue
    }
    for (const { requestId, request, answer, stream } of await unpackAll(packed))
      if (isKept(requestId))
        yield JSON.stringify({
          requestId,
          request: toText(request),
          answer: answer && { ...toText(answer), stream },
        })
  }
}

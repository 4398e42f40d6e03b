import { AppError, notFound } from '#lib/core/errors.ts'
import { isId, timeOfId } from '#lib/core/ids.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import { requireRead, type Scope } from '#lib/tenancy/index.ts'
import type { PayloadView } from '../answers.ts'
import { exportPayloads } from './export.ts'
import { toText, unpack } from './pack.ts'
import { boundTo, keyPlace } from './place.ts'

const dayMs = 24 * 60 * 60_000

interface Row {
  days: number
  epoch: number
  viewers: boolean
  payload_id: string | null
  payload_epoch: number
  key_id: string
  key_sealed: string
  sealed: Buffer
  request_ids: string[]
}

export interface Payloads {
  getPayload(scope: Scope, id: string): Promise<PayloadView>
  exportPayloads(scope: Scope): AsyncGenerator<string>
}

/** Reads prompts and answers that are kept. */
export function createPayloads({ secrets }: { secrets: Pick<SecretBox, 'openDataKey'> }): Payloads {
  return {
    exportPayloads: (scope) => exportPayloads({ secrets }, scope),
    /**
     * Prompt and answer of one request. From the role developer up; viewers where the workspace lets them. Throws
     * `not_found` where nothing is kept of it (its detail says why), as for a foreign id; `payload_unreadable` where the
     * master key that sealed it is gone.
     */
    async getPayload(scope, id) {
      requireRead(scope)
      if (!isId('req', id)) throw notFound('Payload')
      const row = await scope.tx(async (tx) => {
        const rows = await tx.$queryRawUnsafe<Row[]>(
          `select w.payload_days as days, w.payload_epoch as epoch, w.payload_viewers as viewers, p.id as payload_id, p.epoch as payload_epoch, p.key_id, k.sealed as key_sealed, p.sealed,
             array(select o.request_id from ledger.payload_places o where o.workspace_id = p.workspace_id and o.payload_id = p.id order by o.request_id collate "C") as request_ids
           from workspaces w left join ledger.payload_places c on c.workspace_id = w.id and c.request_id = $2
             left join (ledger.payloads p join ledger.payload_keys k on k.id = p.key_id) on p.workspace_id = w.id and p.id = c.payload_id
           where w.id = $1`,
          scope.workspaceId,
          id,
        )
        return rows[0]
      })
      if (!row) throw notFound('Workspace')
      if (!row.viewers) requireRead(scope, 'developer')
      const untilMs = timeOfId(id) + row.days * dayMs
      if (row.payload_id === null || row.payload_epoch !== row.epoch || untilMs <= scope.now().getTime())
        throw notFound('Payload')
      const { workspaceId } = scope
      const { payload_id, key_id, key_sealed, sealed, request_ids } = row
      const packed = openSealed(() =>
        secrets
          .openDataKey(key_sealed, keyPlace(workspaceId, key_id))
          .open(Buffer.from(sealed), boundTo(workspaceId, payload_id, request_ids)),
      )
      const payload = await unpack(packed, id)
      if (!payload) throw notFound('Payload')
      return {
        requestId: id,
        keptUntil: new Date(untilMs).toISOString(),
        request: toText(payload.request),
        answer: payload.answer && { ...toText(payload.answer), stream: payload.stream },
      }
    },
  }
}

function openSealed<Value>(open: () => Value): Value {
  try {
    return open()
  } catch (cause) {
    throw new AppError({
      kind: 'precondition_failed',
      code: 'payload_unreadable',
      message: 'The prompt and the answer were sealed under a master key that is not here any more.',
      cause,
    })
  }
}

import type { SealedColumn } from '#lib/platform/sealed-rows.ts'
import { keyPlace } from './place.ts'

/** The keys that prompts and answers are sealed with. */
export const payloadKeys: SealedColumn = {
  ...{ table: 'ledger.payload_keys', column: 'sealed', key: ['workspace_id', 'id'] },
  place: ({ workspace_id, id }) => keyPlace(workspace_id!, id!),
}

import type { SealedColumn } from '#lib/platform/sealed-rows.ts'
import type { SealedPlace } from '#lib/platform/secret-box.ts'

type Field = 'sealed_url' | 'sealed_secret'

export function channelPlace(workspaceId: string, row: string, field: Field): SealedPlace {
  return { purpose: 'alert-channel', workspaceId, table: 'alert_channels', row, field }
}

const column = (field: Field): SealedColumn => ({
  ...{ table: 'public.alert_channels', column: field, key: ['workspace_id', 'id'] },
  place: ({ workspace_id, id }) => channelPlace(workspace_id!, id!, field),
})

/** What a new master key has to seal anew. */
export const alertSecrets: readonly SealedColumn[] = [column('sealed_url'), column('sealed_secret')]

import type { SealedPlace } from '#lib/platform/secret-box.ts'

/** What the envelope of a workspace's key belongs to. */
export function keyPlace(workspaceId: string, keyId: string): SealedPlace {
  return { purpose: 'payload-key', workspaceId, table: 'payload_keys', row: keyId, field: 'sealed' }
}

/** What sealed words are bound to: they open for this workspace and these calls alone. `requestIds`: in their order. */
export function boundTo(workspaceId: string, payloadId: string, requestIds: readonly string[]): string {
  return JSON.stringify([workspaceId, payloadId, ...requestIds])
}

import type { KeyScope } from '#lib/tenancy/schema.ts'

export const scopeWords: Record<KeyScope, { label: string; detail: string }> = {
  inference: { label: 'Call models', detail: 'inference: everything below /v1' },
  read: { label: 'Read', detail: 'read: models, requests and figures by the management API' },
  manage: { label: 'Manage', detail: 'manage: change models, keys and members, as far as the role of the key goes' },
}

import type { Role } from '#lib/tenancy/schema.ts'

export const roleWords: Record<Role, { label: string; detail: string }> = {
  owner: { label: 'Owner', detail: 'Everything, also deleting the workspace' },
  admin: { label: 'Admin', detail: 'Models, keys, members, settings' },
  developer: { label: 'Developer', detail: 'Calls, tries, own keys' },
  viewer: { label: 'Viewer', detail: 'Reads cards and figures' },
}

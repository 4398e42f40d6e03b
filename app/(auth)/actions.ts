'use server'
import { getRuntime } from '#lib/runtime.ts'
import type { AcceptInvitationInput, ClaimInput } from '#lib/tenancy/schema.ts'
import { openAction } from '#lib/web/index.ts'

export const claimInstallation = openAction(async (visitor, input: ClaimInput) => {
  const { workspace } = await getRuntime().tenancy.claim(visitor, input)
  return { workspace: workspace.slug }
})

export const acceptInvitation = openAction(async (visitor, input: AcceptInvitationInput) => {
  const { workspace } = await getRuntime().tenancy.acceptInvitation(visitor, input)
  return { workspace }
})

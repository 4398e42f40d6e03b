import { getRuntime } from '#lib/runtime.ts'
import type { InviteInput } from '#lib/tenancy/schema.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope }) => ({ items: await getRuntime().tenancy.listInvitations(scope) }))

/** The only answer with the token; `/invite/<token>` is the page that accepts it. */
export const POST = route(
  async ({ scope, input }) => {
    const { invitation, token } = await getRuntime().tenancy.invite(scope, input as InviteInput)
    return { ...invitation, token }
  },
  { status: 201, hasSecret: true },
)

import { getRuntime } from '#lib/runtime.ts'
import type { CreateKeyInput } from '#lib/tenancy/schema.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().tenancy.listKeys(scope, input))

/** The only answer with the key itself, as `key`. */
export const POST = route(
  async ({ scope, input }) => {
    const { key, secret } = await getRuntime().tenancy.createKey(scope, input as CreateKeyInput)
    return { ...key, key: secret }
  },
  { status: 201, hasSecret: true },
)

import { getRuntime } from '#lib/runtime.ts'
import { toPersonView } from '#lib/tenancy/index.ts'
import { personRoute } from '#lib/web/index.ts'

export const GET = personRoute(({ person }) => toPersonView(person))

export const PATCH = personRoute(({ person, input }) => getRuntime().tenancy.updateAccount(person, input))

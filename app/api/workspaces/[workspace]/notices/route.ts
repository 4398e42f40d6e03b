import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope }) => ({ items: await getRuntime().tenancy.listNotices(scope) }))

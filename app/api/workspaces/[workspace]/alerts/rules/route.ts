import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope }) => ({ items: await getRuntime().alerts.listRules(scope) }))

export const POST = route(({ scope, input }) => getRuntime().alerts.createRule(scope, input as never), { status: 201 })

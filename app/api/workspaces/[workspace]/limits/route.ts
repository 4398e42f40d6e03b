import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope }) => ({ items: await getRuntime().budgets.listLimits(scope) }))

export const POST = route(({ scope, input }) => getRuntime().budgets.createLimit(scope, input as never), {
  status: 201,
})

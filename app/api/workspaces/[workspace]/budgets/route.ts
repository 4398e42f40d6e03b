import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(async ({ scope }) => ({ items: await getRuntime().budgets.listBudgets(scope) }))

export const POST = route(({ scope, input }) => getRuntime().budgets.createBudget(scope, input as never), {
  status: 201,
})

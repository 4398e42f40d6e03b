import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

/** Those of the last day. */
export const GET = route(async ({ scope }) => ({ items: await getRuntime().models.listIntakes(scope) }))

/** Answers at once; what becomes of each model is told by the intake. */
export const POST = route(({ scope, input }) => getRuntime().models.startIntake(scope, input as never), {
  status: 202,
  bodyBytesMax: 4_500_000,
})

import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().datasets.listDatasets(scope, input))

export const POST = route(({ scope, input }) => getRuntime().datasets.createDataset(scope, input as never), {
  status: 201,
})

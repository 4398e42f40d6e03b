import { getRuntime } from '#lib/runtime.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** Every row with every candidate's answer, written page by page. */
export const GET = route(({ scope, params, input }) => {
  const end = input.format === 'jsonl' ? 'jsonl' : 'csv'
  return downloadResponse(
    `${params.id!}.${end}`,
    getRuntime().experiments.exportRun(scope, { ...input, id: params.id! }),
  )
})

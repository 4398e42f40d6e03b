import { getRuntime } from '#lib/runtime.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** All rows, or those of a snapshot, written page by page. */
export const GET = route(({ scope, params, input }) => {
  const end = input.format === 'jsonl' ? 'jsonl' : 'csv'
  return downloadResponse(
    `${params.id!}.${end}`,
    getRuntime().datasets.exportDataset(scope, { ...input, id: params.id! }),
  )
})

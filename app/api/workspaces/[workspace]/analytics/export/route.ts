import { exportUsageCsv } from '#lib/analytics/index.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** What `analytics/usage` answers, as CSV with the total last. */
export const GET = route(async ({ scope, input }) => {
  const text = await exportUsageCsv(scope, input)
  const groupBy = typeof input.groupBy === 'string' ? input.groupBy : 'model'
  return downloadResponse(`usage-by-${groupBy}-${scope.workspace.slug}.csv`, lines(text))
})

async function* lines(text: string): AsyncGenerator<string> {
  yield text
}

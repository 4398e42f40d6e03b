import { exportRequests } from '#lib/analytics/index.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** All requests that the filters find, as CSV or JSON lines, written page by page. */
export const GET = route(({ scope, input }) =>
  downloadResponse(
    `requests-${scope.workspace.slug}.${input.format === 'jsonl' ? 'jsonl' : 'csv'}`,
    exportRequests(scope, input),
  ),
)

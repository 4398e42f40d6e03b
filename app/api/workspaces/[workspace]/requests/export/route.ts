import { exportRequestsCsv } from '#lib/analytics/index.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** All requests that the filters find, as CSV, written page by page. */
export const GET = route(({ scope, input }) =>
  downloadResponse(`requests-${scope.workspace.slug}.csv`, exportRequestsCsv(scope, input)),
)

import { getRuntime } from '#lib/runtime.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** A page of the audit; `format=csv` answers all that the filter finds. */
export const GET = route(({ scope, input: { format, ...filter } }) => {
  const { tenancy } = getRuntime()
  return format === 'csv'
    ? downloadResponse(`audit-${scope.workspace.slug}.csv`, tenancy.exportAudit(scope, filter))
    : tenancy.listAudit(scope, filter)
})

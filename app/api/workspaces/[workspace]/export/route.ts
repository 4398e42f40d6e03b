import { getRuntime } from '#lib/runtime.ts'
import { downloadResponse, route } from '#lib/web/index.ts'

/** Everything of the workspace without secrets, as one archive that is written while it is read. */
export const GET = route(({ scope }) =>
  downloadResponse(
    `${scope.workspace.slug}-${scope.now().toISOString().slice(0, 10)}.tar.gz`,
    getRuntime().exportWorkspace(scope),
  ),
)
